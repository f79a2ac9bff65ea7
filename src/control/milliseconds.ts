/** Times as people write them for faults: `250`, `250ms`, `5s`, `2min`. */
import { type Parsed, parsed, unparsable } from './parsed.ts'

const UNITS: Readonly<Record<string, number>> = { '': 1, ms: 1, s: 1000, min: 60_000 }
/** A day. */
const MOST = 86_400_000

/** Milliseconds. */
export function parseMilliseconds(written: number | string): Parsed<number> {
  const match = /^(\d{1,9}(?:\.\d{1,6})?)\s*(ms|s|min)?$/.exec(String(written).trim())
  const value = Number(match?.[1] ?? Number.NaN) * UNITS[match?.[2] ?? '']!
  if (match && value <= MOST) return parsed(value)
  return unparsable(`"${written}" is not a time such as 250ms, 5s or 2min, up to a day`)
}
