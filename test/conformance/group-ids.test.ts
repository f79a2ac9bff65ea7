/** Group IDs in filters, from the agreement to its end, on two whole ports. */
import { beforeEach, describe, expect, it } from 'vitest'
import type { PortConfig } from '../../protocol/engine/port-config.ts'
import { describePort, findVsi } from '../../protocol/engine/step.ts'
import type { MacAddress } from '../../protocol/wire/mac-address.ts'
import { connect, STATION_MAC, TestPort } from '../support/test-port.ts'
import { command, configWith, DEASSOC, ecpRequest, keyOf, requests, tlv, ulpdu } from '../support/vdp.ts'
import { VirtualTime } from '../support/virtual-time.ts'

/** RKA 18: 2.6 s; toutKeepAlive 5.7 s. */
const withGroups = (groupId: boolean): PortConfig =>
  configWith({ rka: 18 }, { requireEvbBridge: true }, { groupId })
const KEEP_ALIVE = 2622
const filter = {
  format: 4,
  entries: [{ vid: 0, groupId: 9, mac: '52:54:00:00:00:01' as MacAddress }],
} as const

let time: VirtualTime
let station: TestPort
let bridge: TestPort

function start(ofStation: boolean, ofBridge: boolean): void {
  time = new VirtualTime()
  station = new TestPort({ role: 'station', time, config: withGroups(ofStation) })
  bridge = new TestPort({ role: 'bridge', time, config: withGroups(ofBridge) })
  connect(station, bridge)
}

function linkUp(): void {
  station.linkUp()
  bridge.linkUp()
  time.advance(3000)
}

const sentTlvs = () => requests(station.takeSent()).flatMap(({ tlvs }) => tlvs)
const states = () => [station, bridge].map((port) => findVsi(port.state, keyOf(1))?.state)

/** VSI 1 is associated with a group ID; the bridge has chosen VLAN 100. */
function associate(): void {
  start(true, true)
  linkUp()
  station.request(command(1, { filter }))
  time.advance(100)
  expect(states()).toEqual(['associated', 'associated'])
  station.takeSent()
}

beforeEach(() => start(true, true))

describe('group IDs', () => {
  it('#70 are used while both offer them', () => {
    linkUp()
    const ticket = station.request(command(1, { filter }))
    time.advance(10)
    expect(station.answerTo(ticket)).toMatchObject({
      outcome: 'granted',
      command: { filter: { entries: [{ vid: 100, groupId: 9 }] } },
    })
    time.advance(10 * KEEP_ALIVE)
    expect(states()).toEqual(['associated', 'associated'])
  })

  it.each([
    [true, false],
    [false, true],
  ])('#70 #202 are not sent when only one offers them (station %s, bridge %s)', (ofStation, ofBridge) => {
    start(ofStation, ofBridge)
    linkUp()
    const refused = station.request(command(1, { filter }))
    expect(station.answerTo(refused)).toMatchObject({
      outcome: 'refused',
      reason: { code: 'group-ids-not-agreed' },
    })
    expect(sentTlvs()).toEqual([])
  })

  it('#70 nor when a request with them had to wait for the bridge', () => {
    start(true, false)
    const waits = station.request(command(1, { filter }))
    expect(station.answerTo(waits)).toBeUndefined()
    linkUp()
    expect(station.answerTo(waits)).toMatchObject({
      outcome: 'refused',
      reason: { code: 'group-ids-not-agreed' },
    })
    expect(sentTlvs()).toEqual([])
    expect(findVsi(station.state, keyOf(1))).toBeUndefined()
  })

  it('#70 are not sent again when the bridge offers them no more: the VSI is lost, on both sides', () => {
    associate()
    bridge.input({ type: 'admin.configured', config: withGroups(false) })
    time.advance(1000)
    expect(describePort(station.state).evb.groupIds).toBe(false)
    time.advance(KEEP_ALIVE)
    expect(station.reports.at(-1)).toMatchObject({
      outcome: 'lost',
      state: 'none',
      reason: { code: 'group-ids-not-agreed' },
    })
    time.advance(60_000)
    expect(sentTlvs()).toEqual([])
    expect(states()).toEqual([undefined, undefined])
  })

  it('#71 end with the EVB TLV, and come back with it', () => {
    associate()
    const carry = bridge.transmit
    bridge.transmit = () => {}
    time.advance(125_000)
    expect(states()).toEqual(['none', undefined])
    station.takeSent()
    bridge.transmit = carry
    time.advance(31_000)
    expect(states()).toEqual(['associated', 'associated'])
  })

  it('#70 #202 a keep-alive with them is refused when they are agreed no more', () => {
    associate()
    bridge.input({ type: 'admin.configured', config: withGroups(false) })
    bridge.takeSent()
    const asked = command(1, { filter: { ...filter, entries: [{ ...filter.entries[0], vid: 100 }] } })
    bridge.receive(ecpRequest({ from: STATION_MAC, sequence: 4711 }, ulpdu(tlv(asked, 0))))
    expect(requests(bridge.takeSent()).flatMap(({ tlvs }) => tlvs)).toEqual([
      tlv({ ...asked, type: DEASSOC }, 0x45),
    ])
    expect(findVsi(bridge.state, keyOf(1))).toBeUndefined()
    expect(bridge.reports.at(-1)).toMatchObject({ outcome: 'refused', reason: { code: 'invalid-filter' } })
  })
})
