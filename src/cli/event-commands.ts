/** `qbg event`: declares its commands; what they do is in `event-queries.ts`. */
import type { Command } from 'commander'
import { withControl } from './client-options.ts'

export function addEvents(program: Command, finish: (status: number) => void): void {
  const event = program.command('event').description('what happened, and what happens')
  filtered(event.command('list').description('events that the daemon has kept, oldest first'))
    .option('--last <n>', 'at most so many, the latest')
    .option('--after <number>', 'only those numbered higher (with --json each event has its number)')
    .action(async (options) => finish(await (await queries()).list(options)))
  filtered(
    event.command('watch').description('events as they happen, until interrupted or the daemon leaves'),
  ).action(async (options) => finish(await (await queries()).watch(options)))
}

const queries = () => import('./event-queries.ts')

function filtered(command: Command): Command {
  return withControl(command)
    .option('--port <interface>', 'only events of this port, and of none')
    .option('--id <vsi>', 'only events of this VSI')
    .option('--type <type...>', 'only these: vsi, relay, hairpin, neighbor, link, fault, ...')
}
