/**
 * The event log: everything that happened to a port and what it asked for, one JSON object a line. Enough to
 * replay the port's life (`replay.ts`). Frames are hexadecimal; times are milliseconds of the recorder's monotonic
 * clock. The inputs and effects of one step share its number, in order; a step may have no effects.
 */
import type { Effect } from '../engine/effect.ts'
import type { Input } from '../engine/input.ts'
import type { PortConfig } from '../engine/port-config.ts'
import type { Role } from '../engine/view.ts'
import { fromHex, toHex } from '../wire/octets.ts'

/** Raised when a line written before cannot be read as what it was. */
export const EVENT_LOG_VERSION = 1

interface Place {
  readonly port: string
  readonly step: number
  readonly at: number
}

export type LogEntry =
  /** The port as it was made; step 0. */
  | (Place & {
      readonly kind: 'start'
      readonly version: number
      readonly role: Role
      readonly config: PortConfig
    })
  | (Place & { readonly kind: 'input'; readonly input: Input })
  | (Place & { readonly kind: 'effect'; readonly effect: Effect })
  /** The step threw; its effects are not known. */
  | (Place & { readonly kind: 'failure'; readonly message: string })
  /** The recorder could not keep up: so many steps before this one are missing. */
  | (Place & { readonly kind: 'gap'; readonly missing: number })

export type DecodedEntry =
  | { readonly ok: true; readonly entry: LogEntry }
  | { readonly ok: false; readonly reason: string }

/** One line without its end. */
export function encodeLogEntry(entry: LogEntry): string {
  return JSON.stringify(entry, (_key, value) => (value instanceof Uint8Array ? toHex(value) : value))
}

/** Inverse of `encodeLogEntry`; says why a line is not one. Checks the frame around an event, not all of it. */
export function decodeLogEntry(line: string): DecodedEntry {
  let value: unknown
  try {
    value = JSON.parse(line)
  } catch {
    return { ok: false, reason: 'not JSON' }
  }
  const reason = whatIsWrong(value)
  return reason === undefined ? { ok: true, entry: revive(value as LogEntry) } : { ok: false, reason }
}

function whatIsWrong(value: unknown): string | undefined {
  if (!isRecord(value)) return 'not an object'
  const { port, step, at, kind } = value
  if (typeof port !== 'string') return 'no port'
  if (!Number.isSafeInteger(step) || !Number.isFinite(at)) return 'no step or time'
  switch (kind) {
    case 'start':
      return whatIsWrongWithStart(value)
    case 'input':
      return whatIsWrongWithEvent(value.input)
    case 'effect':
      return whatIsWrongWithEvent(value.effect)
    case 'failure':
      return typeof value.message === 'string' ? undefined : 'no message'
    case 'gap':
      return Number.isSafeInteger(value.missing) ? undefined : 'no number of missing steps'
    default:
      return 'unknown kind'
  }
}

function whatIsWrongWithStart({ version, role, config }: Record<string, unknown>): string | undefined {
  if (version !== EVENT_LOG_VERSION) return `version ${String(version)}, not ${EVENT_LOG_VERSION}`
  if (role !== 'station' && role !== 'bridge') return 'unknown role'
  return isRecord(config) ? undefined : 'no config'
}

function whatIsWrongWithEvent(event: unknown): string | undefined {
  if (!isRecord(event) || typeof event.type !== 'string') return 'no event'
  if (!hasOctets(event.type)) return undefined
  const { octets } = event
  return typeof octets === 'string' && /^([0-9a-f]{2})*$/.test(octets) ? undefined : 'octets not hexadecimal'
}

function revive(entry: LogEntry): LogEntry {
  if (entry.kind === 'input') return { ...entry, input: withOctets(entry.input) }
  if (entry.kind === 'effect') return { ...entry, effect: withOctets(entry.effect) }
  return entry
}

function withOctets<Event extends Input | Effect>(event: Event): Event {
  return hasOctets(event.type) && 'octets' in event
    ? { ...event, octets: fromHex(event.octets as unknown as string) }
    : event
}

function hasOctets(type: string): boolean {
  return type === 'frame.received' || type === 'frame.send'
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
