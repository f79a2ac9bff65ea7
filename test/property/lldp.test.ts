import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { RECOGNIZED_EVB_TLV } from '../../protocol/evb/organizational.ts'
import { decodeLldpdu, encodeLldpdu, type Lldpdu, MAX_LLDPDU_LENGTH } from '../../protocol/lldp/lldpdu.ts'
import { fromHex, toHex } from '../../protocol/wire/octets.ts'
import { rawFrame, tlv } from '../support/lldp.ts'
import { TestPort } from '../support/test-port.ts'
import { VirtualTime } from '../support/virtual-time.ts'

const hex = (minLength: number, maxLength: number) =>
  fc.uint8Array({ minLength, maxLength }).map((octets) => toHex(octets))
const identifier = fc.record({ subtype: fc.nat(255), value: hex(1, 255) })
const word = fc.nat(0xffff)
/** Texts that fit in 255 octets and are well formed: others are cut or repaired when they are encoded. */
const text = fc.string({ unit: 'grapheme', maxLength: 40 }).filter((text) => Buffer.byteLength(text) <= 255)

const lldpdu: fc.Arbitrary<Lldpdu> = fc
  .record(
    {
      chassisId: identifier,
      portId: identifier,
      ttl: fc.integer({ min: 1, max: 0xffff }),
      portDescription: text,
      systemName: text,
      systemDescription: text,
      systemCapabilities: fc.record({ supported: word, enabled: word }),
      managementAddresses: fc.array(
        fc.record({
          family: fc.nat(255),
          address: hex(1, 31),
          interfaceNumbering: fc.nat(255),
          interfaceNumber: fc.nat(0xffffffff),
          oid: hex(0, 128),
        }),
        { maxLength: 2 },
      ),
      unknown: fc.array(fc.record({ type: fc.integer({ min: 9, max: 126 }), data: hex(0, 511) }), {
        maxLength: 2,
      }),
      organizational: fc.array(fc.record({ oui: hex(3, 3), subtype: fc.nat(255), data: hex(0, 507) }), {
        maxLength: 2,
      }),
    },
    { requiredKeys: ['chassisId', 'portId', 'ttl', 'managementAddresses', 'unknown', 'organizational'] },
  )
  .filter((value) => sizeOf(value) <= MAX_LLDPDU_LENGTH)

function sizeOf(value: Lldpdu): number {
  const ids = value.chassisId.value.length / 2 + value.portId.value.length / 2 + 6 + 4 + 2
  const texts = [value.portDescription, value.systemName, value.systemDescription]
  const octets = texts.map((text) => (text === undefined ? 0 : 2 + Buffer.byteLength(text)))
  const addresses = value.managementAddresses.map(
    ({ address, oid }) => 10 + (address.length + oid.length) / 2,
  )
  const rest = [...value.unknown, ...value.organizational].map(({ data }) => 6 + data.length / 2)
  return [...octets, ...addresses, ...rest].reduce((sum, size) => sum + size, ids + 6)
}

/** Something that looks like TLVs, with lengths that lie. */
const lyingTlvs = fc
  .array(fc.tuple(fc.nat(127), hex(0, 30), fc.option(fc.nat(511))), { maxLength: 12 })
  .map((tlvs) => tlvs.map(([type, info, length]) => tlv(type, info, length ?? info.length / 2)).join(''))
const MANDATORY = tlv(1, '04020000000b01') + tlv(2, '03020000000b01') + tlv(3, '0079')

describe('LLDPDU', () => {
  it('decode after encode is identity', () => {
    fc.assert(
      fc.property(lldpdu, fc.nat(20), (value, start) => {
        const octets = new Uint8Array([...new Uint8Array(start).fill(0xff), ...encodeLldpdu(value), 0, 0, 7])
        const result = decodeLldpdu(octets, start)
        expect(result).toMatchObject({ ok: true, value: { faults: [] } })
        if (result.ok) expect(result.value.lldpdu).toEqual(value)
      }),
    )
  })

  it('encode after decode is identity on the octets of what we send', () => {
    fc.assert(
      fc.property(lldpdu, (value) => {
        const octets = encodeLldpdu(value)
        const result = decodeLldpdu(octets, 0)
        if (!result.ok) throw new Error('does not decode')
        expect(toHex(encodeLldpdu(result.value.lldpdu))).toBe(toHex(octets))
        expect(result.value.end).toBe(octets.length - 2)
      }),
    )
  })

  it('decoding any octets never throws, and faults lie within them', () => {
    const anything = fc.oneof(
      fc.uint8Array({ maxLength: 200 }),
      lyingTlvs.map(fromHex),
      lyingTlvs.map((tlvs) => fromHex(MANDATORY + tlvs)),
    )
    fc.assert(
      fc.property(anything, (octets) => {
        const result = decodeLldpdu(octets, 0, [RECOGNIZED_EVB_TLV])
        const faults = result.ok ? result.value.faults : [result.fault]
        for (const { offset } of faults) expect(offset).toBeLessThanOrEqual(octets.length)
      }),
      { numRuns: 1000 },
    )
  })

  it('what lies behind the octets makes no difference', () => {
    fc.assert(
      fc.property(lyingTlvs, fc.nat(255), fc.nat(255), (tlvs, one, other) => {
        const octets = fromHex(MANDATORY + tlvs)
        const results = [one, other].map((behind) => {
          const buffer = new Uint8Array(octets.length + 600).fill(behind)
          buffer.set(octets)
          return decodeLldpdu(buffer.subarray(0, octets.length), 0, [RECOGNIZED_EVB_TLV])
        })
        expect(results[0]).toEqual(results[1])
      }),
    )
  })
})

describe('LLDP agent', () => {
  const step = fc.oneof(
    fc.uint8Array({ maxLength: 120 }).map((octets) => ({ octets })),
    lyingTlvs.map((tlvs) => ({ octets: rawFrame(MANDATORY + tlvs) })),
    fc.record({ seconds: fc.double({ min: 0, max: 200, noNaN: true }) }),
    fc.constantFrom({ link: false }, { link: true }),
  )

  it('any frames at any time: sends only LLDP that decodes, at most credit plus one a second', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
        const port = new TestPort({ role: 'bridge', time: new VirtualTime() })
        let ups = 0
        for (const step of [{ link: true }, ...steps]) {
          if ('octets' in step) port.receive(step.octets)
          else if ('seconds' in step) port.time.advance(1000 * step.seconds)
          else if (step.link) {
            ups++
            port.linkUp()
          } else port.linkDown()
        }
        for (const { octets } of port.sent) {
          expect(decodeLldpdu(octets, 14)).toMatchObject({ ok: true, value: { faults: [] } })
        }
        expect(port.sent.length).toBeLessThanOrEqual(6 * ups + port.time.now / 1000)
        port.linkDown()
        expect(port.time.armed()).toEqual([])
      }),
      { numRuns: 200 },
    )
  })
})
