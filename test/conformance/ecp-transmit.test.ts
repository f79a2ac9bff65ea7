import { beforeEach, describe, expect, it } from 'vitest'
import { encodeEcpdu } from '../../protocol/ecp/ecpdu.ts'
import { DEFAULT_MANAGER_ID } from '../../protocol/vdp/manager-id-tlv.ts'
import { encodeUlpdu, MAX_ULPDU_LENGTH } from '../../protocol/vdp/ulpdu.ts'
import { encodeEthernetFrame } from '../../protocol/wire/ethernet-frame.ts'
import { BRIDGE_MAC, TestPort } from '../support/test-port.ts'
import {
  command,
  configWith,
  DEASSOC,
  ecpAck,
  ecpRequest,
  keyOf,
  requests,
  tlv,
  ulpdu,
} from '../support/vdp.ts'
import { VirtualTime } from '../support/virtual-time.ts'

let time: VirtualTime
let station: TestPort

function start(config = configWith({ r: 3, rte: 14 }, { pacing: 'never' })): void {
  time = new VirtualTime()
  station = new TestPort({ role: 'station', time, config })
  station.linkUp()
}

const sent = () => requests(station.sent.map(({ octets }) => octets))
const timesOfRequests = () =>
  station.sent.filter(({ octets }) => octets[12] === 0x89 && octets[13] === 0x40).map(({ at }) => at)

beforeEach(() => start())

describe('ECP transmit', () => {
  it('#97 uses EtherType 0x8940 and the nearest customer bridge address', () => {
    station.request(command())
    expect(sent()[0]!.hex.slice(0, 28)).toBe('0180c2000000' + '020000000a01' + '8940')
  })

  it('#98 #99 starts a VDP request with 10 01 and its acknowledgement with 14 01', () => {
    station.request(command())
    expect(sent()[0]!.hex.slice(28, 32)).toBe('1001')
    expect(encodeEcpdu({ op: 1, subtype: 1, sequence: 7 })).toEqual(Uint8Array.of(0x14, 0x01, 0, 7))
    expect(encodeEcpdu({ op: 0, subtype: 2, sequence: 7 })).toEqual(Uint8Array.of(0x10, 0x02, 0, 7))
  })

  it('#100 has one ECPDU outstanding, whatever waits', () => {
    for (let vsi = 1; vsi <= 5; vsi++) station.request(command(vsi))
    expect(sent()).toHaveLength(1)
    station.receive(ecpAck(BRIDGE_MAC, 1))
    expect(sent().map(({ tlvs }) => tlvs.length)).toEqual([1, 4])
  })

  it('#101 counts the sequence number by one for each ECPDU and repeats it with the same octets', () => {
    station.request(command(1))
    time.advance(170)
    station.receive(ecpAck(BRIDGE_MAC, 1))
    station.request(command(2))
    const [first, repeated, next] = sent()
    expect([first!.sequence, repeated!.sequence, next!.sequence]).toEqual([1, 1, 2])
    expect(repeated!.hex).toBe(first!.hex)
  })

  it('#101 wraps the sequence number from 65535 to 0', () => {
    ;(station.state.ecp as { transmit: unknown }).transmit = {
      value: 'waitForRequest',
      context: { sequence: 65535, retries: 0 },
    }
    station.request(command())
    expect(sent()[0]!.sequence).toBe(0)
  })

  it('#104 #118 an acknowledgement of another subtype does not end the wait', () => {
    station.request(command())
    const ack = ecpAck(BRIDGE_MAC, 1)
    ack[15] = 2
    station.receive(ack)
    expect(station.counters.EcpRxUnexpectedAckCount).toBe(1)
    time.advance(164)
    expect(sent()).toHaveLength(2)
  })

  it('#102 #103 sends R + 1 times, T(RTE) apart', () => {
    station.request(command())
    time.advance(2000)
    expect(timesOfRequests().map((at) => Math.round(at * 100) / 100)).toEqual([0, 163.84, 327.68, 491.52])
  })

  it.each([
    [0, 1],
    [7, 8],
  ])('#103 #109 with R = %i sends %i times', (r, transmissions) => {
    start(configWith({ r, rte: 10 }))
    station.request(command())
    time.advance(500)
    expect(sent()).toHaveLength(transmissions)
  })

  it('#104 ignores an acknowledgement with another sequence number', () => {
    station.request(command())
    station.receive(ecpAck(BRIDGE_MAC, 8))
    time.advance(2000)
    expect(sent()).toHaveLength(4)
    expect(station.counters.EcpRxUnexpectedAckCount).toBe(1)
  })

  it('#105 ignores a late acknowledgement with nothing outstanding', () => {
    station.request(command())
    station.receive(ecpAck(BRIDGE_MAC, 1))
    station.receive(ecpAck(BRIDGE_MAC, 1))
    station.request(command(2))
    expect(sent().map(({ sequence }) => sequence)).toEqual([1, 2])
    expect(station.counters.EcpRxUnexpectedAckCount).toBe(1)
  })

  it('#106 after exhaustion counts the failure, drops the ECPDU and goes on with a new number', () => {
    station.request(command(1))
    station.request(command(2))
    time.advance(655.36)
    expect(station.counters.EcpTxFailures).toBe(1)
    expect(sent().map(({ sequence }) => sequence)).toEqual([1, 1, 1, 1, 2])
    expect(sent()[4]!.tlvs[0]!.vsiId.value).toBe(command(2).vsiId.value)
  })

  it('#107 tells VDP about exhaustion at once', () => {
    const ticket = station.request(command())
    time.advance(655.35)
    expect(station.answerTo(ticket)).toBeUndefined()
    time.advance(0.02)
    expect(station.answerTo(ticket)).toMatchObject({
      outcome: 'refused',
      reason: { code: 'ecp-no-acknowledgement' },
    })
  })

  it('#108 the acknowledgement releases the next ECPDU in the same moment', () => {
    station.request(command(1))
    station.request(command(2))
    time.advance(1)
    station.receive(ecpAck(BRIDGE_MAC, 1))
    expect(sent().map(({ sequence }) => sequence)).toEqual([1, 2])
    expect(time.now).toBe(1)
  })

  it('#110 a changed RTE does not alter a running timer, but counts for the next', () => {
    station.request(command())
    station.input({ type: 'admin.configured', config: configWith({ r: 3, rte: 15 }, { pacing: 'never' }) })
    time.advance(1000)
    expect(timesOfRequests().map((at) => Math.round(at * 100) / 100)).toEqual([0, 163.84, 491.52, 819.2])
  })

  it('#111 pads to 60 octets', () => {
    station.receive(
      ecpRequest({ from: BRIDGE_MAC, sequence: 1 }, ulpdu(tlv(command(9, { type: DEASSOC }), 0))),
    )
    expect(station.sent.at(-1)!.octets).toHaveLength(60)
    expect([...station.sent.at(-1)!.octets.slice(18)]).toEqual(Array(42).fill(0))
    expect(() =>
      encodeEthernetFrame(
        { destination: BRIDGE_MAC, source: BRIDGE_MAC, etherType: 1 },
        new Uint8Array(1501),
      ),
    ).toThrow(RangeError)
  })

  it('#112 never fills a ULPDU beyond 1496 octets: 42 VSIs with one entry each share one', () => {
    station.request(command(1))
    const rest = Array.from({ length: 100 }, (_, index) => command(index + 2))
    station.input(
      ...rest.map((asked, index) => ({
        type: 'vsi.requested' as const,
        ticket: 100 + index,
        command: asked,
      })),
    )
    station.receive(ecpAck(BRIDGE_MAC, 1))
    station.receive(ecpAck(BRIDGE_MAC, 2))
    station.receive(ecpAck(BRIDGE_MAC, 3))
    expect(sent().map(({ tlvs }) => tlvs.length)).toEqual([1, 42, 42, 16])
    expect(Math.max(...sent().map(({ octets }) => octets.length - 18))).toBe(1490)
    const item = { association: tlv(command(), 0), organizational: [] }
    expect(() => encodeUlpdu(DEFAULT_MANAGER_ID, Array(43).fill(item))).toThrow(RangeError)
    expect(encodeUlpdu(DEFAULT_MANAGER_ID, Array(42).fill(item)).length).toBeLessThanOrEqual(MAX_ULPDU_LENGTH)
  })

  it('#113 port down empties the queue, stops the timer and resets the sequence', () => {
    station.request(command(1))
    station.request(command(2))
    station.linkDown()
    const before = sent().length
    time.advance(5000)
    expect(sent()).toHaveLength(before)
    expect(time.armed().filter(([id]) => id.includes('ecp'))).toEqual([])
    station.linkUp()
    const after = sent().slice(before)
    expect(after[0]!.sequence).toBe(1)
    expect(after[0]!.tlvs.map(({ vsiId }) => vsiId.value)).toEqual(
      [command(1), command(2)].map(({ vsiId }) => vsiId.value),
    )
  })

  it('#113 numbers that began anywhere go on: a peer whose link stayed up takes none for a repetition', () => {
    start(configWith({}, { lastSequence: 30_000 }))
    station.request(command(1))
    station.linkDown()
    station.linkUp()
    expect(sent().map(({ sequence }) => sequence)).toEqual([30_001, 30_002])
  })

  it('what is released while its ECPDU is on the wire is not lost', () => {
    station.request(command(1))
    station.receive(ecpAck(BRIDGE_MAC, 1))
    station.receive(ecpRequest({ from: BRIDGE_MAC, sequence: 1 }, ulpdu(tlv(command(1), 0x40))))
    const ticket = station.release(keyOf(1))
    station.receive(ecpAck(BRIDGE_MAC, 2))
    station.receive(
      ecpRequest({ from: BRIDGE_MAC, sequence: 2 }, ulpdu(tlv(command(1, { type: DEASSOC }), 0x40))),
    )
    expect(station.answerTo(ticket)).toMatchObject({ outcome: 'released' })
  })
})
