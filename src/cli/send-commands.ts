/** `qbg send` and its options. */
import type { Command } from 'commander'

const HELP = `
Sent are the LLDP and ECP frames of one side as they were recorded, also those that are malformed; what they are
answered is up to whoever is there. The interface must be up. Needs CAP_NET_RAW.

Exit status:
  0  all were sent
  1  some could not leave, or it was interrupted
  2  wrong usage, or a capture that cannot be read
  5  the interface cannot be used

Examples:
  qbg send run.pcap --from station --dry-run                what would be sent, and when
  qbg send run.pcap --from station --port eth1              at the recorded times
  qbg send run.pcap --from bridge --port eth1 --speed 10 --rewrite-source
`

export function addSend(program: Command, finish: (status: number) => void): void {
  program
    .command('send')
    .description('send the frames of one side of a capture on an interface')
    .argument('<capture>', 'pcap or pcapng file, also with gzip, or -')
    .option('--port <interface>', 'where to')
    .option('--from <side>', 'whose frames: station, bridge, or a MAC address; needed when there are several')
    .option('--speed <n>', 'times as fast as recorded, or max', '1')
    .option('--rate <n>', 'frames a second at most', '1000')
    .option('--limit <n>', 'frames at most', '10000')
    .option('--rewrite-source', 'with the address of the interface instead of the recorded one')
    .option('--dry-run', 'show what would be sent and when')
    .option('--json', 'JSON, schema qbg/v1/sent')
    .addHelpText('after', HELP)
    .action(async (file: string, options) =>
      finish(await (await import('./send-command.ts')).send(file, options)),
    )
}
