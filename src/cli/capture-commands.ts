/** The commands that work on capture files, and their options. */
import type { Command } from 'commander'

const DECODE_HELP = `
The capture is pcap or pcapng, compressed with gzip or not; - is standard input. Shown are all frames that pass every filter
given. Several names of an option are separated by commas, or the option is given again; one that fits is enough.

  --protocol  lldp, evb, cdcp, ecp, vdp, dot1, dot3, vlan, draft (all of draft 0.2), other, or any
              field of --json: vdp.associate, lldp.system-name
  --port      who sent the frame: a MAC address, or an interface the capture names
  --vsi       a VSI ID as in "qbg vsi": a UUID, mac:..., ipv4:..., ipv6:..., local:...

Times are relative to the first frame of the capture.

Exit status:
  0  read to its end
  1  a frame that was shown is malformed
  2  wrong usage, or the file is no capture, or broken: what could be read has been shown
`

/** `a,b` and `a` twice: a variadic option would take the file for one of its values. */
function listed(value: string, before: readonly string[] = []): string[] {
  return [...before, ...value.split(',')]
}

export function addDecode(program: Command, finish: (status: number) => void): void {
  program
    .command('decode')
    .description('show what is in a capture: LLDP, ECP and VDP, draft 0.2 as well')
    .argument('<capture>', 'pcap or pcapng file, or -')
    .option('-v, --verbose', 'every field, with its octets and the clause that defines it')
    .option('--json', 'one JSON object a line for each frame')
    .option('--stats', 'counts instead of frames')
    .option('--absolute', 'times as date and time, UTC')
    .option('--protocol <names>', 'only frames with these protocols or fields', listed)
    .option('--port <ports>', 'only frames sent by these ports', listed)
    .option('--vsi <ids>', 'only frames that name these VSIs', listed)
    .option('--frames <ranges>', 'only these frames: 1-20,35,90-')
    .option('--malformed', 'only malformed frames')
    .addHelpText('after', DECODE_HELP)
    .action(async (file: string, options) =>
      finish(await (await import('./decode-command.ts')).decode(file, options)),
    )
}
