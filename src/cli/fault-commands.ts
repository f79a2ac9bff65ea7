/** `qbg fault`: declares its commands; what they do is in `fault-queries.ts`. */
import type { Command } from 'commander'
import { withControl } from './client-options.ts'

const ACTIONS = `
Actions on frames (--frame any, lldp, ecp, vdp or ack; --direction send, receive or both):
  drop                  they go nowhere
  delay 200ms           they come later; --jitter 50ms: up to so much more
  duplicate [N]         they come once more, or N times more
  reorder [N]           N later ones overtake them
  corrupt [OFFSET]      one octet is changed
  truncate OCTETS       they end early
  sequence +N | N       ECP's number is moved by N, or always N
  no-evb                LLDPDUs without the EVB TLV
  omit                  VSI TLVs are taken out: who waits for them waits
  rewrite               VSI TLVs with another --status, mode (--as), --vid or ID (--new-id)
Actions of a bridge that decides about VSIs:
  refuse [ERROR]        invalid-format, insufficient-resources, manager-unreachable, other-failure,
                        invalid-filter, or 1 to 15; --keep, --hard
  late 5s               the decision comes so much later
  undecided             it never comes
  deassociate 30s       what was granted is withdrawn after that time

src/README.md says of each what is seen on the wire, and what a good neighbour does about it.
`

const queries = () => import('./fault-queries.ts')

export function addFaults(program: Command, finish: (status: number) => void): void {
  const fault = program.command('fault').description('make a running daemon misbehave on purpose')
  withControl(fault.command('list').description('the faults that are set, and what each has done')).action(
    async (options) => finish(await (await queries()).list(options)),
  )
  addSet(fault, finish)
  withControl(fault.command('clear').description('end faults on purpose'))
    .argument('[names...]', 'names of faults, see qbg fault list')
    .option('--all', 'all of them')
    .action(async (names: string[], options) => finish(await (await queries()).clear(names, options)))
}

function addSet(fault: Command, finish: (status: number) => void): void {
  withControl(fault.command('set').description('set a fault; others stay as they are'))
    .argument('<action>', 'what is done, see below')
    .argument('[value]', 'how much of it')
    .option('--name <name>', 'name for "qbg fault clear"; one of that name is replaced')
    .option('--port <pattern>', "port, or a pattern such as 'swp*' (all)")
    .option('--frame <kind>', 'which frames (any)')
    .option('--direction <direction>', 'of frames (send)')
    .option('--type <id[:version]>', 'only for VSIs of this type')
    .option('--vsi <id>', 'only for this VSI')
    .option('--mode <mode>', 'only associate, preassociate, preassociate-rr or deassociate')
    .option('--chance <p>', 'by chance, 0 to 1')
    .option('--nth <n>', 'only the n-th that fits')
    .option('--every <n>', 'each n-th that fits')
    .option('--times <n>', 'at most so often')
    .option('--jitter <time>', 'delay: up to so much more')
    .option('--keep', 'refuse: with Keep')
    .option('--hard', 'refuse: with Hard')
    .option('--status <octet>', 'rewrite: the status octet, such as 0x64')
    .option('--as <mode>', 'rewrite: the type of the TLV')
    .option('--vid <vid>', 'rewrite: the VID of each entry')
    .option('--new-id <id>', 'rewrite: the VSI ID')
    .addHelpText('after', ACTIONS)
    .action(async (action: string, value: string | undefined, options) =>
      finish(await (await queries()).set(action, value, options)),
    )
}
