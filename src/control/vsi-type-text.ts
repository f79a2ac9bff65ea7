/**
 * Parts of a VSI type as people write them: VLANs, MAC address prefixes, rates, sizes, times. Each reader says what
 * it accepts when it refuses.
 */
import { parseMacAddress } from '../../protocol/wire/mac-address.ts'
import { type Parsed, parsed, unparsable } from './parsed.ts'

const LAST_VID = 4094

/** VIDs from `first` to `last`. */
export interface VidRange {
  readonly first: number
  readonly last: number
}

/** `100` or `"100-199"`. */
export function parseVidRange(written: number | string): Parsed<VidRange> {
  const match = /^(\d{1,4})(?:-(\d{1,4}))?$/.exec(String(written).trim())
  const [first, last] = [Number(match?.[1]), Number(match?.[2] ?? match?.[1])]
  if (match && first >= 1 && first <= last && last <= LAST_VID) return parsed({ first, last })
  return unparsable(`VLAN "${written}" is not a VID from 1 to ${LAST_VID}, or a range such as 100-199`)
}

export function formatVidRange({ first, last }: VidRange): number | string {
  return first === last ? first : `${first}-${last}`
}

/** The beginning of MAC addresses, or a whole one: `52:54:00` or `52:54:00:11:22:33`. */
export function parseMacPrefix(text: string): Parsed<string> {
  const octets = text.trim().toLowerCase().split(/[:-]/)
  const rest = Array.from({ length: Math.max(0, 6 - octets.length) }, () => '00')
  if (octets.length <= 6 && parseMacAddress([...octets, ...rest].join(':')) !== undefined) {
    return parsed(octets.join(':'))
  }
  return unparsable(
    `MAC "${text}" is not an address such as 52:54:00:11:22:33, or the first octets of some, such as 52:54:00`,
  )
}

const POWERS: Readonly<Record<string, number>> = { '': 1, k: 1e3, m: 1e6, g: 1e9 }

/** Bits a second: `100mbit`, `1.5gbit`, `64kbit`, or the number. */
export function parseRate(written: number | string): Parsed<number> {
  const rate = readScaled(written, /^(\d+(?:\.\d+)?)([kmg]?)bit$/i)
  if (rate !== undefined) return parsed(rate)
  return unparsable(`rate "${written}" is not a number of bits a second such as 100mbit, 1.5gbit or 64kbit`)
}

/** Octets: `64kb`, `1mb`, or the number. */
export function parseSize(written: number | string): Parsed<number> {
  const size = readScaled(written, /^(\d+(?:\.\d+)?)([kmg]?)b$/i)
  if (size !== undefined) return parsed(size)
  return unparsable(`size "${written}" is not a number of octets such as 64kb or 1mb`)
}

function readScaled(written: number | string, form: RegExp): number | undefined {
  const match = form.exec(String(written).trim())
  const number = match ? Math.round(Number(match[1]) * POWERS[match[2]!.toLowerCase()]!) : Number(written)
  return Number.isSafeInteger(number) && number > 0 ? number : undefined
}

/** `100mbit`: in the largest unit that keeps the number whole. */
export function formatRate(rate: number): string {
  if (rate === 0) return '0bit'
  const [unit, power] = Object.entries(POWERS).findLast(([, one]) => rate % one === 0) ?? ['', 1]
  return `${rate / power}${unit}bit`
}

const MOMENT = /^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d{1,3})?)?(Z|[+-]\d\d:\d\d))?$/

/** Milliseconds since 1970: `2026-03-01` (the beginning of that day, UTC) or `2026-03-01T08:00:00+01:00`. */
export function parseMoment(text: string): Parsed<number> {
  const at = MOMENT.test(text.trim()) ? Date.parse(text.trim()) : Number.NaN
  if (!Number.isNaN(at)) return parsed(at)
  return unparsable(
    `time "${text}" is not a day such as 2026-03-01, or a time with its zone such as 2026-03-01T08:00:00Z`,
  )
}

export function formatMoment(at: number): string {
  return new Date(at).toISOString()
}

const LAST_GROUP = 0xffffffff

export function parseGroupId(text: string): Parsed<number> {
  const number = /^\d{1,10}$/.test(text) ? Number(text) : 0
  if (number >= 1 && number <= LAST_GROUP) return parsed(number)
  return unparsable(`group ID "${text}" is not a number from 1 to ${LAST_GROUP}`)
}
