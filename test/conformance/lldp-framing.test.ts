/** Checklist 7.1: LLDP framing and parsing, on a whole port; frames are put together by hand. */
import { beforeEach, describe, expect, it } from 'vitest'
import { describePort } from '../../protocol/engine/step.ts'
import { fromHex } from '../../protocol/wire/octets.ts'
import {
  evbFrame,
  evbTlv,
  lldpConfig,
  lldpSent,
  type NeighborFrame,
  neighborFrame,
  rawFrame,
  tlv,
  tlvsOf,
} from '../support/lldp.ts'
import { STATION_MAC, TestPort } from '../support/test-port.ts'
import { VirtualTime } from '../support/virtual-time.ts'

const BRIDGE_EVB = evbTlv('02 00 6e 54 14')
const CHASSIS = tlv(1, '04 020000000b01')
const PORT = tlv(2, '03 020000000b01')
const TTL = tlv(3, '0079')

let time: VirtualTime
let port: TestPort

function start(config = lldpConfig()): void {
  time = new VirtualTime()
  port = new TestPort({ role: 'station', time, config })
  port.linkUp()
}

const view = () => describePort(port.state)
const neighbors = () => view().neighbors
const receive = (options: NeighborFrame) => port.receive(neighborFrame(options))

beforeEach(() => start())

describe('LLDPDUs sent', () => {
  it('#1 #2 #3 TLV headers of 7 and 9 bits; chassis ID, port ID, TTL first and in that order; 00 00 at the end', () => {
    start(lldpConfig({ systemName: 'x'.repeat(255), portDescription: 'eth0' }))
    const { hex } = lldpSent(port)[0]!
    expect(hex.slice(28)).toBe(
      [
        '0207 04 020000000a01',
        '0407 03 020000000a01',
        '0602 0079',
        '0804 65746830',
        `0aff ${'78'.repeat(255)}`,
        'fe09 0080c2 0d 00076e9414',
        '0000',
      ]
        .join('')
        .replaceAll(' ', ''),
    )
  })

  it('#4 are padded with zeros to 60 octets', () => {
    const { hex } = lldpSent(port)[0]!
    expect(hex).toHaveLength(120)
    expect(hex.slice(-26)).toBe('0'.repeat(26))
  })

  it('#5 #6 #7 go to 01-80-C2-00-00-00 from the port MAC with EtherType 88CC and no VLAN tag', () => {
    const headers = lldpSent(port).map(({ hex }) => hex.slice(0, 28))
    expect(headers).toEqual(['0180c2000000020000000a0188cc'])
  })
})

describe('LLDPDUs received', () => {
  it.each(['0180c2000003', '0180c200000e', '020000000a01'])(
    '#8 #9 a frame to %s is not for this agent and touches nothing of it',
    (destination) => {
      receive({ tlvs: [BRIDGE_EVB] })
      receive({ ttl: 0, destination })
      receive({ chassisId: '07 61', destination })
      expect(neighbors()).toHaveLength(1)
      expect(port.counters).toMatchObject({ FramesForeignCount: 2, statsFramesInTotal: 1 })
    },
  )

  it('#8 a VLAN-tagged frame, and one of another EtherType to the same address, is not LLDP', () => {
    port.receive(evbFrame('02 00 6e 54 14', { etherType: '8100000088cc' }))
    port.receive(evbFrame('02 00 6e 54 14', { etherType: '88b5' }))
    expect(neighbors()).toEqual([])
    expect(port.counters).toMatchObject({ FramesForeignCount: 2, statsFramesInTotal: 0 })
  })

  it.each([
    ['nothing', ''],
    ['no chassis ID', PORT + TTL],
    ['no port ID', CHASSIS + TTL],
    ['no TTL', CHASSIS + PORT],
    ['port ID first', PORT + CHASSIS + TTL],
    ['TTL second', CHASSIS + TTL + PORT],
    ['an optional TLV before the TTL', CHASSIS + PORT + tlv(5, '61') + TTL],
    ['an End TLV before the TTL', `${CHASSIS + PORT}0000${TTL}`],
  ])('#10 #22 is discarded and counted with %s', (_what, mandatory) => {
    port.receive(rawFrame(`${mandatory}${BRIDGE_EVB}0000`))
    expect(port.counters).toMatchObject({
      statsFramesInTotal: 1,
      statsFramesDiscardedTotal: 1,
      statsFramesInErrorsTotal: 1,
    })
    expect(neighbors()).toEqual([])
    expect(view().peer).toBeNull()
  })

  it.each([
    ['chassis ID', 1, 1, false],
    ['chassis ID', 1, 2, true],
    ['chassis ID', 1, 256, true],
    ['chassis ID', 1, 257, false],
    ['port ID', 2, 1, false],
    ['port ID', 2, 2, true],
    ['port ID', 2, 256, true],
    ['port ID', 2, 257, false],
  ])('#11 a %s (type %i) of %i octets: accepted %s', (_what, type, length, accepted) => {
    const id = `07${'61'.repeat(length - 1)}`
    receive(type === 1 ? { chassisId: id } : { portId: id })
    expect(neighbors()).toHaveLength(accepted ? 1 : 0)
    expect(port.counters.statsFramesDiscardedTotal).toBe(accepted ? 0 : 1)
  })

  it.each([
    ['', 0],
    ['00', 0],
    ['0079', 1],
    ['007900', 1],
  ])('#12 a TTL of octets "%s": %i neighbours', (ttl, expected) => {
    port.receive(rawFrame(`${CHASSIS + PORT + tlv(3, ttl)}0000`))
    expect(neighbors()).toHaveLength(expected)
    expect(port.counters.statsFramesInErrorsTotal).toBe(1 - expected)
  })

  it.each([
    ['chassis ID', CHASSIS],
    ['port ID', PORT],
    ['TTL', TTL],
  ])('#13 #22 a second %s discards the LLDPDU, the TLVs before it included', (_what, repeated) => {
    receive({ tlvs: [BRIDGE_EVB, repeated] })
    expect(neighbors()).toEqual([])
    expect(view().evb.remote).toBeNull()
    expect(port.faults).toEqual([{ code: 'tlv-repeated', offset: 47, clause: '802.1AB-2016 §9.2.7.7' }])
    expect(port.counters).toMatchObject({ statsFramesDiscardedTotal: 1, statsFramesInErrorsTotal: 1 })
  })

  it('#14 what follows the End TLV is ignored', () => {
    receive({ tlvs: [tlv(5, '6e616d65'), '0000', tlv(6, '6e6f'), CHASSIS, 'ffff'] })
    expect(neighbors()).toMatchObject([{ systemName: 'name' }])
    expect(neighbors()[0]).not.toHaveProperty('systemDescription')
    expect(port.counters).toMatchObject({ statsFramesInErrorsTotal: 0, statsTLVsDiscardedTotal: 0 })
  })

  it.each(['', '02'])('#15 is accepted without an End TLV, ending in "%s"', (end) => {
    receive({ tlvs: [BRIDGE_EVB], end })
    expect(view().peer?.msap).toBe(neighbors()[0]!.msap)
    expect(port.counters.statsFramesInErrorsTotal).toBe(0)
  })

  it('#16 a TLV that runs past the end of the frame is discarded and counted, those before it stay', () => {
    receive({ tlvs: [BRIDGE_EVB], end: tlv(5, '6e616d65', 5) })
    expect(view().peer).not.toBeNull()
    expect(neighbors()[0]).not.toHaveProperty('systemName')
    expect(port.counters).toMatchObject({
      statsTLVsDiscardedTotal: 1,
      statsFramesInErrorsTotal: 1,
      statsFramesDiscardedTotal: 0,
    })
    expect(port.faults).toEqual([{ code: 'tlv-truncated', offset: 47, clause: '802.1AB-2016 §9.2.7.7' }])
  })

  it('#17 types 9 to 126 are counted as unrecognized and cost nothing', () => {
    const reserved = Array.from({ length: 118 }, (_, index) => tlv(9 + index, '0102'))
    receive({ tlvs: [...reserved, BRIDGE_EVB] })
    expect(view().peer).not.toBeNull()
    expect(port.counters).toMatchObject({
      statsTLVsUnrecognizedTotal: 118,
      statsTLVsDiscardedTotal: 0,
      statsFramesInErrorsTotal: 0,
    })
  })

  it('#18 organisational TLVs of an unknown OUI or subtype are counted as unrecognized and cost nothing', () => {
    receive({
      tlvs: [tlv(127, '00120f 01 0300'), tlv(127, '0080c2 01 0001'), tlv(127, '00120f 01'), BRIDGE_EVB],
    })
    expect(view().peer).not.toBeNull()
    expect(port.counters).toMatchObject({ statsTLVsUnrecognizedTotal: 3, statsTLVsDiscardedTotal: 0 })
  })

  it.each(['', '00', '0080', '0080c2'])(
    '#19 an organisational TLV of "%s" only is discarded, the next one counts',
    (info) => {
      receive({ tlvs: [tlv(127, info), BRIDGE_EVB] })
      expect(view().peer).not.toBeNull()
      expect(port.counters).toMatchObject({ statsTLVsDiscardedTotal: 1, statsTLVsUnrecognizedTotal: 0 })
    },
  )

  it('#20 several management addresses are kept', () => {
    const address = (text: string) => tlv(8, text)
    receive({
      tlvs: [
        address('05 01 c0000201 02 00000003 00'),
        address('11 02 20010db8000000000000000000000001 02 00000003 00'),
        address('07 06 020000000b01 01 00000000 02 2b06'),
      ],
    })
    expect(neighbors()[0]!.managementAddresses).toEqual(['192.0.2.1', '2001:db8::1', '02:00:00:00:0b:01'])
    expect(port.counters.statsTLVsDiscardedTotal).toBe(0)
  })

  it.each([
    ['port description', [tlv(4, '61'), tlv(4, '62')], { portDescription: 'a' }],
    ['system name', [tlv(5, '61'), tlv(5, '62')], { systemName: 'a' }],
    ['system description', [tlv(6, ''), tlv(6, '62')], { systemDescription: '' }],
    [
      'system capabilities',
      [tlv(7, '00840004'), tlv(7, '00800080')],
      { systemCapabilities: { supported: 0x84, enabled: 4 } },
    ],
    ['EVB TLV', [BRIDGE_EVB, evbTlv('03 04 6e 54 14')], { evb: { bridge: { rrctr: false } } }],
  ])('#21 of two %s TLVs the first is used and the later one discarded', (_what, tlvs, expected) => {
    receive({ tlvs: tlvs as string[] })
    expect(neighbors()).toMatchObject([expected])
    expect(port.faults).toMatchObject([{ code: 'tlv-repeated' }])
    expect(port.counters).toMatchObject({ statsTLVsDiscardedTotal: 1, statsFramesInErrorsTotal: 1 })
  })

  it('a basic TLV of an impossible length is discarded and the next one counts', () => {
    const tooLong = tlv(5, '61'.repeat(256))
    receive({
      tlvs: [tooLong, tlv(7, '0084'), tlv(8, '00'), tlv(8, '05 01 c0000201 02 00000003 01'), BRIDGE_EVB],
    })
    expect(view().peer).not.toBeNull()
    expect(neighbors()[0]).not.toHaveProperty('systemName')
    expect(port.counters).toMatchObject({ statsTLVsDiscardedTotal: 4, statsFramesInErrorsTotal: 1 })
  })

  it('#23 reads nothing behind the frame, for every type and every length 0 to 511', () => {
    const outcomes = [0x00, 0xff].map((behind) => {
      const buffer = new Uint8Array(1600).fill(behind)
      start()
      for (const type of [1, 2, 3, 4, 5, 6, 7, 8, 42, 127]) {
        for (let length = 0; length <= 511; length++) {
          const frame = neighborFrame({ chassisId: '07 61', end: tlv(type, '0080c20d0200', length) })
          buffer.set(frame)
          port.receive(buffer.subarray(0, frame.length))
        }
      }
      return { neighbors: neighbors(), counters: port.counters, faults: port.faults }
    })
    expect(outcomes[0]).toEqual(outcomes[1])
    expect(outcomes[0]!.counters.statsFramesInTotal).toBe(10 * 512)
  })

  it('#24 an information string of 511 octets is understood', () => {
    receive({ tlvs: [tlv(127, `00120f01${'ab'.repeat(507)}`), BRIDGE_EVB] })
    expect(view().peer).not.toBeNull()
    expect(port.counters).toMatchObject({ statsTLVsUnrecognizedTotal: 1, statsFramesInErrorsTotal: 0 })
  })

  it('own frames that come back are not a neighbour', () => {
    const { hex } = lldpSent(port)[0]!
    port.receive(fromHex(hex))
    expect(neighbors()).toEqual([])
    expect(tlvsOf(hex)[0]).toEqual({ type: 1, info: `04${STATION_MAC.replaceAll(':', '')}` })
  })

  it('a frame that ends within its header or its mandatory TLVs is discarded', () => {
    const octets = evbFrame('02 00 6e 54 14')
    for (let length = 0; length < 36; length++) port.receive(octets.slice(0, length))
    expect(neighbors()).toEqual([])
    expect(port.faults.filter(({ code }) => code === 'frame-too-short')).toHaveLength(14)
    expect(port.counters.statsFramesDiscardedTotal).toBe(22)
    port.receive(octets.slice(0, 36))
    expect(neighbors()).toHaveLength(1)
  })
})
