/**
 * What goes wrong between this program and the machine it runs on, as one class: a stable code, what was being
 * done, the cause, and a hint for a person. Faults of a peer's octets are values (`protocol/wire/decoded.ts`),
 * refusals of the protocol are events; neither is one of these.
 */

/** Every code. `src/README.md` explains each; a test ties the two together. */
export const OPERATIONAL_CODES = [
  'not-permitted',
  'no-such-interface',
  'not-ethernet',
  'not-a-port',
  'not-a-bridge-port',
  'interface-down',
  'interface-busy',
  'frames-lost',
  'unsupported-platform',
  'unsupported-by-kernel',
  'system-call-failed',
  'file-not-writable',
  'port-closed',
  'state-busy',
  'state-foreign',
  'lldpad-runs',
  'netlink-port-busy',
  'agent-running',
  'package-missing',
] as const

export type OperationalCode = (typeof OPERATIONAL_CODES)[number]

export interface OperationalDetail {
  /** What was being done, for people: `open eth0`, `set hairpin on eth0`. */
  readonly operation: string
  /** What a person can do about it, as one sentence without a full stop. */
  readonly hint?: string
  readonly cause?: unknown
}

export class OperationalError extends Error {
  override readonly name = 'OperationalError'
  readonly code: OperationalCode
  readonly operation: string
  readonly hint: string | undefined

  constructor(code: OperationalCode, reason: string, { operation, hint, cause }: OperationalDetail) {
    super(`${operation}: ${reason}`, cause === undefined ? undefined : { cause })
    this.code = code
    this.operation = operation
    this.hint = hint
  }
}

/** The message, its hint and the messages of its causes, in one line for a log or a terminal. */
export function describeError(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const hint = error instanceof OperationalError && error.hint !== undefined ? ` (${error.hint})` : ''
  const cause = error.cause === undefined ? '' : `: ${describeError(error.cause)}`
  return `${error.message}${hint}${cause}`
}
