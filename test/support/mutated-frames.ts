/**
 * Frames of the corpus with their TLVs changed as TLVs, not as octets: lengths that lie, counts that do not fit, TLVs
 * that are repeated, missing, in another order, of another type, or from another frame.
 */
import fc from 'fast-check'
import { walkTlvs } from '../../protocol/wire/tlv.ts'
import { EXAMPLE_FRAMES } from './example-frames.ts'

interface Tlv {
  readonly type: number
  /** What the header says; that of the data when absent. */
  readonly length?: number
  readonly data: Uint8Array
}

interface Taken {
  readonly head: Uint8Array
  readonly tlvs: readonly Tlv[]
}

const ETHERNET = 14
const ECP = 18
/** Offset of the number of filter entries in a VSI TLV. */
const FILTER_COUNT = 23

/** Ethernet (and ECP) header, and TLVs without the End TLV and what follows it. */
function takeApart(frame: Uint8Array): Taken {
  const start = frame[12] === 0x88 ? ETHERNET : ECP
  const { tlvs } = walkTlvs(frame, start)
  const parts = tlvs.map(({ type, offset, length }) => ({ type, data: frame.slice(offset, offset + length) }))
  return { head: frame.slice(0, start), tlvs: parts }
}

const TAKEN = EXAMPLE_FRAMES.filter(({ length }) => length > ECP)
  .map(takeApart)
  .filter(({ tlvs }) => tlvs.length > 0)
const ALL_TLVS = TAKEN.flatMap(({ tlvs }) => tlvs)

type Change = (tlvs: readonly Tlv[]) => readonly Tlv[]

const at = fc.nat(20)
const replaced = (tlvs: readonly Tlv[], index: number, change: (tlv: Tlv) => readonly Tlv[]) =>
  tlvs.flatMap((tlv, place) => (place === index % tlvs.length ? change(tlv) : [tlv]))

const change: fc.Arbitrary<Change> = fc.oneof(
  fc.tuple(at, fc.nat(511)).map(
    ([index, length]): Change =>
      (tlvs) =>
        replaced(tlvs, index, (tlv) => [{ ...tlv, length }]),
  ),
  fc.tuple(at, fc.integer({ min: -3, max: 3 })).map(
    ([index, by]): Change =>
      (tlvs) =>
        replaced(tlvs, index, (tlv) => [{ ...tlv, length: Math.max(0, tlv.data.length + by) }]),
  ),
  fc.tuple(at, fc.integer({ min: 0, max: 511 })).map(
    ([index, size]): Change =>
      (tlvs) =>
        replaced(tlvs, index, ({ type, data }) => [{ type, data: resized(data, size) }]),
  ),
  fc.tuple(at, fc.nat(127)).map(
    ([index, type]): Change =>
      (tlvs) =>
        replaced(tlvs, index, (tlv) => [{ ...tlv, type }]),
  ),
  fc.tuple(at, fc.integer({ min: 2, max: 60 })).map(
    ([index, times]): Change =>
      (tlvs) =>
        replaced(tlvs, index, (tlv) => Array.from({ length: times }, () => tlv)),
  ),
  at.map(
    (index): Change =>
      (tlvs) =>
        replaced(tlvs, index, () => []),
  ),
  fc.tuple(at, at).map(
    ([one, other]): Change =>
      (tlvs) =>
        swapped(tlvs, one, other),
  ),
  fc.tuple(at, fc.constantFrom(...ALL_TLVS)).map(
    ([index, more]): Change =>
      (tlvs) =>
        replaced(tlvs, index, (tlv) => [tlv, more]),
  ),
  fc.tuple(at, fc.nat(0xffff)).map(
    ([index, count]): Change =>
      (tlvs) =>
        replaced(tlvs, index, (tlv) => [{ ...tlv, data: withCount(tlv.data, count) }]),
  ),
  fc.tuple(at, fc.nat(60), fc.nat(255)).map(
    ([index, place, octet]): Change =>
      (tlvs) =>
        replaced(tlvs, index, (tlv) => [{ ...tlv, data: withOctet(tlv.data, place, octet) }]),
  ),
)

function resized(data: Uint8Array, size: number): Uint8Array {
  const octets = new Uint8Array(size)
  octets.set(data.subarray(0, size))
  return octets
}

function swapped(tlvs: readonly Tlv[], one: number, other: number): readonly Tlv[] {
  const copy = [...tlvs]
  const [a, b] = [one % copy.length, other % copy.length]
  ;[copy[a], copy[b]] = [copy[b]!, copy[a]!]
  return copy
}

function withCount(data: Uint8Array, count: number): Uint8Array {
  return withOctet(withOctet(data, FILTER_COUNT, count >> 8), FILTER_COUNT + 1, count & 0xff)
}

function withOctet(data: Uint8Array, place: number, octet: number): Uint8Array {
  const copy = data.slice()
  if (place < copy.length) copy[place] = octet
  return copy
}

function assemble(head: Uint8Array, tlvs: readonly Tlv[], end: boolean): Uint8Array {
  const parts = tlvs.flatMap(({ type, data, length = data.length }) => [
    Uint8Array.of((type << 1) | ((length >> 8) & 1), length & 0xff),
    data,
  ])
  return Uint8Array.from(Buffer.concat([head, ...parts, end ? Uint8Array.of(0, 0) : Uint8Array.of()]))
}

/** A frame of the corpus after one to four changes, with or without End TLV. */
export const mutatedFrame: fc.Arbitrary<Uint8Array> = fc
  .tuple(fc.constantFrom(...TAKEN), fc.array(change, { minLength: 1, maxLength: 4 }), fc.boolean())
  .map(([{ head, tlvs }, changes, end]) => {
    const changed = changes.reduce((all, one) => (all.length === 0 ? all : one(all)), tlvs)
    return assemble(head, changed, end)
  })

/**
 * The frame that ends lldpad: an LLDPDU whose EVB TLV has an information string of 300 octets. From a neighbour of its
 * own, or from the one whose address it is given.
 */
export function longEvbFrame(from = '02:00:00:00:0e:0e'): Uint8Array {
  const mac = Buffer.from(from.replaceAll(':', ''), 'hex')
  const head = Buffer.concat([Buffer.from('0180c2000000', 'hex'), mac, Buffer.from('88cc', 'hex')])
  const evb = Buffer.concat([Buffer.from('0080c20d', 'hex'), Buffer.alloc(296, 0x55)])
  const tlvs = [
    { type: 1, data: Buffer.concat([Uint8Array.of(4), mac]) },
    { type: 2, data: Buffer.concat([Uint8Array.of(3), mac]) },
    { type: 3, data: Uint8Array.of(0, 121) },
    { type: 127, data: evb },
  ]
  return assemble(head, tlvs, true)
}
