/** `qbg port`: declares its commands; what they do is in `port-queries.ts`. */
import type { Command } from 'commander'
import { withControl } from './client-options.ts'

const VERBS = [
  ['add', 'add interfaces, or a pattern: interfaces that fit are taken in as they come'],
  ['remove', 'have a port leave; of a pattern: take no more interfaces in'],
  ['disable', 'have a port say goodbye and be still, as if its link were down'],
  ['enable', 'have a disabled port begin again'],
] as const
export type PortVerb = (typeof VERBS)[number][0]

const queries = () => import('./port-queries.ts')

export function addPorts(program: Command, finish: (status: number) => void): void {
  const port = program.command('port').description('the ports of a running daemon')
  withControl(port.command('list').description('ports, with link, neighbour, relay and VSIs')).action(
    async (options) => finish(await (await queries()).list(options)),
  )
  for (const [verb, description] of VERBS) {
    withControl(port.command(verb).description(description))
      .argument('<interfaces...>', verb === 'add' || verb === 'remove' ? "names, or 'swp*'" : 'names')
      .action(async (names: string[], options) =>
        finish(await (await queries()).change(verb, names, options)),
      )
  }
}
