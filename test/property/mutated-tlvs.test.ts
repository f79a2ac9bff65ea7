/** TLVs whose lengths, counts, order and types lie: a value or a located fault, and ports that go on as before. */
import fc from 'fast-check'
import { describe, expect, it, test } from 'vitest'
import { decodeCdcpTlv } from '../../protocol/cdcp/cdcp-tlv.ts'
import { Dissection } from '../../protocol/dissect/dissection.ts'
import { dissectFrame } from '../../protocol/dissect/frame.ts'
import { findVsi, listVsis } from '../../protocol/engine/step.ts'
import { decodeDraftEvbTlv } from '../../protocol/evb/draft-evb-tlv.ts'
import { decodeEvbTlv } from '../../protocol/evb/evb-tlv.ts'
import { RECOGNIZED_EVB_TLV } from '../../protocol/evb/organizational.ts'
import { decodeLldpdu } from '../../protocol/lldp/lldpdu.ts'
import { decodeDraftAssociationTlv } from '../../protocol/vdp/draft-association-tlv.ts'
import { checkFilterInfo } from '../../protocol/vdp/filter-info.ts'
import { decodeUlpdu } from '../../protocol/vdp/ulpdu.ts'
import type { Fault } from '../../protocol/wire/decoded.ts'
import type { MacAddress } from '../../protocol/wire/mac-address.ts'
import { walkTlvs } from '../../protocol/wire/tlv.ts'
import { evbFrame } from '../support/lldp.ts'
import { longEvbFrame, mutatedFrame } from '../support/mutated-frames.ts'
import { findDisorder } from '../support/port-order.ts'
import { BRIDGE_MAC, STATION_MAC, TestPort } from '../support/test-port.ts'
import { command, configWith, ecpAck, ecpRequest, keyOf, requests, tlv, ulpdu } from '../support/vdp.ts'
import { VirtualTime } from '../support/virtual-time.ts'

const inside = (faults: readonly Fault[], from: number, to: number) => {
  for (const { offset } of faults) {
    expect(offset).toBeGreaterThanOrEqual(from)
    expect(offset).toBeLessThanOrEqual(to)
  }
}

describe('a frame whose TLVs were changed', () => {
  it('is a value or a fault within the frame, for every decoder', () => {
    fc.assert(
      fc.property(mutatedFrame, (octets) => {
        const lldpdu = decodeLldpdu(octets, 14, [RECOGNIZED_EVB_TLV])
        inside(lldpdu.ok ? lldpdu.value.faults : [lldpdu.fault], 14, octets.length)
        const ulpdu = decodeUlpdu(octets, 18)
        // The frame may be shorter, which decodeEcpHeader would have said: the fault is where the ULPDU was to begin.
        inside(ulpdu.ok ? ulpdu.value.faults : [ulpdu.fault], 18, Math.max(18, octets.length))
        if (ulpdu.ok)
          for (const item of ulpdu.value.items)
            if ('association' in item) checkFilterInfo(item.association.filter)
        for (const { offset, length } of walkTlvs(octets, 14).tlvs) {
          const data = octets.subarray(offset + 4, offset + length)
          for (const decode of [decodeEvbTlv, decodeDraftEvbTlv, decodeCdcpTlv, decodeDraftAssociationTlv]) {
            const result = decode(data)
            if (!result.ok) inside([result.fault], 0, data.length)
          }
        }
      }),
      { numRuns: 3000, examples: [[evbFrame('00 04 6e 94 14').subarray(0, 14)]] },
    )
  })

  it('is dissected to its last octet, and told wrong within the frame', () => {
    const d = new Dissection()
    fc.assert(
      fc.property(mutatedFrame, (octets) => {
        dissectFrame(d, octets, octets.length, 0)
        inside(d.faults, 0, octets.length)
        const covered = new Uint8Array(octets.length)
        for (let index = 0; index < d.count; index++)
          if (d.fields[index]!.kind !== 'group') covered.fill(1, d.starts[index]!, d.ends[index]!)
        expect(covered.indexOf(0)).toBe(-1)
      }),
      { numRuns: 2000 },
    )
  })
})

/** R 3, RTE 10, RWD 15, RKA 17: nothing takes longer than three seconds. */
const CONFIG = configWith({ r: 3, rte: 10, rwd: 15, rka: 17 }, { maxVsis: 8, maxQueued: 16 })
const BRIDGE_EVB = '03006a4f51'
const STATION_EVB = '00066a8f51'

class Station {
  readonly time = new VirtualTime()
  readonly port = new TestPort({ role: 'station', time: this.time, config: CONFIG })
  #sequence = 0x7000

  constructor() {
    this.port.linkUp()
    this.port.receive(evbFrame(BRIDGE_EVB))
  }

  /** A bridge that does as it should. */
  associate(number: number): void {
    this.port.takeSent()
    this.port.request(command(number))
    for (let turn = 0; turn < 50 && findVsi(this.port.state, keyOf(number))?.state !== 'associated'; turn++) {
      for (const { sequence, tlvs } of requests(this.port.takeSent())) {
        this.port.receive(ecpAck(BRIDGE_MAC, sequence))
        const granted = tlvs.map((one) => ({ ...one, status: 0x40 }))
        this.port.receive(ecpRequest({ from: BRIDGE_MAC, sequence: ++this.#sequence }, ulpdu(...granted)))
      }
      this.time.advance(20)
    }
  }
}

class Bridge {
  readonly time = new VirtualTime()
  readonly port = new TestPort({ role: 'bridge', time: this.time, config: CONFIG })
  #sequence = 0x7000

  constructor() {
    this.port.linkUp()
    this.port.receive(evbFrame(STATION_EVB, { from: STATION_MAC }))
  }

  associate(number: number): void {
    const octets = ulpdu(tlv(command(number), 0))
    this.port.receive(ecpRequest({ from: STATION_MAC, sequence: ++this.#sequence }, octets))
  }
}

describe.each([
  ['station', () => new Station()],
  ['bridge', () => new Bridge()],
] as const)('a %s port that hears such frames', (_, make) => {
  it('keeps order and its bounds, and serves a neighbour that does as it should afterwards', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(mutatedFrame, fc.nat(400)), { maxLength: 15 }), (frames) => {
        const { time, port, associate } = withMethods(make())
        for (const [octets, wait] of frames) {
          port.receive(octets)
          expect(findDisorder(port.state)).toEqual([])
          expect(listVsis(port.state).length).toBeLessThanOrEqual(8)
          time.advance(wait)
        }
        inside(port.faults, 0, Math.max(...frames.map(([{ length }]) => length)))
        time.advance(200_000)
        port.linkDown() // what the neighbour itself has said may hold for hours: this ends it
        port.linkUp()
        const [far, evb] =
          port.state.role === 'station' ? [BRIDGE_MAC, BRIDGE_EVB] : [STATION_MAC, STATION_EVB]
        port.receive(evbFrame(evb, { from: far }))
        associate(99)
        expect(findVsi(port.state, keyOf(99))).toMatchObject({ state: 'associated' })
      }),
      { numRuns: 150 },
    )
  })

  test.each([
    ['another neighbour', '02:00:00:00:0e:0e'],
    ['its own bridge', BRIDGE_MAC],
    ['its own station', STATION_MAC],
  ])('takes the frame that ends lldpad from %s for what it is', (_from, mac) => {
    const { port, associate } = withMethods(make())
    associate(1)
    port.faults.length = 0
    const frame = longEvbFrame(mac)
    port.receive(frame)
    if (mac !== port.mac) expect(port.faults).toMatchObject([{ code: 'evb-length' }])
    inside(port.faults, 14, frame.length)
    expect(findVsi(port.state, keyOf(1))).toMatchObject({ state: 'associated' })
    expect(findDisorder(port.state)).toEqual([])
  })
})

function withMethods(neighbour: Station | Bridge) {
  const { time, port } = neighbour
  return { time, port, associate: (number: number) => neighbour.associate(number) }
}

test('the frame that ends lldpad is an LLDPDU to the nearest customer bridge with 300 octets in its EVB TLV', () => {
  const frame = longEvbFrame()
  const { tlvs } = walkTlvs(frame, 14)
  expect(Buffer.from(frame.subarray(0, 6)).toString('hex')).toBe('0180c2000000')
  expect(tlvs.at(-1)).toMatchObject({ type: 127, length: 300 })
  expect(longEvbFrame('02:00:00:00:0b:01' as MacAddress).subarray(6, 12)).toEqual(
    Uint8Array.of(2, 0, 0, 0, 0x0b, 1),
  )
})
