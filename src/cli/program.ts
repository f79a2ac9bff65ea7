/** The commands of `qbg`, their options and help. What they do is in the files they load. */
import { Command, CommanderError, Option } from 'commander'
import { ControlError, EXIT } from '../control/control-error.ts'
import { closest } from '../control/schema/closest.ts'
import { addDecode } from './capture-commands.ts'
import { withControl } from './client-options.ts'
import { addDaemonOptions } from './daemon-options.ts'
import { printError } from './error-output.ts'
import { addEvents } from './event-commands.ts'
import { addFaults } from './fault-commands.ts'
import { addPorts } from './port-commands.ts'
import { addReplay } from './replay-commands.ts'
import { addReport } from './report-commands.ts'
import { addSend } from './send-commands.ts'
import { addSwitch } from './switch-commands.ts'
import { addTypes } from './type-commands.ts'

const EXIT_CODES = `
Exit status:
  0  done; for vsi commands: the switch answered yes
  1  refused or failed; the reason is on standard error
  2  wrong usage, configuration or request
  3  no answer within --wait; the request stays in force
  4  no daemon answers on the control socket
  5  qbg cannot run here: permission, interface or control socket
`

const FILTERS = `
Filter entries, all of one form:
  VID                 200
  MAC/VID             52:54:00:11:22:33/200   (a MAC alone: the switch chooses the VID)
  group:ID/VID        group:5000/200
  group:ID/MAC/VID    group:5000/52:54:00:11:22:33/200
  VID "any" or 0 lets the switch choose; @0 to @7 at the end sets the default priority.
`

/** Runs one command line. Resolves with the exit status; never rejects. */
export async function runCli(argv: readonly string[]): Promise<number> {
  let status: number = EXIT.ok
  const program = createProgram((code) => {
    status = code
  })
  try {
    await program.parseAsync(argv, { from: 'user' })
    return status
  } catch (error) {
    if (error instanceof CommanderError && error.exitCode === 0) return EXIT.ok
    return printError(error, argv.includes('--json'))
  }
}

/** Every command's mistakes name its own help. */
function nameTheirHelp(command: Command, path: string): void {
  const hint = `${path} --help`
  command.exitOverride((error) => {
    if (error.exitCode === 0) throw error
    if (error.code === 'commander.help') throw new ControlError('bad-usage', 'no command given', { hint })
    throw new ControlError('bad-usage', error.message.replace(/^error: /, ''), { hint })
  })
  for (const inner of command.commands) nameTheirHelp(inner, `${path} ${inner.name()}`)
}

function unknownCommand(name: string, program: Command): ControlError {
  const meant = closest(
    name,
    program.commands.map((command) => command.name()),
  )
  const suggestion = meant === undefined ? '' : `, did you mean "${meant}"?`
  return new ControlError('bad-usage', `unknown command "${name}"${suggestion}`, { hint: 'qbg --help' })
}

/** `finish` takes the exit status of the command that was run. */
export function createProgram(finish: (status: number) => void): Command {
  const program = new Command('qbg')
    .description(
      'IEEE 802.1Qbg, Edge Virtual Bridging: LLDP with the EVB TLV, ECP and VDP, as station or bridge.',
    )
    .configureOutput({ outputError: () => {}, ...quietHelpOnError() })
    .showSuggestionAfterError()
    .helpCommand(false)
    .addHelpText('after', EXIT_CODES)
    .option('-V, --version', 'print the version')
    .action(async (options: { version?: boolean }, command: Command) => {
      if (options.version) return (await import('./version-command.ts')).printVersion(false)
      const [unknown] = command.args
      if (unknown !== undefined) throw unknownCommand(unknown, program)
      command.help({ error: true })
    })
  addDaemons(program, finish)
  addVsi(program, finish)
  addEvents(program, finish)
  addFaults(program, finish)
  addPorts(program, finish)
  addSwitch(program, finish)
  addDecode(program, finish)
  addTypes(program, finish)
  addReplay(program, finish)
  addReport(program, finish)
  addSend(program, finish)
  addOthers(program, finish)
  // Not before: commands made later would take them as well.
  program.allowExcessArguments()
  nameTheirHelp(program, 'qbg')
  return program
}

/** Help that commander shows because of an error goes nowhere: the error and its hint are enough. */
function quietHelpOnError() {
  return { writeErr: () => {} }
}

function addDaemons(program: Command, finish: (status: number) => void): void {
  const roles = [
    ['station', 'run a station: ask the switch for reflective relay and VSIs'],
    ['bridge', 'run a bridge: grant stations reflective relay and VSIs'],
  ] as const
  for (const [role, description] of roles) {
    const command = program.command(role).description(`${description} (in the foreground)`)
    command.argument(
      '[interfaces...]',
      "interfaces, or patterns such as 'swp*'; those of the configuration file when none is named",
    )
    addDaemonOptions(withControl(command), role)
    command.action(async (interfaces: string[], options) => {
      const { runDaemonCommand } = await import('./daemon-command.ts')
      finish(await runDaemonCommand(role, interfaces, options))
    })
  }
}

function addVsi(program: Command, finish: (status: number) => void): void {
  const vsi = program.command('vsi').description('ask for VSIs, and look at them')
  const modes = [
    ['associate', 'associate a VSI; asking again refreshes it, another filter changes it'],
    ['preassociate', 'pre-associate a VSI, for example before a migration'],
  ] as const
  for (const [mode, description] of modes) addRequest(vsi, mode, description, finish)
  withWait(
    named(vsi.command('deassociate').description('end a VSI; on a bridge: withdraw it'), '[id]'),
  ).action(async (id: string | undefined, options) =>
    finish(await (await requests()).deassociate(id, options)),
  )
  withControl(vsi.command('list').description('all VSIs, also those that ended'))
    .option('--port <interface>', 'only those of this port')
    .action(async (options) => finish(await (await queries()).list(options)))
  named(
    vsi.command('show').description('one VSI with the reason of its state, also after it ended'),
    '[id]',
  ).action(async (id: string | undefined, options) => finish(await (await queries()).show(id, options)))
  named(
    vsi.command('watch').description('events as they happen, of one VSI or all, until interrupted'),
    '[id]',
  )
    .option('--all', 'also events of ports: neighbour, relay, link, faults')
    .action(async (id: string | undefined, options) => finish(await (await watching()).watch(id, options)))
}

const requests = () => import('./vsi-requests.ts')
const queries = () => import('./vsi-queries.ts')
const watching = () => import('./vsi-watch.ts')

function named(command: Command, argument: string): Command {
  return withControl(command.argument(argument, 'VSI ID'))
    .option('--id <id>', 'VSI ID, the same as the argument')
    .option('--port <interface>', 'port, when several know the VSI')
}

function withWait(command: Command): Command {
  return command.option('--wait <seconds>', 'how long to wait for the answer; 0 does not wait', '30')
}

function addRequest(
  vsi: Command,
  mode: 'associate' | 'preassociate',
  description: string,
  finish: (status: number) => void,
): void {
  const command = withControl(vsi.command(mode).description(description))
    .requiredOption('--id <id>', 'VSI ID: a UUID, or mac:..., ipv4:..., ipv6:..., local:<32 hex digits>')
    .requiredOption('--type <id[:version]>', 'VSI type, the port profile the switch knows')
    .requiredOption('--filter <entry...>', 'what belongs to the VSI, see below')
    .option(
      '--manager <id>',
      'VSI manager: 0 (the default of the switch), a number, an IP address, \'"text"\'',
      '0',
    )
    .option('--port <interface>', 'port; needed when the daemon has several')
    .addOption(
      new Option('--hint <hint>', 'migration hint')
        .choices(['none', 'suspended', 'migrating'])
        .default('none'),
    )
    .option('--org <oui:hex...>', 'organisation TLV to send along')
  if (mode === 'preassociate')
    command.option('--reserve', 'have the switch reserve resources (Pre-Associate RR)')
  withWait(command)
    .addHelpText('after', FILTERS)
    .action(async (options) => {
      const reserved = mode === 'preassociate' && options.reserve === true
      finish(await (await requests()).associate(reserved ? 'preassociate-rr' : mode, options))
    })
}

function addOthers(program: Command, finish: (status: number) => void): void {
  withControl(
    program.command('status').description('ports: neighbour, EVB values, relay, counters, problems'),
  )
    .option('--port <interface>', 'only this port')
    .option('--vsis', 'with --json: the VSIs of the MIB as well (VSIDBTable)')
    .action(async (options) => finish(await (await import('./status-command.ts')).status(options)))
  withControl(
    program.command('drain').description('have a station de-associate all its VSIs, and leave'),
  ).action(async (options) => finish(await (await import('./drain-command.ts')).drain(options)))
  withControl(program.command('log-level').description('show, or change, what a running daemon logs'))
    .argument('[level]', 'debug, info, warn, error or silent')
    .action(async (level, options) =>
      finish(await (await import('./log-level-command.ts')).logLevel(level, options)),
    )
  program
    .command('lab')
    .description('a host with two VMs and a switch in network namespaces, step by step')
    .helpOption(false)
    .allowUnknownOption()
    .allowExcessArguments()
    .action(async (_options, command: Command) =>
      finish(await (await import('./lab-command.ts')).lab(command.args)),
    )
  program
    .command('completion')
    .description('a completion script; for bash: source <(qbg completion bash)')
    .argument('<shell>', 'bash, zsh or fish')
    .action(async (shell: string) => (await import('./completion.ts')).printCompletion(shell, program))
  program
    .command('version')
    .description('print the version')
    .option('--json', 'as JSON')
    .action(async ({ json }) => (await import('./version-command.ts')).printVersion(json === true))
}
