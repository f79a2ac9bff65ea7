/** What only two whole ports on a wire show: EVB and VDP together, restarts, group IDs, who waits for whom. */
import { beforeEach, describe, expect, it } from 'vitest'
import type { PortConfig } from '../../protocol/engine/port-config.ts'
import { describePort, findVsi } from '../../protocol/engine/step.ts'
import type { MacAddress } from '../../protocol/wire/mac-address.ts'
import { connect, TestPort } from '../support/test-port.ts'
import { command, configWith, ecpRequest, keyOf, tlv, ulpdu } from '../support/vdp.ts'
import { VirtualTime } from '../support/virtual-time.ts'

let time: VirtualTime
let station: TestPort
let bridge: TestPort

function start(config: PortConfig = configWith({}, { requireEvbBridge: true }), bridgeConfig = config): void {
  time = new VirtualTime()
  station = new TestPort({ role: 'station', time, config })
  bridge = new TestPort({ role: 'bridge', time, config: bridgeConfig })
  connect(station, bridge)
}

function linkUp(): void {
  station.linkUp()
  bridge.linkUp()
  time.advance(10)
}

beforeEach(() => start())

describe('station and bridge', () => {
  it('negotiate relay within one exchange of LLDPDUs, no timer involved', () => {
    linkUp()
    expect(describePort(station.state).relay).toEqual({ requested: true, capable: true, active: true })
    expect(describePort(bridge.state).relay).toEqual({ requested: true, capable: true, active: true })
    expect(time.now).toBe(10)
  })

  it('a request waits for an EVB bridge, says so, and goes out when one is heard', () => {
    station.linkUp()
    const ticket = station.request(command())
    time.advance(60_000)
    expect(station.answerTo(ticket)).toBeUndefined()
    expect(station.reports).toMatchObject([{ outcome: 'waiting', reason: { code: 'no-evb-bridge' } }])
    bridge.linkUp()
    time.advance(10)
    expect(station.answerTo(ticket)).toMatchObject({ outcome: 'granted', state: 'associated' })
  })

  it('a request made while the link is down waits for it', () => {
    const ticket = station.request(command())
    expect(station.reports).toMatchObject([{ outcome: 'waiting', reason: { code: 'link-down' } }])
    linkUp()
    expect(station.answerTo(ticket)).toMatchObject({ outcome: 'granted' })
  })

  it('a request that waits can be withdrawn', () => {
    const ticket = station.request(command())
    const released = station.release(keyOf(1))
    expect(station.answerTo(ticket)).toMatchObject({ outcome: 'refused', reason: { code: 'superseded' } })
    expect(station.answerTo(released)).toMatchObject({ outcome: 'released' })
    linkUp()
    expect(findVsi(bridge.state, keyOf(1))).toBeUndefined()
  })

  it('keep 100 VSIs alive for an hour with ECPDUs shared by many', () => {
    linkUp()
    for (let vsi = 1; vsi <= 100; vsi++) station.request(command(vsi))
    time.advance(3_600_000)
    expect(describePort(bridge.state).vdp.vsis.associated).toBe(100)
    expect(bridge.counters.VdpRxKeepAliveCount).toBeGreaterThan(30_000)
    const perVsi = station.counters.EcpTxFrameCount / (station.counters.VdpTxKeepAliveCount / 42)
    expect(perVsi).toBeLessThan(3)
  })

  it('#130 a bridge that restarted with the same numbers is heard', () => {
    linkUp()
    station.request(command())
    time.advance(100)
    bridge.input({ type: 'admin.shutdown' })
    const reborn = new TestPort({ role: 'bridge', time, config: configWith() })
    connect(station, reborn)
    time.advance(1)
    reborn.linkUp()
    time.advance(200)
    expect(findVsi(reborn.state, keyOf(1))).toMatchObject({ state: 'associated' })
    expect(findVsi(station.state, keyOf(1))).toMatchObject({ state: 'associated' })
    expect(station.counters.EcpRxDuplicateCount).toBe(0)
    expect(station.reports.some(({ outcome }) => outcome === 'lost')).toBe(false)
  })

  it('a bridge that died without a word is noticed by its first LLDPDU, and asked at once', () => {
    linkUp()
    station.request(command())
    time.advance(100)
    bridge.transmit = () => {}
    const reborn = new TestPort({ role: 'bridge', time, config: configWith() })
    connect(station, reborn)
    reborn.linkUp()
    time.advance(100)
    expect(findVsi(reborn.state, keyOf(1))).toMatchObject({ state: 'associated' })
  })

  it('a bridge that is gone for good is not believed for longer than ECP needs to find out', () => {
    linkUp()
    station.request(command())
    time.advance(100)
    bridge.input({ type: 'admin.shutdown' })
    time.advance(700)
    expect(findVsi(station.state, keyOf(1))).toMatchObject({
      state: 'none',
      reason: { code: 'ecp-no-acknowledgement' },
    })
  })

  it('another address of the port is another port to the neighbour', () => {
    linkUp()
    station.request(command())
    time.advance(10)
    station.input({ type: 'link.changed', up: true, mac: '02:00:00:00:0a:99' as MacAddress })
    time.advance(2000)
    expect(findVsi(station.state, keyOf(1))).toMatchObject({ state: 'associated' })
    expect(describePort(bridge.state).neighbors.map(({ mac }) => mac)).toEqual(['02:00:00:00:0a:99'])
    expect(describePort(station.state).relay.active).toBe(true)
    expect(station.sent.at(-1)!.octets.slice(6, 12)).toEqual(Uint8Array.of(2, 0, 0, 0, 0x0a, 0x99))
  })

  it('who waits is told when the port leaves', () => {
    const waiting = station.request(command())
    station.input({ type: 'admin.shutdown' })
    expect(station.answerTo(waiting)).toMatchObject({ outcome: 'refused', reason: { code: 'shut-down' } })
  })

  it('two stations do not make a pair', () => {
    const other = new TestPort({
      role: 'station',
      time,
      config: configWith({}, { requireEvbBridge: true }),
      mac: '02:00:00:00:0a:02' as MacAddress,
    })
    connect(station, other)
    station.linkUp()
    other.linkUp()
    const ticket = station.request(command())
    time.advance(1000)
    expect(station.answerTo(ticket)).toBeUndefined()
    expect(describePort(station.state).evb).toMatchObject({ remote: null, problems: ['same-role-neighbor'] })
    other.receive(ecpRequest({ from: station.mac, sequence: 1 }, ulpdu(tlv(command(), 0))))
    expect(other.reports).toEqual([])
  })

  it('an input of the other role is a caller’s mistake', () => {
    expect(() => bridge.request(command())).toThrow(TypeError)
    expect(() => station.input({ type: 'vsi.withdrawn', vsi: keyOf(1) })).toThrow(TypeError)
  })
})
