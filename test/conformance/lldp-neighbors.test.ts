/** Checklist 7.3: neighbours, on a whole port. */
import { beforeEach, describe, expect, it } from 'vitest'
import { describePort } from '../../protocol/engine/step.ts'
import type { MacAddress } from '../../protocol/wire/mac-address.ts'
import {
  evbFrame,
  lastEvbSent,
  lldpConfig,
  type NeighborFrame,
  neighborFrame,
  rawFrame,
  tlv,
} from '../support/lldp.ts'
import { BRIDGE_MAC, TestPort } from '../support/test-port.ts'
import { VirtualTime } from '../support/virtual-time.ts'

const INTRUDER = '02:00:00:00:0c:01' as MacAddress

let port: TestPort

function start(maxNeighbors = 16): void {
  const config = lldpConfig({ maxNeighbors })
  port = new TestPort({ role: 'station', time: new VirtualTime(), config })
  port.linkUp()
}

const view = () => describePort(port.state)
const receive = (options: NeighborFrame = {}) => port.receive(neighborFrame(options))
const wait = (seconds: number) => port.time.advance(1000 * seconds)
const peers = () =>
  port.effects.flatMap((effect) => (effect.type === 'peer.changed' ? [effect.peer?.mac ?? null] : []))

beforeEach(() => start())

describe('LLDP neighbours', () => {
  it('#37 are told apart by chassis ID and port ID, subtypes and values', () => {
    const ids = [
      { chassisId: '0761', portId: '0762' },
      { chassisId: '0661', portId: '0762' },
      { chassisId: '0761', portId: '0562' },
      { chassisId: '0763', portId: '0762' },
      { chassisId: '0761', portId: '0763' },
      { chassisId: '076107', portId: '0762' },
    ]
    for (const id of ids) receive(id)
    for (const id of ids) receive({ ...id, from: INTRUDER })
    expect(view().neighbors).toHaveLength(ids.length)
    expect(new Set(view().neighbors.map(({ msap }) => msap)).size).toBe(ids.length)
    expect(view().neighbors.every(({ mac }) => mac === INTRUDER)).toBe(true)
  })

  it('#38 every LLDPDU resets the age to its TTL, also one that changes nothing', () => {
    receive({ ttl: 3 })
    wait(2.5)
    receive({ ttl: 3 })
    wait(2.5)
    expect(view().neighbors).toHaveLength(1)
    receive({ ttl: 10 })
    wait(9.9)
    expect(view().neighbors).toHaveLength(1)
    wait(0.2)
    expect(view().neighbors).toEqual([])
  })

  it('#39 are deleted when the TTL has elapsed', () => {
    receive({ ttl: 3 })
    port.time.advance(2999)
    expect(view().neighbors).toHaveLength(1)
    port.time.advance(1)
    expect(view().neighbors).toEqual([])
    expect(port.counters.statsAgeoutsTotal).toBe(1)
  })

  it('#40 an LLDPDU with TTL 0 deletes its sender at once, and only it', () => {
    receive()
    receive({ from: INTRUDER })
    receive({ ttl: 0, tlvs: [tlv(5, '61')] })
    expect(view().neighbors.map(({ mac }) => mac)).toEqual([INTRUDER])
    wait(200)
    expect(port.counters.statsAgeoutsTotal).toBe(1)
  })

  it('#41 an LLDPDU with TTL 0 of somebody unknown changes nothing', () => {
    receive()
    const before = view()
    receive({ ttl: 0, from: INTRUDER })
    expect(view()).toEqual(before)
    expect(port.counters.statsFramesDiscardedTotal).toBe(0)
  })

  it('#42 each LLDPDU replaces all TLVs of its sender, and a vanished EVB TLV is a loss', () => {
    receive({ tlvs: [tlv(5, '61'), tlv(6, '62'), 'fe090080c20d02006e5414'] })
    expect(peers()).toEqual([BRIDGE_MAC])
    receive({ tlvs: [tlv(4, '63')] })
    const [neighbor] = view().neighbors
    expect(neighbor).toMatchObject({ portDescription: 'c' })
    expect(neighbor).not.toHaveProperty('systemName')
    expect(neighbor).not.toHaveProperty('systemDescription')
    expect(neighbor).not.toHaveProperty('evb')
    expect(peers()).toEqual([BRIDGE_MAC, null])
  })

  it('#43 are all deleted when the link goes down, and do not come back by themselves', () => {
    receive({ tlvs: ['fe090080c20d02006e5414'] })
    receive({ from: INTRUDER, tlvs: ['fe090080c20d02006e5414'] })
    port.linkDown()
    expect(view().neighbors).toEqual([])
    expect(peers()).toEqual([BRIDGE_MAC, null])
    port.linkUp()
    wait(1)
    expect(view().neighbors).toEqual([])
  })

  it('#43 and when reception is forbidden', () => {
    receive({ tlvs: ['fe090080c20d02006e5414'] })
    receive({ from: INTRUDER, tlvs: ['fe090080c20d02006e5414'] })
    port.input({ type: 'admin.configured', config: lldpConfig({ adminStatus: 'enabledTxOnly' }) })
    expect(view()).toMatchObject({ neighbors: [], peer: null })
    expect(peers()).toEqual([BRIDGE_MAC, null])
  })

  it('#44 a full table refuses a new neighbour and says so for the longest TTL it refused', () => {
    start(2)
    receive({ chassisId: '0761' })
    receive({ chassisId: '0762' })
    expect(view().tooManyNeighbors).toBe(false)
    receive({ chassisId: '0763', ttl: 20 })
    receive({ chassisId: '0764', ttl: 5 })
    expect(view()).toMatchObject({ tooManyNeighbors: true, neighbors: { length: 2 } })
    expect(port.counters.statsFramesDiscardedTotal).toBe(2)
    port.time.advance(19_999)
    expect(view().tooManyNeighbors).toBe(true)
    receive({ chassisId: '0763', ttl: 20 })
    wait(19)
    expect(view().tooManyNeighbors).toBe(true)
  })

  it('#44 a neighbour that is known is served while the table is full', () => {
    start(1)
    receive({ ttl: 10 })
    receive({ from: INTRUDER })
    receive({ ttl: 100, tlvs: [tlv(5, '61')] })
    wait(50)
    expect(view().neighbors).toMatchObject([{ mac: BRIDGE_MAC, systemName: 'a' }])
  })

  it('#45 tooManyNeighbors clears when its timer reaches zero', () => {
    start(1)
    receive()
    receive({ from: INTRUDER, ttl: 20 })
    port.time.advance(19_999)
    expect(view().tooManyNeighbors).toBe(true)
    port.time.advance(1)
    expect(view().tooManyNeighbors).toBe(false)
  })

  it('#45 and when the link goes down; the next time counts from its own refusal', () => {
    start(1)
    receive()
    receive({ from: INTRUDER, ttl: 2000 })
    port.linkDown()
    expect(view().tooManyNeighbors).toBe(false)
    port.linkUp()
    receive()
    receive({ from: INTRUDER, ttl: 5 })
    wait(5)
    expect(view().tooManyNeighbors).toBe(false)
  })

  it('#46 a second EVB neighbour changes nothing that was established with the first', () => {
    port.receive(evbFrame('02 00 6e 54 14'))
    const before = { peer: view().peer, evb: lastEvbSent(port), operating: view().evb.operating }
    port.receive(evbFrame('03 04 ff 5f 1f', { from: INTRUDER }))
    expect({ peer: view().peer, evb: lastEvbSent(port), operating: view().evb.operating }).toEqual(before)
    expect(view()).toMatchObject({ relay: { active: false }, evb: { problems: ['second-evb-neighbor'] } })
    port.receive(evbFrame('02 00 6e 54 14', { from: INTRUDER, ttl: 0 }))
    expect(view()).toMatchObject({ peer: { mac: BRIDGE_MAC }, evb: { problems: [] } })
  })

  it('#46 the second EVB neighbour takes over when the first is lost', () => {
    port.receive(evbFrame('02 00 6e 54 14', { ttl: 10 }))
    port.receive(evbFrame('03 04 ff 5f 1f', { from: INTRUDER }))
    wait(10)
    expect(peers()).toEqual([BRIDGE_MAC, INTRUDER])
    expect(view()).toMatchObject({
      relay: { active: true },
      evb: { operating: { r: 7, rte: 31, rwd: 31, rka: 31 }, problems: [] },
    })
  })

  it('#46 a second neighbour of our own role is a second one too, as long as there is an EVB neighbour', () => {
    port.receive(evbFrame('06 04 ff 9f 1f', { from: INTRUDER }))
    expect(view().evb.problems).toEqual(['same-role-neighbor'])
    port.receive(evbFrame('02 00 6e 54 14'))
    expect(view()).toMatchObject({ peer: { mac: BRIDGE_MAC }, evb: { problems: ['second-evb-neighbor'] } })
  })

  it('what a neighbour calls itself is shown as it is meant, without control characters', () => {
    port.receive(
      rawFrame(
        [
          tlv(1, '04 020000000b01'),
          tlv(2, '05 65746830'),
          tlv(3, '0079'),
          tlv(4, '1b5b324a'),
          tlv(5, 'c3a4'),
          tlv(6, 'e4'),
          tlv(7, '00840004'),
        ].join(''),
      ),
    )
    expect(view().neighbors).toMatchObject([
      {
        chassisId: '02:00:00:00:0b:01',
        portId: 'eth0',
        portDescription: '\ufffd[2J',
        systemName: 'ä',
        systemDescription: 'ä',
        systemCapabilities: { supported: 0x84, enabled: 0x04 },
      },
    ])
  })
})
