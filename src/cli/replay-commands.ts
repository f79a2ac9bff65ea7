/** `qbg replay` and its options. */
import { type Command, Option } from 'commander'

const HELP = `
A capture is held against the file NAME.expect.yaml beside it; without one it passes when no rule is broken.

Exit status:
  0  every capture passes
  1  a rule is broken, or something is not as expected
  2  wrong usage, or a file that cannot be used
  5  the JUnit report cannot be written

Examples:
  qbg replay run.pcapng                 who is who, what came of each VSI, what was wrong
  qbg replay init run.pcapng            writes run.expect.yaml
  qbg replay captures/ --junit out.xml  all of a folder, for CI
  qbg replay run.pcapng --as bridge     what would qbg have sent in the switch's place?
`

export function addReplay(program: Command, finish: (status: number) => void): void {
  const replay = program
    .command('replay')
    .description('a verdict on captures of 802.1Qbg: roles, negotiation, each VSI, broken rules')
    .argument(
      '<captures...>',
      'files (pcap, pcapng, also with gzip), folders of them, or - for standard input',
    )
    .addOption(
      new Option('--as <role>', 'our own machine in this side’s place: what would it have sent?').choices([
        'station',
        'bridge',
      ]),
    )
    .option('--expect <file>', 'the expectation, instead of NAME.expect.yaml beside the capture')
    .option('--update', 'write the expectation from what the capture shows')
    .option('--strict', 'without an expectation, warnings fail as well')
    .option('--name <text>', 'of a folder only the captures with this in their name')
    .option('--notes', 'show notes too')
    .option('--jobs <n>', 'captures at the same time (as many as are worth it)')
    .option('--junit <file>', 'write a JUnit report')
    .option('--github', 'write annotations for GitHub Actions (by itself when run there)')
    .option('--json', 'one JSON object a capture, schema qbg/v1/verdict')
    .addHelpText('after', HELP)
  replay.action(async (captures: string[], options) => {
    const command = await import('./replay-command.ts')
    const [first, ...rest] = captures
    const init = first === 'init' && rest.length > 0
    finish(init ? await command.initExpectations(rest) : await command.replay(captures, options))
  })
}
