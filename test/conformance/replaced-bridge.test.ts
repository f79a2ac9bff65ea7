/** A bridge that is replaced by another one while the station's link stays up: media converters, a bridge between them. */
import { beforeEach, describe, expect, it } from 'vitest'
import type { PortConfig } from '../../protocol/engine/port-config.ts'
import { describePort, findVsi } from '../../protocol/engine/step.ts'
import type { MacAddress } from '../../protocol/wire/mac-address.ts'
import { connect, TestPort } from '../support/test-port.ts'
import { command, configWith, keyOf } from '../support/vdp.ts'
import { VirtualTime } from '../support/virtual-time.ts'

const NEW_MAC = '02:00:00:00:0b:02' as MacAddress
/** R 3, RTE 14: an ECPDU is given up after four times 163.84 ms. */
const ECP_GIVES_UP = 656

let time: VirtualTime
let station: TestPort
let bridge: TestPort

const start = (config: PortConfig = configWith({ r: 3, rte: 14, rka: 20 }, { requireEvbBridge: true })) => {
  time = new VirtualTime()
  station = new TestPort({ role: 'station', time, config })
  bridge = new TestPort({ role: 'bridge', time, config })
  connect(station, bridge)
  station.linkUp()
  bridge.linkUp()
  time.advance(5000)
}

/** Without a word; the new one has said who it is. */
function replace(config: PortConfig = configWith({ r: 3, rte: 14 })): TestPort {
  bridge.transmit = () => {}
  const other = new TestPort({ role: 'bridge', time, config, mac: NEW_MAC })
  connect(station, other)
  other.linkUp()
  time.advance(5000)
  expect(describePort(station.state).evb.problems).toEqual(['second-evb-neighbor'])
  return other
}

const stateAt = (port: TestPort) => findVsi(port.state, keyOf(1))?.state

beforeEach(() => start())

describe('a bridge that is replaced', () => {
  it('#46 #107 is asked instead when the old one acknowledges nothing: the request does not fail', () => {
    const other = replace()
    const ticket = station.request(command())
    time.advance(ECP_GIVES_UP - 2)
    expect(station.answerTo(ticket)).toBeUndefined()
    time.advance(100)
    expect(station.answerTo(ticket)).toMatchObject({ outcome: 'granted', state: 'associated' })
    expect([stateAt(station), stateAt(other)]).toEqual(['associated', 'associated'])
    expect(describePort(station.state).peer?.mac).toBe(NEW_MAC)
    expect(station.reports).toHaveLength(1)
  })

  it('takes a VSI over with its next keep-alive, or with a change of it', () => {
    station.request(command())
    time.advance(100)
    const other = replace()
    time.advance(12_000)
    expect([stateAt(station), stateAt(other)]).toEqual(['associated', 'associated'])
    expect(station.reports.map(({ outcome }) => outcome)).toEqual(['granted'])
  })

  it('ends a VSI that is de-associated', () => {
    station.request(command())
    time.advance(100)
    replace()
    const ticket = station.release(keyOf(1))
    time.advance(ECP_GIVES_UP + 100)
    expect(station.answerTo(ticket)).toMatchObject({ outcome: 'released' })
    expect(stateAt(station)).toBeUndefined()
  })

  it('by one that is silent as well: the request fails, once', () => {
    const other = replace()
    other.transmit = () => {}
    const ticket = station.request(command())
    time.advance(2 * ECP_GIVES_UP + 2)
    expect(station.answerTo(ticket)).toMatchObject({
      outcome: 'refused',
      reason: { code: 'ecp-no-acknowledgement' },
    })
    expect(station.reports).toHaveLength(1)
  })

  it('#70 is not asked for group IDs that it does not offer', () => {
    start(configWith({ r: 3, rte: 14 }, { requireEvbBridge: true }, { groupId: true }))
    const other = replace()
    const ticket = station.request(command(1, { filter: { format: 3, entries: [{ vid: 3, groupId: 7 }] } }))
    time.advance(2 * ECP_GIVES_UP)
    expect(station.answerTo(ticket)).toMatchObject({ outcome: 'refused' })
    expect(other.decisions).toEqual([])
    expect(other.counters.EcpRxFrameCount).toBe(4)
  })
})
