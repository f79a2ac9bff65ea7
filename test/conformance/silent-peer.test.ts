/** A stranger that says once what it is, valid for 18 hours, and is not there: it does not keep out who is. */
import { beforeEach, describe, expect, it } from 'vitest'
import { describePort, findVsi } from '../../protocol/engine/step.ts'
import type { MacAddress } from '../../protocol/wire/mac-address.ts'
import { neighborFrame } from '../support/lldp.ts'
import { connect, TestPort } from '../support/test-port.ts'
import { command, configWith, keyOf } from '../support/vdp.ts'
import { VirtualTime } from '../support/virtual-time.ts'

const STRANGER = '02:00:00:00:0c:66' as MacAddress
/** T(31) is six hours. */
const RTE = 31
/** As long as our own LLDPDUs are believed: 30 s, four times, and one. */
const PATIENCE = 121_000
const MINUTE = 60_000

let time: VirtualTime
let station: TestPort
let bridge: TestPort

const config = configWith({ r: 3, rte: 14, rka: 20 }, { requireEvbBridge: true })

/** Its first LLDPDU comes to `victim`; it hears nothing, and sends no other. */
function sendStranger(victim: TestPort): void {
  const lldp = { ...config.lldp, msgTxInterval: 3600, msgTxHold: 18 }
  const strange = configWith({ r: 7, rte: RTE }, { requireEvbBridge: true })
  const role = victim === bridge ? 'station' : 'bridge'
  const stranger = new TestPort({ role, time, config: { ...strange, lldp }, mac: STRANGER })
  stranger.transmit = (octets) => victim.receive(octets)
  stranger.linkUp()
  time.advance(100)
  stranger.transmit = () => {}
  expect(peerOf(victim)).toBe(STRANGER)
  expect(describePort(victim.state).evb.operating.rte).toBe(RTE)
}

const isAck = (octets: Uint8Array) => octets[12] === 0x89 && ((octets[14]! >> 2) & 3) === 1
const peerOf = (port: TestPort) => describePort(port.state).peer?.mac
const stateAt = (port: TestPort) => findVsi(port.state, keyOf(1))?.state
const join = () => {
  connect(station, bridge)
  station.linkUp()
}

beforeEach(() => {
  time = new VirtualTime()
  station = new TestPort({ role: 'station', time, config })
  bridge = new TestPort({ role: 'bridge', time, config })
  bridge.linkUp()
})

describe('a stranger before the station', () => {
  it('#46 gives way to the station that speaks when it has been silent for longer than ours would be believed', () => {
    sendStranger(bridge)
    join()
    time.advance(PATIENCE - MINUTE)
    expect(peerOf(bridge)).toBe(STRANGER)
    station.request(command())
    time.advance(2 * MINUTE)
    expect(peerOf(bridge)).toBe(station.mac)
    expect(describePort(bridge.state).evb.operating.rte).toBe(14)
    station.request(command())
    time.advance(1000)
    expect([stateAt(station), stateAt(bridge)]).toEqual(['associated', 'associated'])
  })

  it('#46 does not give way while it is heard', () => {
    sendStranger(bridge)
    const other = new TestPort({ role: 'station', time, config, mac: STRANGER })
    other.transmit = (octets) => bridge.receive(octets)
    other.linkUp()
    join()
    time.advance(20 * MINUTE)
    expect(peerOf(bridge)).toBe(STRANGER)
  })
})

describe('a stranger before the bridge', () => {
  it('#107 with an RTE of hours is given up after seconds, for the bridge that speaks', () => {
    station.linkUp()
    sendStranger(station)
    connect(station, bridge)
    bridge.input({ type: 'link.changed', up: false, mac: bridge.mac })
    bridge.linkUp()
    const ticket = station.request(command())
    time.advance(8 * 10_486 + 5000)
    expect(peerOf(station)).toBe(bridge.mac)
    expect(station.answerTo(ticket)).toMatchObject({ outcome: 'granted' })
    expect([stateAt(station), stateAt(bridge)]).toEqual(['associated', 'associated'])
  })

  it('and nobody else: the neighbour with the long interval stays, alone and silent', () => {
    station.linkUp()
    sendStranger(station)
    time.advance(60 * MINUTE)
    expect(peerOf(station)).toBe(STRANGER)
  })
})

describe('strangers in every place of the table', () => {
  it('#44 give way, one after the other, to who comes when they have been silent for that long', () => {
    const { maxNeighbors } = config.lldp
    for (let number = 0; number < maxNeighbors; number++) {
      const chassisId = `07${(0x61 + number).toString(16)}`
      bridge.receive(neighborFrame({ from: STRANGER, chassisId, ttl: 65_535 }))
    }
    time.advance(PATIENCE - MINUTE)
    join()
    time.advance(1000)
    expect(peerOf(bridge)).toBeUndefined()
    expect(describePort(bridge.state).tooManyNeighbors).toBe(true)
    time.advance(2 * MINUTE)
    expect(peerOf(bridge)).toBe(station.mac)
    expect(describePort(bridge.state).neighbors).toHaveLength(maxNeighbors)
  })
})

describe('what waits', () => {
  it('is bounded: a new VSI is not looked at while too many answers wait for a neighbour that acknowledges nothing', () => {
    const small = configWith({}, { maxVsis: 8, maxQueued: 16 })
    const refusing = () => ({ outcome: 'refuse', error: 1, keep: false, hard: true }) as const
    bridge = new TestPort({ role: 'bridge', time, config: small, policy: refusing })
    bridge.linkUp()
    const flooding = new TestPort({
      role: 'station',
      time,
      config: configWith({}, { requireEvbBridge: false }),
    })
    flooding.transmit = (octets) => !isAck(octets) && bridge.receive(octets)
    bridge.transmit = (octets) => isAck(octets) && flooding.receive(octets)
    flooding.linkUp()
    for (let number = 1; number <= 500; number++) {
      flooding.request(command(number))
      time.advance(1)
    }
    expect(describePort(bridge.state).ecp.queued).toBeLessThanOrEqual(8 + 16)
    expect(bridge.counters.VdpTxQueueFullCount).toBeGreaterThan(0)
  })
})
