/** ECP between a port that lives on and one that starts anew with the same addresses and no goodbye. */
import { beforeEach, describe, expect, it } from 'vitest'
import { DEFAULT_PORT_CONFIG, type PortConfig } from '../../protocol/engine/port-config.ts'
import { findVsi } from '../../protocol/engine/step.ts'
import { connect, TestPort } from '../support/test-port.ts'
import { command, keyOf, requests } from '../support/vdp.ts'
import { VirtualTime } from '../support/virtual-time.ts'

const startingAfter = (lastSequence: number): PortConfig => ({
  ...DEFAULT_PORT_CONFIG,
  vdp: { ...DEFAULT_PORT_CONFIG.vdp, lastSequence },
})

describe('a station that was killed and started again', () => {
  let time: VirtualTime
  let bridge: TestPort

  const startStation = (config = DEFAULT_PORT_CONFIG) => {
    const station = new TestPort({ role: 'station', time, config })
    connect(station, bridge)
    station.linkUp()
    time.advance(10)
    return station
  }

  beforeEach(() => {
    time = new VirtualTime()
    bridge = new TestPort({ role: 'bridge', time })
    bridge.linkUp()
  })

  it('#130 is noticed by a bridge that hears it know nothing of relay again', () => {
    const first = startStation()
    first.request(command(1))
    time.advance(100)
    expect(findVsi(bridge.state, keyOf(1))).toMatchObject({ state: 'associated' })
    first.transmit = () => {}
    const second = startStation()
    const ticket = second.request(command(2))
    time.advance(2000)
    expect(requests(second.sent.map(({ octets }) => octets)).map(({ sequence }) => sequence)).toEqual([1])
    expect(second.answerTo(ticket)).toMatchObject({ outcome: 'granted' })
    expect(bridge.counters.EcpRxDuplicateCount).toBe(0)
  })

  it('#101 counts from the number it is given, round the end', () => {
    const station = startStation(startingAfter(0xfffe))
    for (const vsi of [1, 2, 3]) {
      station.request(command(vsi))
      time.advance(100)
    }
    const sent = requests(station.sent.map(({ octets }) => octets))
    expect(sent.map(({ sequence }) => sequence)).toEqual([0xffff, 0, 1])
    expect(bridge.counters.EcpRxFrameCount).toBe(3)
  })
})
