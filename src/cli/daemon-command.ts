/** `qbg station` and `qbg bridge`: settles what to run with, then runs it in the foreground. */
import type { Role } from '../../protocol/engine/view.ts'
import { ControlError } from '../control/control-error.ts'
import { controlPath } from '../control/control-path.ts'
import type { DaemonSettings } from '../control/schema/daemon-settings.ts'
import { runDaemon } from '../daemon/run.ts'
import { mergeSettings, planPorts, portPatterns, refuseTwoTypeLists } from '../daemon/settings.ts'
import { optionOf, settingsFromOptions } from './daemon-options.ts'
import { printJsonLine, printLines } from './output.ts'

interface DaemonCommandOptions {
  readonly config?: string
  readonly control?: string
  readonly json?: boolean
}

/** Resolves with the exit status when the daemon has left. */
export async function runDaemonCommand(
  role: Role,
  interfaces: readonly string[],
  options: DaemonCommandOptions & Readonly<Record<string, unknown>>,
): Promise<number> {
  const settings = mergeSettings(
    await fileSettings(role, options.config),
    await optionSettings(role, options),
  )
  refuseTwoTypeLists(settings)
  const plans = planPorts(role, interfaces, settings)
  const control = controlPath(options.control ?? settings.control)
  const patterns = portPatterns(role, interfaces, settings)
  return runDaemon({ role, plans, patterns, settings, control }, (ports) => {
    if (options.json) printJsonLine(started(role, ports, control))
    else printLines([`qbg ${role} on ${ports.join(', ') || 'no ports yet'}, control ${control}`])
  })
}

function started(role: Role, ports: readonly string[], control: string) {
  return { schema: 'qbg/v1/started' as const, role, ports, control, pid: process.pid }
}

async function fileSettings(role: Role, file: string | undefined): Promise<DaemonSettings> {
  if (file === undefined) return {}
  const { readConfigFile } = await import('../daemon/config-file.ts')
  return readConfigFile(file, role)
}

/** Without an option there is nothing to check, and the schemas' 40 ms are saved. */
async function optionSettings(
  role: Role,
  options: Readonly<Record<string, unknown>>,
): Promise<DaemonSettings> {
  const given = settingsFromOptions(options)
  if (Object.keys(given).length === 0) return {}
  const { daemonSettings } = await import('../control/schema/daemon-settings.ts')
  const { explainIssue } = await import('../control/schema/issue-text.ts')
  const result = daemonSettings.safeParse(given, { reportInput: true })
  if (result.success) return result.data
  const { path, message } = explainIssue(result.error.issues[0]!)
  const option = optionOf(path) ?? path
  throw new ControlError('bad-usage', `${option} ${message}`, {
    hint: `qbg ${role} --help lists the options`,
  })
}
