import { beforeEach, describe, expect, it } from 'vitest'
import { describePort } from '../../protocol/engine/step.ts'
import { ETHERTYPE_ECP, encodeEthernetFrame } from '../../protocol/wire/ethernet-frame.ts'
import type { MacAddress } from '../../protocol/wire/mac-address.ts'
import { evbFrame } from '../support/lldp.ts'
import { BRIDGE_MAC, STATION_MAC, TestPort } from '../support/test-port.ts'
import {
  command,
  configWith,
  ecpAck,
  ecpdus,
  ecpRequest,
  fromHex,
  requests,
  tlv,
  ulpdu,
} from '../support/vdp.ts'
import { VirtualTime } from '../support/virtual-time.ts'

let time: VirtualTime
let bridge: TestPort

beforeEach(() => {
  time = new VirtualTime()
  bridge = new TestPort({ role: 'bridge', time, config: configWith() })
  bridge.linkUp()
  bridge.takeSent()
})

const request = (sequence: number, vsi = 1, destination?: MacAddress) =>
  ecpRequest(
    { from: STATION_MAC, sequence, ...(destination && { destination }) },
    ulpdu(tlv(command(vsi), 0)),
  )
/** A frame with any ECP header and an Associate. */
const raw = (header: string) =>
  encodeEthernetFrame(
    { destination: '01:80:c2:00:00:00' as MacAddress, source: STATION_MAC, etherType: ETHERTYPE_ECP },
    Uint8Array.from([...fromHex(header), ...ulpdu(tlv(command(), 0))]),
  )
const sentEcpdus = () => ecpdus(bridge.takeSent())
const acks = () => sentEcpdus().filter(({ op }) => op === 1)
const delivered = () => bridge.decisions.length

describe('ECP receive', () => {
  it.each([0, 1, 65535])(
    '#114 delivers the first request whatever its sequence number is: %i',
    (sequence) => {
      bridge.receive(request(sequence))
      expect(delivered()).toBe(1)
      expect(acks().map((ack) => ack.sequence)).toEqual([sequence])
    },
  )

  it('#115 acknowledges a repeated request and does not deliver it again', () => {
    bridge.receive(request(5, 1))
    bridge.receive(request(5, 2))
    expect(delivered()).toBe(1)
    expect(acks()).toHaveLength(2)
    expect(bridge.counters.EcpRxDuplicateCount).toBe(1)
  })

  it('#115 knows a repetition as long as one can come: R + 1 transmissions, T(RTE) apart', () => {
    bridge.receive(request(5, 1))
    time.advance(655)
    bridge.receive(request(5, 1))
    expect(bridge.counters.EcpRxDuplicateCount).toBe(1)
    time.advance(820)
    bridge.receive(request(5, 2))
    expect(delivered()).toBe(2)
    expect(bridge.counters.EcpRxDuplicateCount).toBe(1)
  })

  it.each([6, 4, 900])('#116 delivers and acknowledges any other sequence number: 5 then %i', (next) => {
    bridge.receive(request(5, 1))
    bridge.receive(request(next, 2))
    expect(delivered()).toBe(2)
    expect(acks().map((ack) => ack.sequence)).toEqual([5, next])
  })

  it('#117 takes 0 after 65535 as new', () => {
    bridge.receive(request(65535, 1))
    bridge.receive(request(0, 2))
    expect(delivered()).toBe(2)
  })

  it('#118 acknowledges with version, subtype and sequence of the request, op 1, no payload', () => {
    bridge.receive(request(0x1234))
    expect(acks()[0]!.hex.slice(28)).toBe(`14011234${'00'.repeat(42)}`)
    bridge.receive(raw('10020007'))
    expect(acks()[0]!.hex.slice(28)).toBe(`14020007${'00'.repeat(42)}`)
    expect(delivered()).toBe(1)
  })

  it('#119 acknowledges to the group address', () => {
    bridge.receive(request(1, 1, BRIDGE_MAC))
    expect(acks()[0]!.hex.slice(0, 24)).toBe('0180c2000000020000000b01')
  })

  it.each([18, 60, 64, 1000])('#120 #121 accepts an acknowledgement of %i octets', (length) => {
    bridge.receive(request(1))
    const response = requests(bridge.takeSent())[0]!
    const ack = new Uint8Array(length)
    ack.set(ecpAck(STATION_MAC, response.sequence).slice(0, 18))
    bridge.receive(ack)
    time.advance(5000)
    expect(requests(bridge.takeSent())).toEqual([])
    expect(bridge.counters.EcpTxFailures).toBe(0)
  })

  it('#122 acknowledges before, and independent of, the VDP result', () => {
    bridge.policy = () => undefined
    bridge.receive(request(1))
    expect(sentEcpdus().map(({ op }) => op)).toEqual([1])
    const order = bridge.effects.map(({ type }) => type)
    expect(order.lastIndexOf('frame.send')).toBeLessThan(order.indexOf('vsi.decide'))
  })

  it.each([
    ['#123', 'version 2', '20010001', 'ecp-version'],
    ['#123', 'version 0', '00010001', 'ecp-version'],
    ['#124', 'subtype 3', '10030001', 'ecp-subtype'],
    ['#124', 'subtype 0', '10000001', 'ecp-subtype'],
    ['#125', 'op 2', '18010001', 'ecp-operation'],
    ['#125', 'op 3', '1c010001', 'ecp-operation'],
  ])('%s drops %s without acknowledgement', (_, __, header, code) => {
    bridge.receive(raw(header))
    expect(bridge.sent).toEqual([])
    expect(delivered()).toBe(0)
    expect(bridge.faults).toEqual([{ code, offset: 14, clause: '802.1Q-2018 §43.2' }])
    expect(bridge.counters.EcpRxDiscardCount).toBe(1)
  })

  it.each([14, 15, 17])('#126 drops a frame of %i octets', (length) => {
    bridge.receive(request(1).slice(0, length))
    expect(bridge.sent).toEqual([])
    expect(bridge.faults[0]!.code).toBe('frame-too-short')
  })

  it.each([0, 1, 2, 42])('#127 acknowledges and ignores a ULPDU of %i zero octets', (length) => {
    const frame = request(1)
      .slice(0, 18 + length)
      .fill(0, 18)
    bridge.receive(frame)
    expect(acks()).toHaveLength(1)
    expect(delivered()).toBe(0)
    expect(bridge.faults).toEqual([])
  })

  it.each(['01:80:c2:00:00:0e', '01:80:c2:00:00:03', BRIDGE_MAC])('#128 accepts a request to %s', (to) => {
    bridge.receive(request(1, 1, to as MacAddress))
    expect(acks()).toHaveLength(1)
  })

  it('#128 leaves a request to somebody else alone', () => {
    bridge.receive(request(1, 1, '02:00:00:00:0c:01' as MacAddress))
    expect(bridge.sent).toEqual([])
    expect(bridge.counters.FramesForeignCount).toBe(1)
  })

  it('#129 delivers two requests that arrive back to back', () => {
    bridge.input(
      { type: 'frame.received', octets: request(1, 1) },
      { type: 'frame.received', octets: request(2, 2) },
    )
    expect(bridge.decisions.map(({ command: { vsiId } }) => vsiId.value)).toEqual(
      [1, 2].map((n) => command(n).vsiId.value),
    )
    expect(acks()).toHaveLength(2)
  })

  describe('when the EVB neighbour is known', () => {
    const OTHER = '02:00:00:00:0c:01' as MacAddress

    beforeEach(() => bridge.receive(evbFrame('00 04 6e 94 14', { from: STATION_MAC })))

    it('#46 takes requests from nobody else, nor acknowledges them', () => {
      bridge.receive(ecpRequest({ from: OTHER, sequence: 5 }, ulpdu(tlv(command(1), 0))))
      expect(delivered()).toBe(0)
      expect(acks()).toEqual([])
      expect(bridge.counters).toMatchObject({ EcpRxForeignCount: 1, EcpRxFrameCount: 0 })
      bridge.receive(request(5))
      expect(delivered()).toBe(1)
    })

    it('a peer that acknowledges nothing makes place for another one that is heard', () => {
      bridge.receive(evbFrame('00 04 6e 94 14', { from: OTHER }))
      bridge.receive(request(5))
      time.advance(2000)
      expect(describePort(bridge.state).peer).toMatchObject({ mac: OTHER })
      expect(bridge.counters.EcpTxFailures).toBe(1)
      bridge.receive(ecpRequest({ from: OTHER, sequence: 5 }, ulpdu(tlv(command(2), 0))))
      expect(delivered()).toBe(2)
    })

    it('#46 takes acknowledgements from nobody else', () => {
      bridge.receive(request(5))
      const [sent] = requests(bridge.takeSent())
      bridge.receive(ecpAck(OTHER, sent!.sequence))
      expect(describePort(bridge.state).ecp.outstanding).toBe(true)
      bridge.receive(ecpAck(STATION_MAC, sent!.sequence))
      expect(describePort(bridge.state).ecp.outstanding).toBe(false)
      expect(bridge.counters).toMatchObject({ EcpRxForeignCount: 1, EcpRxUnexpectedAckCount: 0 })
    })
  })
})
