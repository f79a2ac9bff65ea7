/**
 * Frames made wrong: a copy with an octet changed, cut short, with another ECP number, without its EVB TLV, with
 * VSI TLVs taken out or rewritten. The frame that is given is never touched.
 */
import { EVB_OUI, EVB_SUBTYPE } from '../../protocol/evb/evb-tlv.ts'
import { ASSOCIATION_TYPES } from '../../protocol/vdp/association-tlv.ts'
import { entrySize, isFilterFormat } from '../../protocol/vdp/filter-info.ts'
import { parseVsiId } from '../../protocol/vdp/vsi-id.ts'
import { ETHERNET_HEADER_LENGTH, MIN_FRAME_LENGTH } from '../../protocol/wire/ethernet-frame.ts'
import { fromHex, toHex } from '../../protocol/wire/octets.ts'
import { ORGANIZATIONAL_TLV, type TlvSpan, walkTlvs } from '../../protocol/wire/tlv.ts'
import type { Mode } from '../control/schema/vsi-request.ts'
import type { Random } from '../io/prng.ts'
import { ULPDU_START } from './frame-view.ts'

const ADDRESSES_LENGTH = 12
/** Behind version, operation and subtype of ECP. */
const SEQUENCE_AT = ETHERNET_HEADER_LENGTH + 2
/** From the information string of a VSI TLV; see `association-tlv.ts`. */
const AT = { status: 0, idFormat: 5, id: 6, filterFormat: 22, entries: 25 } as const

const TYPES: Readonly<Record<Mode, number>> = {
  preassociate: ASSOCIATION_TYPES.preassociate,
  'preassociate-rr': ASSOCIATION_TYPES.preassociateRr,
  associate: ASSOCIATION_TYPES.associate,
  deassociate: ASSOCIATION_TYPES.deassociate,
}

/** Changes the octet at `offset`, or one behind the addresses; nothing when the frame has no such octet. */
export function corrupted(octets: Uint8Array, offset: number | undefined, random: Random): Uint8Array {
  const copy = octets.slice()
  const room = octets.length - ADDRESSES_LENGTH
  const at = offset ?? ADDRESSES_LENGTH + Math.floor(random() * Math.max(0, room))
  if (at < copy.length) copy[at]! ^= 1 + Math.floor(random() * 255)
  return copy
}

export function renumbered(octets: Uint8Array, next: (sequence: number) => number): Uint8Array {
  if (octets.length < SEQUENCE_AT + 2) return octets
  const copy = octets.slice()
  const view = new DataView(copy.buffer)
  view.setUint16(SEQUENCE_AT, next(view.getUint16(SEQUENCE_AT)) & 0xffff)
  return copy
}

/** An LLDPDU without its EVB TLV; the same octets when it has none. */
export function withoutEvb(octets: Uint8Array): Uint8Array {
  const evb = walkTlvs(octets, ETHERNET_HEADER_LENGTH).tlvs.filter((tlv) => isEvb(octets, tlv))
  return withoutSpans(octets, evb)
}

function isEvb(octets: Uint8Array, { type, length, offset }: TlvSpan): boolean {
  if (type !== ORGANIZATIONAL_TLV || length < 4) return false
  return toHex(octets, offset, offset + 3) === EVB_OUI && octets[offset + 3] === EVB_SUBTYPE
}

/** Takes VSI TLVs out, each with the organisation TLVs that belong to it. */
export function withoutVsiTlvs(octets: Uint8Array, spans: readonly TlvSpan[]): Uint8Array {
  const starts = new Set(spans.map(({ start }) => start))
  let going = false
  const gone = walkTlvs(octets, ULPDU_START).tlvs.filter(({ start, type }) => {
    going = type === ORGANIZATIONAL_TLV ? going : starts.has(start)
    return going
  })
  return withoutSpans(octets, gone)
}

/** The same octets when there is nothing to take out; otherwise padded again. */
function withoutSpans(octets: Uint8Array, spans: readonly TlvSpan[]): Uint8Array {
  if (spans.length === 0) return octets
  const gone = spans.map(({ start, offset, length }) => [start, offset + length] as const)
  const kept = octets.filter((_, index) => !gone.some(([from, to]) => index >= from && index < to))
  const padded = new Uint8Array(Math.max(kept.length, MIN_FRAME_LENGTH))
  padded.set(kept)
  return padded
}

export interface Rewriting {
  readonly status?: number | undefined
  readonly as?: Mode | undefined
  /** Of every entry of the filter. */
  readonly vid?: number | undefined
  /** Text form of another VSI's ID. */
  readonly id?: string | undefined
}

/** Other values in the VSI TLVs at `spans`. */
export function rewritten(octets: Uint8Array, spans: readonly TlvSpan[], change: Rewriting): Uint8Array {
  const copy = octets.slice()
  for (const span of spans) rewriteTlv(copy, span, change)
  return copy
}

function rewriteTlv(octets: Uint8Array, { start, offset, length }: TlvSpan, change: Rewriting): void {
  const { status, as, vid, id } = change
  if (as !== undefined) octets[start] = (TYPES[as] << 1) | (octets[start]! & 1)
  if (status !== undefined && length > AT.status) octets[offset + AT.status] = status
  const other = id === undefined ? undefined : parseVsiId(id)
  if (other !== undefined && length >= AT.filterFormat) {
    octets[offset + AT.idFormat] = other.format
    octets.set(fromHex(other.value), offset + AT.id)
  }
  if (vid !== undefined) setVids(octets, { offset, length }, vid)
}

/** The VID is the last 12 bits of each entry, whatever the format. */
function setVids(
  octets: Uint8Array,
  { offset, length }: Pick<TlvSpan, 'offset' | 'length'>,
  vid: number,
): void {
  const format = length > AT.filterFormat ? octets[offset + AT.filterFormat]! : 0
  if (!isFilterFormat(format)) return
  const size = entrySize(format)
  for (let entry = offset + AT.entries; entry + size <= offset + length; entry += size) {
    const word = entry + size - 2
    octets[word] = (octets[word]! & 0xf0) | (vid >>> 8)
    octets[word + 1] = vid & 0xff
  }
}
