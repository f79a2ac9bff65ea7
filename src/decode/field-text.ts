/** A field and its value in words; for a terminal and for a page alike, so nothing of Node is in it. */
import type { Dissection } from '../../protocol/dissect/dissection.ts'
import { meaningOf, readValue } from '../../protocol/dissect/value.ts'
import { printable } from '../../protocol/lldp/admin-string.ts'
import { toHex } from '../../protocol/wire/octets.ts'

const MAX_SHOWN_OCTETS = 32

/** `label: value (meaning)` of the field at `index`; the label alone of a group. */
export function fieldText(d: Dissection, index: number): string {
  const field = d.fields[index]!
  const [start, end] = [d.starts[index]!, d.ends[index]!]
  if (field.kind === 'group') return field.label
  if (field.kind === 'octets') return `${field.label}: ${octetsText(d.octets, start, end)}`
  const value = readValue(field, d.octets, start, end)
  const meaning = typeof value === 'number' ? meaningOf(field, value) : undefined
  const shown = typeof value === 'boolean' ? (value ? 'yes' : 'no') : printable(String(value))
  return `${field.label}: ${shown}${meaning === undefined ? '' : ` (${meaning})`}`
}

/** First and last octet, counted from 0. */
export function rangeText(start: number, end: number): string {
  const last = end - 1
  return start >= last ? String(start) : `${start}-${last}`
}

function octetsText(octets: Uint8Array, start: number, end: number): string {
  const length = end - start
  if (length > 4 && octets.subarray(start, end).every((octet) => octet === 0)) return `${length} zero octets`
  const shown = toHex(octets, start, Math.min(end, start + MAX_SHOWN_OCTETS))
  return length > MAX_SHOWN_OCTETS ? `${shown}... (${length} octets)` : shown
}
