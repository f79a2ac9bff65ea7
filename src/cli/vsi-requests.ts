/** `qbg vsi associate`, `preassociate` and `deassociate`: asks, waits for the switch, and says what came of it. */
import { ControlClient } from '../control/client.ts'
import { ControlError, EXIT } from '../control/control-error.ts'
import { controlPath } from '../control/control-path.ts'
import { parseFilter } from '../control/filter-text.ts'
import type { Parsed } from '../control/parsed.ts'
import type { RequestAnswer } from '../control/schema/vsi.ts'
import type { VsiRequestsInput } from '../control/schema/vsi-request.ts'
import { parseOrganizational, parseVsiType, readManagerId, readVsiId } from '../control/vsi-text.ts'
import { type ClientOptions, printJson, printLines } from './output.ts'
import { renderNo, renderYes } from './render-vsi.ts'
import { styleOf } from './style.ts'
import { requiredId } from './vsi-id-argument.ts'

interface WaitOptions extends ClientOptions {
  readonly wait: string
}

export interface AssociateOptions extends WaitOptions {
  readonly id: string
  readonly type: string
  readonly filter: readonly string[]
  readonly manager: string
  readonly hint: 'none' | 'suspended' | 'migrating'
  readonly org?: readonly string[]
}

type Request = VsiRequestsInput['requests'][number]

/** What is written wrong is refused here, before a daemon is asked. */
export function associate(
  mode: 'associate' | 'preassociate' | 'preassociate-rr',
  options: AssociateOptions,
): Promise<number> {
  readOption('--id', readVsiId(options.id))
  readOption('--manager', readManagerId(options.manager))
  readOption('--filter', parseFilter(options.filter))
  const type = readOption('--type', parseVsiType(options.type))
  const organizational = (options.org ?? []).map((text) => ({
    ...readOption('--org', parseOrganizational(text)),
  }))
  const { id, manager, hint, filter } = options
  const request = { mode, id, ...type, managerId: manager, filter: [...filter], hint, organizational }
  return ask({ ...request, ...portOf(options) }, options)
}

export function deassociate(
  argument: string | undefined,
  options: WaitOptions & { id?: string },
): Promise<number> {
  const id = requiredId(argument, options.id)
  return ask({ mode: 'deassociate', id, ...portOf(options) }, options)
}

async function ask(request: Request, options: WaitOptions): Promise<number> {
  const wait = readWait(options.wait)
  const client = new ControlClient(controlPath(options.control))
  const answer = await client.request({ requests: [request], wait }).catch(throwNamingOption)
  const [first] = answer.answers
  if (first === undefined) throw new ControlError('internal', 'the daemon answered without an answer')
  if (options.json) printJson(answer)
  else if (first.ok) printLines(renderYes(first, styleOf(process.stdout)))
  else process.stderr.write(`${renderNo(first, styleOf(process.stderr)).join('\n')}\n`)
  return exitStatus(first)
}

const OPTIONS: Readonly<Record<string, string>> = {
  typeId: '--type',
  typeVersion: '--type',
  managerId: '--manager',
  organizational: '--org',
}

/** The daemon names parts of its request; who typed a command knows options. */
function throwNamingOption(error: unknown): never {
  const part = error instanceof ControlError ? /^requests\[0\]\.(\w+)/.exec(error.path ?? '')?.[1] : undefined
  if (!(error instanceof ControlError) || part === undefined) throw error
  const message = error.message.replace(`${error.path}: `, '')
  const { code, hint } = error
  throw new ControlError(code, `${OPTIONS[part] ?? `--${part}`}: ${message}`, { hint, cause: error })
}

function exitStatus({ ok, outcome }: RequestAnswer): number {
  if (ok) return EXIT.ok
  return outcome === 'waiting' || outcome === 'progress' ? EXIT.noAnswer : EXIT.refused
}

function portOf({ port }: ClientOptions): { port?: string } {
  return port === undefined ? {} : { port }
}

function readWait(text: string): number {
  const seconds = /^\d+(\.\d+)?$/.test(text) ? Number(text) : Number.NaN
  if (seconds <= 86_400) return seconds
  throw new ControlError('bad-usage', `--wait "${text}" is not a number of seconds from 0 to 86400`)
}

function readOption<T>(option: string, result: Parsed<T>): T {
  if (result.ok) return result.value
  throw new ControlError('bad-usage', result.message, { hint: `see ${option} in "qbg vsi associate --help"` })
}
