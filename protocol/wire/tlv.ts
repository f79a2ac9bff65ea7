/**
 * The type-length-value header that LLDP and VDP share. Source: 802.1AB-2016 §8.4, 802.1Q-2018 §41.1.
 *
 *     octet 0          octet 1
 *     7 6 5 4 3 2 1|0  7 6 5 4 3 2 1 0
 *     type (7)     |length (9)          information string (0 to 511 octets)
 */
import type { OctetWriter } from './octet-writer.ts'

export const MAX_TLV_LENGTH = 511
export const END_TLV = 0
export const ORGANIZATIONAL_TLV = 127

/** Where a TLV lies in the octets it was found in. `start` is its header, `offset` its information string. */
export interface TlvSpan {
  readonly type: number
  readonly length: number
  readonly start: number
  readonly offset: number
}

/** How a walk over TLVs ended. */
export type TlvEnd =
  /** An End TLV was seen; whatever follows it is padding. */
  | { readonly kind: 'end-tlv'; readonly offset: number }
  /** The octets ended with a TLV, or less than a header was left. */
  | { readonly kind: 'end-of-octets'; readonly offset: number }
  /** The TLV at `offset` claims more octets than there are. */
  | { readonly kind: 'truncated'; readonly offset: number; readonly type: number }

export interface TlvWalk {
  readonly tlvs: readonly TlvSpan[]
  readonly end: TlvEnd
}

/** Finds the TLVs in `octets[start, end)`. Never reads outside them, whatever the lengths say. */
export function walkTlvs(octets: Uint8Array, start = 0, end = octets.length): TlvWalk {
  const tlvs: TlvSpan[] = []
  let at = start
  while (end - at >= 2) {
    const header = (octets[at]! << 8) | octets[at + 1]!
    const type = header >>> 9
    const length = header & 0x1ff
    if (type === END_TLV) return { tlvs, end: { kind: 'end-tlv', offset: at } }
    if (at + 2 + length > end) return { tlvs, end: { kind: 'truncated', offset: at, type } }
    tlvs.push({ type, length, start: at, offset: at + 2 })
    at += 2 + length
  }
  return { tlvs, end: { kind: 'end-of-octets', offset: at } }
}

/** Writes a TLV header. Throws RangeError when type or length does not fit. */
export function writeTlvHeader(writer: OctetWriter, type: number, length: number): OctetWriter {
  if (type < 0 || type > 127 || length < 0 || length > MAX_TLV_LENGTH) {
    throw new RangeError(`no TLV has type ${type} and length ${length}`)
  }
  return writer.uint16((type << 9) | length)
}
