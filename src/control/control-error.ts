/**
 * What goes wrong between a person or program and qbg: a request that cannot be served, a file that cannot be
 * used, a daemon that cannot be reached. The machine's own refusals are `runtime/operational-error.ts`.
 *
 * Over the control socket a code travels as text; `exit` is what the command `qbg` ends with.
 */
export interface CodeMeaning {
  /** HTTP status, for codes that a daemon answers with. */
  readonly http?: number
  readonly exit: number
  readonly means: string
}

/** Exit statuses of `qbg`. */
export const EXIT = { ok: 0, refused: 1, usage: 2, noAnswer: 3, noDaemon: 4, cannotRun: 5 } as const

export const CONTROL_CODES = {
  'bad-usage': { exit: EXIT.usage, means: 'the command line is wrong' },
  'bad-config': { exit: EXIT.usage, means: 'the configuration file is wrong; the message names the line' },
  'bad-capture': { exit: EXIT.usage, means: 'a file is no capture, or is broken; the message says where' },
  'file-refused': {
    exit: EXIT.cannotRun,
    means: 'a file cannot be changed; the message has the reason of the system',
  },
  'bad-request': { http: 400, exit: EXIT.usage, means: 'the request is wrong; `path` names the part' },
  'port-needed': { http: 400, exit: EXIT.usage, means: 'the daemon has several ports and none was named' },
  'unknown-port': { http: 404, exit: EXIT.usage, means: 'the daemon has no port of that name' },
  'port-exists': { http: 409, exit: EXIT.usage, means: 'the daemon has a port of that name already' },
  'port-unusable': {
    http: 409,
    exit: EXIT.cannotRun,
    means: 'the interface cannot be a port; the message says why',
  },
  'unknown-vsi': { http: 404, exit: EXIT.refused, means: 'no port has, or remembers, a VSI of that ID' },
  'unknown-fault': { http: 404, exit: EXIT.refused, means: 'no fault on purpose has that name' },
  'unknown-type': { http: 404, exit: EXIT.refused, means: 'there is no VSI type of that ID and version' },
  'type-exists': { exit: EXIT.refused, means: 'there is a VSI type of that ID and version already' },
  'wrong-role': { http: 409, exit: EXIT.usage, means: 'a daemon of the other role can be asked that' },
  'not-found': { http: 404, exit: EXIT.usage, means: 'the control protocol has no such path' },
  'method-not-allowed': { http: 405, exit: EXIT.usage, means: 'the path exists, not with that method' },
  'too-large': { http: 413, exit: EXIT.usage, means: 'the request has more octets than a daemon reads' },
  stopping: { http: 503, exit: EXIT.noDaemon, means: 'the daemon is leaving' },
  internal: { http: 500, exit: EXIT.refused, means: 'a fault of qbg; the log of the daemon has it' },
  'control-busy': { exit: EXIT.cannotRun, means: 'another daemon answers on the control socket' },
  'control-path': { exit: EXIT.cannotRun, means: 'the control socket cannot be made at that path' },
  'metrics-address': { exit: EXIT.cannotRun, means: 'metrics cannot be served at that address' },
  'no-daemon': { exit: EXIT.noDaemon, means: 'nothing answers on the control socket' },
  'control-denied': { exit: EXIT.noDaemon, means: 'the control socket belongs to another user' },
  'daemon-gone': { exit: EXIT.noDaemon, means: 'the daemon went away before it answered' },
} as const satisfies Record<string, CodeMeaning>

export type ControlCode = keyof typeof CONTROL_CODES

export interface ControlErrorDetail {
  /** What a person can do about it, as one sentence without a full stop. */
  readonly hint?: string | undefined
  /** The part of the request or file that is wrong. */
  readonly path?: string | undefined
  readonly cause?: unknown
}

export class ControlError extends Error {
  override readonly name = 'ControlError'
  readonly code: ControlCode
  readonly hint: string | undefined
  readonly path: string | undefined

  constructor(code: ControlCode, message: string, { hint, path, cause }: ControlErrorDetail = {}) {
    super(message, cause === undefined ? undefined : { cause })
    this.code = code
    this.hint = hint
    this.path = path
  }
}

export function isControlCode(code: string): code is ControlCode {
  return Object.hasOwn(CONTROL_CODES, code)
}

export function httpStatusOf(code: ControlCode): number {
  const meaning: CodeMeaning = CONTROL_CODES[code]
  return meaning.http ?? 500
}
