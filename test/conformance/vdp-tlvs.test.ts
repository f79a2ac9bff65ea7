import { beforeEach, describe, expect, it } from 'vitest'
import { decodeAssociationTlv } from '../../protocol/vdp/association-tlv.ts'
import { parseManagerId } from '../../protocol/vdp/manager-id-tlv.ts'
import { decodeUlpdu, encodeUlpdu, type VsiItem } from '../../protocol/vdp/ulpdu.ts'
import { parseVsiId, VSI_ID_FORMATS } from '../../protocol/vdp/vsi-id.ts'
import type { MacAddress } from '../../protocol/wire/mac-address.ts'
import { BRIDGE_MAC, STATION_MAC, TestPort } from '../support/test-port.ts'
import {
  command,
  configWith,
  ecpAck,
  ecpRequest,
  fromHex,
  requests,
  tlv,
  toHex,
  ulpdu,
  withoutEndTlv,
} from '../support/vdp.ts'
import { VirtualTime } from '../support/virtual-time.ts'

let time: VirtualTime
let bridge: TestPort
let sequence: number

beforeEach(() => {
  time = new VirtualTime()
  bridge = new TestPort({ role: 'bridge', time, config: configWith({}, { pacing: 'never' }) })
  bridge.linkUp()
  sequence = 0
})

const MANAGER = `0a10${'00'.repeat(16)}`
const assoc = (vsi = 1) => toHex(ulpdu(tlv(command(vsi), 0)).slice(18, -2))

/** Sends a ULPDU given in hexadecimal; the VSIs the bridge was asked about. */
function deliver(hex: string): number {
  const before = bridge.decisions.length
  bridge.receive(ecpRequest({ from: STATION_MAC, sequence: ++sequence }, fromHex(hex)))
  return bridge.decisions.length - before
}

/** What the bridge answers to a TLV: [type, status]. */
function answers(): [number, number][] {
  const sent = requests(bridge.takeSent())
  for (const { sequence: number } of sent) bridge.receive(ecpAck(STATION_MAC, number))
  return sent.flatMap(({ tlvs }) => tlvs.map(({ type, status }): [number, number] => [type, status]))
}

describe('VDP TLVs', () => {
  it('#131 a sender begins with the manager ID TLV, type 5, length 16', () => {
    const id = parseManagerId('"mgr1"')!
    expect(toHex(encodeUlpdu(id, []).slice(0, 18))).toBe('0a106d677231000000000000000000000000')
  })

  it('#132 discards a ULPDU without a leading manager ID', () => {
    expect(deliver(assoc())).toBe(0)
    expect(deliver(assoc() + MANAGER)).toBe(0)
    expect(bridge.faults.map(({ code, offset }) => [code, offset])).toEqual(
      Array(2).fill(['ulpdu-without-manager-id', 18]),
    )
    expect(deliver(MANAGER + assoc())).toBe(1)
  })

  it('#133 discards a ULPDU with two manager IDs', () => {
    expect(deliver(MANAGER + MANAGER + assoc())).toBe(0)
    expect(deliver(MANAGER + assoc() + MANAGER)).toBe(0)
    expect(bridge.faults.map(({ code }) => code)).toEqual(Array(2).fill('ulpdu-second-manager-id'))
  })

  it.each([8, 15, 17])('#134 discards a ULPDU whose manager ID has %i octets', (length) => {
    expect(deliver(`0a${toHex(Uint8Array.of(length))}${'00'.repeat(length)}${assoc()}`)).toBe(0)
    expect(bridge.faults[0]!.code).toBe('manager-id-length')
  })

  it('#135 VSIs of different managers travel in different ECPDUs', () => {
    const station = new TestPort({ role: 'station', time, config: configWith({}, { pacing: 'never' }) })
    station.linkUp()
    const other = parseManagerId('7')!
    station.input(
      { type: 'vsi.requested', ticket: 1, command: command(1) },
      { type: 'vsi.requested', ticket: 2, command: command(2, { managerId: other }) },
      { type: 'vsi.requested', ticket: 3, command: command(3) },
    )
    station.receive(ecpAck(BRIDGE_MAC, 1))
    const sent = requests(station.sent.map(({ octets }) => octets))
    expect(sent.map(({ ulpdu: received, tlvs }) => [received!.managerId, tlvs.length])).toEqual([
      ['00'.repeat(16), 2],
      [other, 1],
    ])
  })

  const mac = '52:54:00:00:00:01' as MacAddress
  it.each([
    [1, 2, { vid: 3 }],
    [2, 8, { vid: 3, mac }],
    [3, 6, { vid: 3, groupId: 9 }],
    [4, 12, { vid: 3, groupId: 9, mac }],
  ] as const)('#136 #138 format %i has entries of %i octets', (format, size, entry) => {
    for (const count of [1, 2, 5]) {
      const item = {
        association: tlv(command(1, { filter: { format, entries: Array(count).fill(entry) } }), 0),
        organizational: [],
      }
      const octets = encodeUlpdu('00'.repeat(16), [item]).slice(18)
      expect(octets[1]).toBe(25 + count * size)
      expect(toHex(octets.slice(24, 27))).toBe(`0${format}000${count}`)
      const decodedUlpdu = decodeUlpdu(encodeUlpdu('00'.repeat(16), [item]))
      expect(decodedUlpdu.ok && decodedUlpdu.value.items[0]).toEqual(item)
    }
  })

  it('#137 a VSI TLV of 256 octets or more has the low bit of its first octet set', () => {
    const entries = Array(30).fill({ vid: 3, mac })
    const octets = ulpdu(tlv(command(1, { filter: { format: 2, entries } }), 0))
    expect(toHex(octets.slice(18, 20))).toBe('0709')
    const read = decodeUlpdu(octets)
    expect(read.ok && (read.value.items[0] as VsiItem).association.filter.entries).toHaveLength(30)
  })

  it('#139 the type ID has 24 bits, the version 8', () => {
    const octets = ulpdu(tlv(command(1, { typeId: 0xabcdef, typeVersion: 0x99 }), 0))
    expect(toHex(octets.slice(21, 25))).toBe('abcdef99')
    expect(() => ulpdu(tlv(command(1, { typeId: 0x1000000 }), 0))).toThrow(RangeError)
  })

  it('#140 #141 #142 VSIID formats and their octets', () => {
    expect(VSI_ID_FORMATS).toEqual({ ipv4: 1, ipv6: 2, mac: 3, local: 4, uuid: 5 })
    expect(parseVsiId('fa9b7fff-b0a0-4893-8e0e-beef4ff18f8f')!.value).toBe('fa9b7fffb0a048938e0ebeef4ff18f8f')
    expect(parseVsiId('mac:52:54:00:12:34:56')!.value).toBe('00000000000000000000525400123456')
    expect(parseVsiId('ipv4:192.0.2.1')!.value).toBe('00000000000000000000ffffc0000201')
  })

  it('#143 the VID word is PS, PCP, VID', () => {
    const word = (vid: number, pcp?: number) =>
      toHex(
        ulpdu(
          tlv(
            command(1, { filter: { format: 1, entries: [{ vid, ...(pcp !== undefined && { pcp }) }] } }),
            0,
          ),
        ).slice(-4, -2),
      )
    expect([word(3), word(3, 5), word(200, 3), word(100, 0)]).toEqual(['0003', 'd003', 'b0c8', '8064'])
  })

  const refusals: [string, string, Partial<ReturnType<typeof command>>][] = [
    ['#144', 'VID 4095', { filter: { format: 2, entries: [{ vid: 4095, mac }] } }],
    [
      '#145',
      'a group MAC',
      { filter: { format: 2, entries: [{ vid: 3, mac: '01:00:5e:00:00:01' as MacAddress }] } },
    ],
    [
      '#145',
      'the zero MAC',
      { filter: { format: 2, entries: [{ vid: 3, mac: '00:00:00:00:00:00' as MacAddress }] } },
    ],
    [
      '#147',
      'a null VID beside another in format 1',
      { filter: { format: 1, entries: [{ vid: 0 }, { vid: 3 }] } },
    ],
  ]
  it.each(refusals)('%s refuses %s with error 5', (_, __, changes) => {
    expect(deliver(toHex(ulpdu(tlv(command(1, changes), 0))))).toBe(0)
    expect(answers()).toEqual([[4, 0x55]])
  })

  it('#147 accepts a null VID in format 1 as sole entry', () => {
    expect(deliver(toHex(ulpdu(tlv(command(1, { filter: { format: 1, entries: [{ vid: 0 }] } }), 0))))).toBe(
      1,
    )
    expect(answers()).toEqual([[3, 0x40]])
  })

  it('#148 skips unknown TLV types and organisation TLVs', () => {
    expect(deliver(`${MANAGER}1203aabbcc${assoc(1)}fe05aabbcc0102${assoc(2)}`)).toBe(2)
    expect(bridge.decisions[0]!.command.organizational).toEqual([{ oui: 'aabbcc', data: '0102' }])
    expect(deliver(`${MANAGER}fe05aabbcc0102${assoc(3)}`)).toBe(1)
    expect(bridge.decisions[2]!.command.organizational).toEqual([])
  })

  it('#149 stops at a type 0 TLV', () => {
    expect(deliver(`${MANAGER}${assoc(1)}0000${assoc(2)}`)).toBe(1)
  })

  it('#150 stops at the end of the ULPDU without a type 0 TLV', () => {
    expect(deliver(toHex(withoutEndTlv(ulpdu(tlv(command(), 0)))))).toBe(1)
    expect(deliver(`${MANAGER}${assoc(2)}00`)).toBe(1)
  })

  it('#151 a sender appends an End TLV', () => {
    expect(toHex(ulpdu(tlv(command(), 0)).slice(-2))).toBe('0000')
  })

  it('#152 does not process a VSI TLV longer than what is left', () => {
    expect(deliver(`${MANAGER}${assoc(1)}${assoc(2).slice(0, -4)}`)).toBe(0)
    expect(bridge.faults[0]).toMatchObject({ code: 'tlv-truncated', offset: 18 + 18 + 35 })
  })

  it('#153 does not process a VSI TLV shorter than 25 octets, but those beside it', () => {
    expect(deliver(`${MANAGER}0618${'00'.repeat(24)}${assoc(2)}`)).toBe(1)
    expect(bridge.faults[0]).toMatchObject({ code: 'association-too-short', offset: 36 })
    const short = decodeAssociationTlv(new Uint8Array(10), { type: 3, length: 8, start: 0, offset: 2 })
    expect(short.ok).toBe(false)
  })

  it('#154 processes several VSI TLVs in order', () => {
    deliver(MANAGER + assoc(3) + assoc(1) + assoc(2))
    expect(bridge.decisions.map(({ command: { vsiId } }) => vsiId.value)).toEqual(
      [3, 1, 2].map((n) => command(n).vsiId.value),
    )
  })
})

describe('pacing towards a peer that may be lldpad', () => {
  function stationWith(pacing: 'auto' | 'always' | 'never'): TestPort {
    const station = new TestPort({ role: 'station', time, config: configWith({}, { pacing }) })
    station.linkUp()
    station.request(command(1))
    station.request(command(2))
    return station
  }
  const numberSent = (station: TestPort) => requests(station.sent.map(({ octets }) => octets)).length
  const respond = (station: TestPort, vsi: number, end: boolean) => {
    const payload = ulpdu(tlv(command(vsi), 0x40))
    station.receive(ecpRequest({ from: BRIDGE_MAC, sequence: vsi }, end ? payload : withoutEndTlv(payload)))
  }

  it('#155 waits for the VDP response', () => {
    const station = stationWith('auto')
    station.receive(ecpAck(BRIDGE_MAC, 1))
    time.advance(10)
    expect(numberSent(station)).toBe(1)
    respond(station, 1, false)
    expect(numberSent(station)).toBe(2)
  })

  it('#155 or for 20 ms', () => {
    const station = stationWith('auto')
    station.receive(ecpAck(BRIDGE_MAC, 1))
    time.advance(19.9)
    expect(numberSent(station)).toBe(1)
    time.advance(0.2)
    expect(numberSent(station)).toBe(2)
  })

  it('a response before the acknowledgement counts as well', () => {
    const station = stationWith('always')
    respond(station, 1, false)
    station.receive(ecpAck(BRIDGE_MAC, 1))
    expect(numberSent(station)).toBe(2)
  })

  it('a peer that writes End TLVs is not lldpad: the acknowledgement is enough', () => {
    const station = stationWith('auto')
    station.receive(ecpAck(BRIDGE_MAC, 1))
    respond(station, 1, true)
    station.request(command(3))
    station.receive(ecpAck(BRIDGE_MAC, 2))
    expect(numberSent(station)).toBe(3)
  })

  it('unless told to pace always, or never', () => {
    const careful = stationWith('always')
    respond(careful, 9, true)
    careful.receive(ecpAck(BRIDGE_MAC, 1))
    expect(numberSent(careful)).toBe(1)
    const bold = stationWith('never')
    bold.receive(ecpAck(BRIDGE_MAC, 1))
    expect(numberSent(bold)).toBe(2)
  })
})
