/** `qbg switch`: the commands and their options. */
import type { Command } from 'commander'
import { withControl } from './client-options.ts'

const EXIT_CODES = `
Exit status: 0 when nothing differs, 1 when something does. What differs is set right by the daemon, and in its log.
`

export function addSwitch(program: Command, finish: (status: number) => void): void {
  const group = program.command('switch').description('what a bridge lets pass')
  withControl(group.command('show').description('the data path of each port, wanted and actual'))
    .option('--port <interface>', 'only this port')
    .addHelpText('after', EXIT_CODES)
    .action(async (options) => finish(await (await import('./switch-show.ts')).showSwitch(options)))
}
