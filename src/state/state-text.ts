/**
 * The state file as a whole: a JSON object with a version, and one VSI a line. A change that an older qbg would
 * misread gets a new version; added keys do not.
 */
import { STATE_MARK } from './state-path.ts'

export const STATE_VERSION = 1

const ABOUT = `${STATE_MARK} asks for again after a restart. Written by qbg: stop it before you edit this.`
/** Lines given to the disk at once, so that nothing else waits long. */
const LINES_AT_ONCE = 1000

export interface StateText {
  /** The machine's boot in which it was written; interface indexes of another one mean nothing. */
  readonly boot: string
  readonly vsis: readonly unknown[]
}

export type ParsedState =
  | { readonly ok: true; readonly state: StateText }
  /** `newer`: of a version this qbg does not know. */
  | { readonly ok: false; readonly newer: boolean; readonly reason: string }

/** The text in pieces. `vsis` are lines of JSON. */
export function* formatState(boot: string, vsis: readonly string[]): Generator<string> {
  const head = { about: ABOUT, version: STATE_VERSION, boot }
  yield `${JSON.stringify(head, null, 2).slice(0, -2)},\n  "vsis": [`
  for (let start = 0; start < vsis.length; start += LINES_AT_ONCE) {
    const lines = vsis.slice(start, start + LINES_AT_ONCE).join(',\n    ')
    yield `${start === 0 ? '' : ','}\n    ${lines}`
  }
  yield `${vsis.length === 0 ? '' : '\n  '}]\n}\n`
}

/** Inverse of `formatState`. What the VSIs say is looked at one by one, in `stored-vsi.ts`. */
export function parseState(text: string): ParsedState {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (cause) {
    return { ok: false, newer: false, reason: `it is not JSON: ${(cause as Error).message}` }
  }
  const { version, boot, vsis } = (value ?? {}) as Record<string, unknown>
  if (!Number.isInteger(version)) return { ok: false, newer: false, reason: 'it has no version' }
  if ((version as number) > STATE_VERSION) {
    return { ok: false, newer: true, reason: `it is of version ${version}, this qbg knows ${STATE_VERSION}` }
  }
  if (!Array.isArray(vsis)) return { ok: false, newer: false, reason: 'it has no list of VSIs' }
  return { ok: true, state: { boot: typeof boot === 'string' ? boot : '', vsis } }
}
