/** `qbg report` and its options. */
import type { Command } from 'commander'

const HELP = `
The capture is pcap or pcapng, compressed with gzip or not; - is standard input. The page needs nothing else, no network and no
server: the ladder of the exchange with every frame's fields, a lane for each VSI, EVB values side by side, findings,
latencies and sizes. PAGE#frame=24 opens it at a frame. An earlier report is replaced; any other file only with --force.

Exit status:
  0  written, whatever the findings: "qbg replay" is the judge
  2  wrong usage, or the file is no capture, or broken: the page shows what could be read
  5  the page cannot be written

Examples:
  qbg report run.pcapng --html run.html
  tcpdump -r big.pcap -w - 'ether proto 0x88cc or ether proto 0x8940' | qbg report - --html big.html
`

export function addReport(program: Command, finish: (status: number) => void): void {
  program
    .command('report')
    .description('a capture as one HTML page: ladder diagram, VSI lanes, EVB values, findings')
    .argument('<capture>', 'pcap or pcapng file, or -')
    .requiredOption('--html <file>', 'where the page is written')
    .option('--title <text>', 'title of the page, instead of the name of the capture')
    .option('--max-frames <count>', 'frames that are drawn; all are judged', '20000')
    .option('--force', 'replace a file that is no report')
    .option('--json', 'what was written as JSON')
    .addHelpText('after', HELP)
    .action(async (file: string, options) =>
      finish(await (await import('./report-command.ts')).report(file, options)),
    )
}
