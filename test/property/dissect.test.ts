/** Whatever the octets are: a dissection is a tree over them, and agrees with the decoders about what is wrong. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { decodeCdcpTlv } from '../../protocol/cdcp/cdcp-tlv.ts'
import { Dissection } from '../../protocol/dissect/dissection.ts'
import { dissectFrame } from '../../protocol/dissect/frame.ts'
import { meaningOf, readValue } from '../../protocol/dissect/value.ts'
import { decodeDraftEcpHeader } from '../../protocol/ecp/draft-ecpdu.ts'
import { decodeEcpHeader } from '../../protocol/ecp/ecpdu.ts'
import { DRAFT_OUI, decodeDraftEvbTlv } from '../../protocol/evb/draft-evb-tlv.ts'
import { RECOGNIZED_EVB_TLV } from '../../protocol/evb/organizational.ts'
import { decodeLldpdu } from '../../protocol/lldp/lldpdu.ts'
import type { RecognizedTlv } from '../../protocol/lldp/organizational.ts'
import { decodeDraftAssociationTlv } from '../../protocol/vdp/draft-association-tlv.ts'
import { checkFilterInfo } from '../../protocol/vdp/filter-info.ts'
import { decodeUlpdu } from '../../protocol/vdp/ulpdu.ts'
import { isKnownVsiIdFormat } from '../../protocol/vdp/vsi-id.ts'
import type { Decoded, Fault } from '../../protocol/wire/decoded.ts'
import { walkTlvs } from '../../protocol/wire/tlv.ts'
import { EXAMPLE_FRAMES } from '../support/example-frames.ts'
import { evbTlv, neighborFrame, tlv } from '../support/lldp.ts'

const recognize = (
  oui: string,
  subtype: number,
  decode: (data: Uint8Array) => Decoded<unknown>,
): RecognizedTlv => ({
  oui,
  subtype,
  check: (data) => {
    const result = decode(data)
    return result.ok ? undefined : result.fault
  },
})
const RECOGNIZED = [
  RECOGNIZED_EVB_TLV,
  recognize('0080c2', 0x0e, decodeCdcpTlv),
  recognize(DRAFT_OUI, 0, decodeDraftEvbTlv),
]

/** Real frames with some octets changed, some cut off, some added. */
const frame = fc
  .tuple(
    fc.constantFrom(...EXAMPLE_FRAMES),
    fc.array(fc.tuple(fc.nat(130), fc.nat(255)), { maxLength: 4 }),
    fc.option(fc.nat(130)),
    fc.uint8Array({ maxLength: 40 }),
  )
  .map(([start, changes, cut, tail]) => {
    // One that is too long has a fault of its own, whatever is in it.
    const octets = Uint8Array.from([...start.subarray(0, cut ?? start.length), ...tail]).slice(0, 1514)
    for (const [at, value] of changes) if (at >= 14 && at < octets.length) octets[at] = value
    return octets
  })
/** An LLDPDU with an organisational TLV of any kind and any data. */
const organizational = fc
  .tuple(
    fc.constantFrom([0, 0x80, 0xc2], [0, 0x12, 0x0f], [0, 0x1b, 0x3f]),
    fc.nat(20),
    fc.uint8Array({ maxLength: 40 }),
  )
  .map(([oui, subtype, data]) =>
    Uint8Array.from([
      ...EXAMPLE_FRAMES[0]!.subarray(0, 36),
      0xfe,
      4 + data.length,
      ...oui,
      subtype,
      ...data,
      0,
      0,
    ]),
  )
const anything = fc.oneof(
  { weight: 3, arbitrary: organizational },

  { weight: 4, arbitrary: frame },
  { weight: 1, arbitrary: fc.uint8Array({ maxLength: 200 }) },
)

/** What is wrong with a repeated TLV is said before that it is repeated, if it is of an organisation: found by chance. */
const GOOD_EVB = evbTlv('02 00 6e 54 14')
const LONG_EVB = evbTlv('02 00 6e 54 14 00')
const REPETITIONS: [Uint8Array][] = [
  [GOOD_EVB, LONG_EVB],
  [LONG_EVB, GOOD_EVB, GOOD_EVB],
  [LONG_EVB, LONG_EVB],
  [tlv(5, '61'), tlv(5, '62'.repeat(256))],
  [tlv(7, '00040004'), tlv(7, '00')],
].map((tlvs) => [neighborFrame({ tlvs })])

const d = new Dissection()
/** Ethernet header and payload. */
const MAX_FRAME = 1514

/** Code and offset of each. */
const told = (faults: readonly Fault[]) => faults.map(({ code, offset }) => `${code}@${offset}`)

describe('a dissection', () => {
  it('is a tree whose leaves are all the octets, each group around its own', () => {
    fc.assert(
      fc.property(anything, fc.nat(300), fc.constantFrom(0, 4), (octets, more, fcs) => {
        dissectFrame(d, octets, octets.length + Math.max(more - 200, 0), fcs)
        const covered = new Uint8Array(octets.length)
        const open: number[] = []
        for (let index = 0; index < d.count; index++) {
          const [start, end, depth] = [d.starts[index]!, d.ends[index]!, d.depths[index]!]
          expect(depth).toBeLessThanOrEqual(open.length)
          open.length = depth
          expect(start).toBeLessThanOrEqual(end)
          expect(end).toBeLessThanOrEqual(octets.length)
          const parent = open.at(-1)
          if (parent !== undefined) {
            expect(start).toBeGreaterThanOrEqual(d.starts[parent]!)
            expect(end).toBeLessThanOrEqual(d.ends[parent]!)
          }
          const field = d.fields[index]!
          if (field.kind === 'group') open.push(index)
          else {
            covered.fill(1, start, end)
            const value = readValue(field, octets, start, end)
            expect(value).toBeDefined()
            if (typeof value === 'number') meaningOf(field, value)
          }
        }
        expect(covered.indexOf(0)).toBe(-1)
        for (const { offset } of d.faults) expect(offset).toBeLessThanOrEqual(octets.length)
      }),
      { numRuns: 2000 },
    )
  })

  it('of LLDP has the faults of decodeLldpdu', () => {
    fc.assert(
      fc.property(frame, (octets) => {
        dissectFrame(d, octets)
        if (d.protocol !== 'lldp') return
        const result = decodeLldpdu(octets, d.payload, RECOGNIZED)
        if (!result.ok) expect(told(d.faults)).toContain(told([result.fault])[0])
        else if (result.value.lldpdu.ttl !== 0) {
          // Other TLVs of 802.1 and 802.3 are judged here and by nobody else.
          const own = d.faults.filter(
            ({ clause }) => !/802\.1AX|802\.3-2018 §79|§D\.2\.(1|2|3|4|5|6|7|8|9|10|11|14)$/.test(clause),
          )
          expect(new Set(told(own))).toEqual(new Set(told(result.value.faults)))
        }
      }),
      { numRuns: 3000, examples: REPETITIONS },
    )
  })

  it('of ECP and VDP has the faults of decodeEcpHeader and decodeUlpdu', () => {
    fc.assert(
      fc.property(frame, (octets) => {
        dissectFrame(d, octets)
        if (d.protocol !== 'ecp' || octets.length > MAX_FRAME) return // what is too long is a fault of its own
        const header = decodeEcpHeader(octets, d.payload)
        if (!header.ok) return void expect(told(d.faults)).toEqual(told([header.fault]))
        const start = d.payload + 4
        const empty = octets.length < start + 2 || (octets[start] === 0 && octets[start + 1] === 0)
        if (header.value.op === 1 || header.value.subtype !== 1 || empty)
          return void expect(d.faults).toEqual([])
        const ulpdu = decodeUlpdu(octets, start)
        if (!ulpdu.ok) return void expect(told(d.faults)).toContain(told([ulpdu.fault])[0])
        const own = d.faults.filter(({ clause }) => !/§41\.3$|5\.15$/.test(clause))
        for (const fault of told(ulpdu.value.faults)) expect(told(own)).toContain(fault)
        const contents = ulpdu.value.items.flatMap((item) => {
          if ('fault' in item)
            return isKnownVsiIdFormat(item.vsiId.format)
              ? [item.fault.code]
              : [item.fault.code, 'vsi-id-format']
          const { filter, vsiId } = item.association
          const code = checkFilterInfo(filter)
          return [
            ...(code === undefined ? [] : [code]),
            ...(isKnownVsiIdFormat(vsiId.format) ? [] : ['vsi-id-format']),
          ]
        })
        const known = new Set([...contents, ...ulpdu.value.faults.map(({ code }) => code)])
        expect(own.length > 0).toBe(known.size > 0)
        for (const code of known) expect(own.map((fault) => fault.code)).toContain(code)
      }),
      { numRuns: 5000 },
    )
  })

  it('of the draft has the faults of its decoders', () => {
    fc.assert(
      fc.property(frame, (octets) => {
        dissectFrame(d, octets)
        if (d.protocol !== 'ecp-draft') return
        const header = decodeDraftEcpHeader(octets, d.payload)
        if (!header.ok) return void expect(told(d.faults)).toEqual(told([header.fault]))
        if (header.value.mode === 1) return void expect(d.faults).toEqual([])
        const { tlvs, end } = walkTlvs(octets, d.payload + 9)
        const faults = tlvs.flatMap(({ type, length, offset }) => {
          const body = octets.subarray(offset, offset + length)
          const vdp =
            type === 127 &&
            length >= 4 &&
            body[0] === 0 &&
            body[1] === 0x1b &&
            body[2] === 0x3f &&
            body[3] === 2
          const result = vdp ? decodeDraftAssociationTlv(body.subarray(4)) : undefined
          return result && !result.ok ? [{ ...result.fault, offset: offset + 4 + result.fault.offset }] : []
        })
        for (const fault of told(faults)) expect(told(d.faults)).toContain(fault)
        expect(d.faults.length > 0).toBe(faults.length > 0 || end.kind === 'truncated')
      }),
      { numRuns: 3000 },
    )
  })
})
