/** What all TLVs have in common, and the octets that are in no field. */
import type { Dissection } from './dissection.ts'
import { type Field, plain, uintBits } from './field.ts'

export const TLV_HEADER_LENGTH = 2
export const OUI_LENGTH = 3

/** Octets that nobody knows the meaning of, or that cannot be read because of a fault. */
export const DATA = plain('octets', 'data', 'octets', '')
export const PADDING = plain('octets', 'padding', 'padding', '802.3-2018 §3.2')

export interface TlvHeaderFields {
  readonly type: Field
  readonly length: Field
}

/** Both lie in the same two octets: type 15-9, length 8-0. */
export function tlvHeaderFields(protocol: string, clause: string): TlvHeaderFields {
  return {
    type: uintBits(`${protocol}.tlv.type`, 'type', clause, [15, 9]),
    length: uintBits(`${protocol}.tlv.length`, 'length', clause, [8, 0]),
  }
}

export function addTlvHeader(dissection: Dissection, { type, length }: TlvHeaderFields, at: number): void {
  dissection.add(type, at, at + TLV_HEADER_LENGTH)
  dissection.add(length, at, at + TLV_HEADER_LENGTH)
}

/** A field that lies `at` octets from the start of a structure. */
export type Placed = readonly [field: Field, at: number, size: number]

/** Adds the fields that lie before `end`. Returns how many octets of the structure there are. */
export function addPlaced(
  dissection: Dissection,
  placed: readonly Placed[],
  start: number,
  end: number,
): number {
  let done = start
  for (const [field, at, size] of placed) {
    if (start + at + size > end) break
    dissection.add(field, start + at, start + at + size)
    done = start + at + size
  }
  return done - start
}
