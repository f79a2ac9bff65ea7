/** `qbg fault list`, `set` and `clear`. What a rule may say is checked by the daemon, which has the schema. */
import { ControlClient } from '../control/client.ts'
import { ControlError, EXIT } from '../control/control-error.ts'
import { controlPath } from '../control/control-path.ts'
import type { FaultListAnswer, FaultRequestInput } from '../control/schema/fault.ts'
import { type ClientOptions, printJson, printLines } from './output.ts'
import { type Style, styleOf } from './style.ts'
import { layOut } from './table.ts'

type SetOptions = ClientOptions & Readonly<Record<string, string | boolean | undefined>>

const clientOf = (options: ClientOptions) => new ControlClient(controlPath(options.control))

export async function list(options: ClientOptions): Promise<number> {
  const answer = await clientOf(options).faults()
  if (options.json) printJson(answer)
  else printLines(renderFaults(answer, styleOf(process.stdout)))
  return EXIT.ok
}

export async function set(action: string, value: string | undefined, options: SetOptions): Promise<number> {
  const rule = { action, ...readValue(action, value), ...readOptions(options) }
  const answer = await clientOf(options).setFaults([rule] as FaultRequestInput['faults'])
  if (options.json) printJson(answer)
  else printLines(renderFaults(answer, styleOf(process.stdout)))
  return EXIT.ok
}

export async function clear(
  names: readonly string[],
  options: ClientOptions & { readonly all?: boolean },
): Promise<number> {
  if (names.length === 0 && options.all !== true) {
    throw new ControlError('bad-usage', 'which fault? Its name is missing', {
      hint: 'name it as "qbg fault list" does, or clear all with --all',
    })
  }
  const answer = await clientOf(options).clearFaults(options.all ? [] : names)
  if (options.json) printJson(answer)
  else if (answer.cleared.length === 0) printLines(['there were no faults'])
  else printLines(answer.cleared.map((name) => `${name} cleared`))
  return EXIT.ok
}

function renderFaults({ faults, seed }: FaultListAnswer, style: Style): string[] {
  if (faults.length === 0) return [`no faults on purpose (seed ${seed})`]
  const rows = faults.flatMap(({ rule, text, ports }) => {
    const on = ports.length === 0 ? [{ port: '-', matched: 0, applied: 0, spent: false }] : ports
    return on.map(({ port, matched, applied, spent }) => [
      rule.name,
      port,
      String(matched),
      `${applied}${spent ? ', spent' : ''}`,
      text,
    ])
  })
  const [head = '', ...rest] = layOut([['NAME', 'PORT', 'FITTED', 'DONE', 'FAULT'], ...rows], [2])
  return [style.dim(head), ...rest, style.dim(`seed ${seed}`)]
}

/** Where the value of an action goes. */
const VALUE_OF: Readonly<Record<string, string>> = {
  delay: 'milliseconds',
  duplicate: 'copies',
  reorder: 'behind',
  corrupt: 'offset',
  truncate: 'octets',
  refuse: 'error',
  late: 'milliseconds',
  deassociate: 'milliseconds',
}

function readValue(action: string, value: string | undefined): object {
  if (value === undefined) return {}
  if (action === 'sequence') {
    return value.startsWith('+') ? { shift: number(value) } : { number: number(value) }
  }
  const key = Object.hasOwn(VALUE_OF, action) ? VALUE_OF[action] : undefined
  if (key === undefined) throw new ControlError('bad-usage', `${action} takes no value, not "${value}"`)
  return { [key]: number(value) }
}

const AS_TEXT = ['name', 'port', 'frame', 'direction', 'type', 'vsi', 'mode', 'jitter', 'as'] as const
const AS_NUMBER = ['chance', 'nth', 'every', 'times', 'status', 'vid'] as const
const AS_FLAG = ['keep', 'hard'] as const

function readOptions(options: SetOptions): object {
  const rule: Record<string, unknown> = {}
  for (const key of [...AS_TEXT, ...AS_FLAG]) if (options[key] !== undefined) rule[key] = options[key]
  for (const key of AS_NUMBER) if (options[key] !== undefined) rule[key] = number(String(options[key]))
  return options.newId === undefined ? rule : { ...rule, id: options.newId }
}

/** A number, decimal or after 0x; any other text as it stands, for the daemon to refuse by name. */
function number(text: string): number | string {
  return /^(0x[0-9a-f]+|\+?\d+(\.\d+)?)$/i.test(text) ? Number(text) : text
}
