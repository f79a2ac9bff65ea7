/** Checklist 7.4: the EVB TLV of both roles, on whole ports. Octets are those of offset 6 to 10 of the TLV. */
import { describe, expect, it } from 'vitest'
import { describePort } from '../../protocol/engine/step.ts'
import type { Role } from '../../protocol/engine/view.ts'
import type { MacAddress } from '../../protocol/wire/mac-address.ts'
import {
  type EvbChanges,
  evbFrame,
  evbTlv,
  lastEvbSent,
  lldpConfig,
  lldpSent,
  lldpTimes,
  neighborFrame,
  tlv,
} from '../support/lldp.ts'
import { BRIDGE_MAC, connect, STATION_MAC, TestPort } from '../support/test-port.ts'
import { VirtualTime } from '../support/virtual-time.ts'

const INTRUDER = '02:00:00:00:0c:01' as MacAddress

function started(role: Role, evb: EvbChanges = {}, time = new VirtualTime()): TestPort {
  const port = new TestPort({ role, time, config: lldpConfig({}, evb) })
  port.linkUp()
  return port
}

const view = (port: TestPort) => describePort(port.state)
const operating = (port: TestPort) => view(port).evb.operating
const partnerOf = ({ role }: { role: Role }) => (role === 'station' ? BRIDGE_MAC : STATION_MAC)
const configure = (port: TestPort, evb: EvbChanges) =>
  port.input({ type: 'admin.configured', config: lldpConfig({}, evb) })

/** A station and a bridge on one wire, some seconds after they came up. */
function pair(
  station: EvbChanges,
  bridge: EvbChanges,
): { station: TestPort; bridge: TestPort; time: VirtualTime } {
  const time = new VirtualTime()
  const ports = { station: started('station', station, time), bridge: started('bridge', bridge, time), time }
  connect(ports.station, ports.bridge)
  time.advance(40_000)
  return ports
}

describe('EVB TLV', () => {
  it('#47 is sent to the nearest customer bridge address, and one received elsewhere is not heard', () => {
    const port = started('station')
    expect(lldpSent(port)[0]!.hex.slice(0, 12)).toBe('0180c2000000')
    port.receive(evbFrame('02 00 6e 54 14', { destination: '0180c200000e' }))
    port.receive(evbFrame('02 00 6e 54 14', { destination: '0180c2000003' }))
    expect(view(port).peer).toBeNull()
    expect(lastEvbSent(port)).toBe('00 07 6e 94 14')
  })

  it.each(['station', 'bridge'] as const)('#48 #49 a %s sends exactly one, of 11 octets', (role) => {
    const port = started(role)
    port.receive(
      evbFrame(role === 'station' ? '03 04 6e 54 14' : '02 04 6e 94 14', { from: partnerOf({ role }) }),
    )
    for (const { hex } of lldpSent(port)) {
      expect(hex.split('0080c20d')).toHaveLength(2)
      expect(hex).toMatch(/fe090080c20d[0-9a-f]{10}0000/)
    }
    expect(lldpSent(port).length).toBeGreaterThan(1)
  })

  it('#50 reserved bits are ignored on receive and sent as zero', () => {
    const station = started('station')
    station.receive(evbFrame('fb f4 6e 54 d4'))
    expect(view(station)).toMatchObject({ relay: { active: true, capable: true }, evb: { groupIds: false } })
    expect(lastEvbSent(station)).toBe('03 05 6e 94 14')
    const bridge = started('bridge')
    bridge.receive(evbFrame('f8 f4 6e 94 d4', { from: STATION_MAC }))
    expect(lastEvbSent(bridge)).toBe('03 04 6e 54 14')
  })

  it.each([
    ['04', { bgid: true, rrcap: false, rrctr: false }],
    ['02', { bgid: false, rrcap: true, rrctr: false }],
    ['01', { bgid: false, rrcap: false, rrctr: true }],
  ])('#51 bridge status %s', (octet, bridge) => {
    const station = started('station')
    station.receive(evbFrame(`${octet} 00 6e 54 14`))
    expect(view(station).evb.remote!.bridge).toEqual(bridge)
  })

  it.each([
    [{ groupId: true, reflectiveRelay: false }, '04'],
    [{ groupId: false, reflectiveRelay: true }, '02'],
  ])('#51 a bridge with %o sends %s', (config, octet) => {
    expect(lastEvbSent(started('bridge', config))).toBe(`${octet} 00 6e 54 14`)
  })

  it.each([
    ['08', { sgid: true, rrreq: false, rrstat: 0 }],
    ['04', { sgid: false, rrreq: true, rrstat: 0 }],
    ['03', { sgid: false, rrreq: false, rrstat: 3 }],
    ['01', { sgid: false, rrreq: false, rrstat: 1 }],
  ])('#52 station status %s', (octet, station) => {
    const bridge = started('bridge')
    bridge.receive(evbFrame(`00 ${octet} 6e 94 14`, { from: STATION_MAC }))
    expect(view(bridge).evb.remote!.station).toEqual(station)
  })

  it.each([
    [{ groupId: true, reflectiveRelay: false }, '0b'],
    [{ groupId: false, reflectiveRelay: true }, '07'],
  ])('#52 a station with %o that has heard nothing sends %s', (config, octet) => {
    expect(lastEvbSent(started('station', config))).toBe(`00 ${octet} 6e 94 14`)
  })

  it.each([
    ['#53 R', { r: 5, rte: 0, rwd: 0, rka: 0 }, 'a0 80 00'],
    ['#53 RTE', { r: 0, rte: 31, rwd: 0, rka: 0 }, '1f 80 00'],
    ['#54 RWD', { r: 0, rte: 0, rwd: 31, rka: 0 }, '00 9f 00'],
    ['#55 RKA', { r: 0, rte: 0, rwd: 0, rka: 31 }, '00 80 1f'],
  ])('%s in its place, both ways', (_what, local, octets) => {
    expect(lastEvbSent(started('station', { local }))).toBe(`00 07 ${octets}`)
    const bridge = started('bridge')
    bridge.receive(evbFrame(`00 00 ${octets}`, { from: STATION_MAC }))
    expect(view(bridge).evb.remote).toMatchObject(local)
  })

  it('#54 #55 mode and the two ROL bits', () => {
    const station = started('station', { local: { rwd: 10, rka: 10 } })
    station.receive(evbFrame('00 00 6e 54 14'))
    expect(lastEvbSent(station)).toBe('00 04 6e b4 34')
    const bridge = started('bridge')
    bridge.receive(evbFrame('00 00 6e b4 14', { from: STATION_MAC }))
    expect(view(bridge).evb.remote).toMatchObject({ mode: 2, rwdRemote: true, rkaRemote: false })
    bridge.receive(evbFrame('00 00 6e 94 34', { from: STATION_MAC }))
    expect(view(bridge).evb.remote).toMatchObject({ mode: 2, rwdRemote: false, rkaRemote: true })
  })

  it.each([
    ['#56', 'r', 7],
    ['#57', 'rte', 31],
    ['#58', 'rwd', 31],
    ['#59', 'rka', 31],
  ] as const)('%s the operating %s is the larger of both sides', (_number, key, max) => {
    for (const [ours, theirs] of [
      [0, max],
      [max, 0],
      [3, 4],
      [4, 4],
    ] as const) {
      const { station, bridge } = pair({ local: { [key]: ours } }, { local: { [key]: theirs } })
      expect(operating(station)[key]).toBe(Math.max(ours, theirs))
      expect(operating(bridge)).toEqual(operating(station))
    }
  })

  it('#60 ROL is 1 exactly where the remote value is the larger one', () => {
    const { station, bridge } = pair({ local: { rwd: 25, rka: 12 } }, { local: { rwd: 20, rka: 12 } })
    expect(lastEvbSent(station)!.slice(9)).toBe('99 0c')
    expect(lastEvbSent(bridge)!.slice(9)).toBe('79 0c')
    expect(view(station).evb.winner).toEqual({ r: 'equal', rte: 'equal', rwd: 'local', rka: 'equal' })
    expect(view(bridge).evb.winner).toEqual({ r: 'equal', rte: 'equal', rwd: 'remote', rka: 'equal' })
  })

  it('#60 and again so when the partner has repeated its value, after our own was changed below it', () => {
    const { station, time } = pair({ local: { rwd: 12 } }, { local: { rwd: 20 } })
    configure(station, { local: { rwd: 14 } })
    expect(operating(station).rwd).toBe(20)
    time.advance(30_000)
    expect(lastEvbSent(station)!.slice(9)).toBe('b4 14')
  })

  it('#61 #71 operating values are our own before a TLV is held, and after it is lost', () => {
    const local = { r: 1, rte: 9, rwd: 11, rka: 12 }
    const station = started('station', { local })
    expect(operating(station)).toEqual(local)
    station.receive(evbFrame('02 00 ff 5f 1f', { ttl: 3 }))
    expect(operating(station)).toEqual({ r: 7, rte: 31, rwd: 31, rka: 31 })
    station.time.advance(3000)
    expect(operating(station)).toEqual(local)
    expect(lastEvbSent(station)).toBe('00 07 29 8b 0c')
  })

  it.each(['station', 'bridge'] as const)('#62 a value that a %s lowers is lowered on both sides', (role) => {
    const low = { r: 1, rte: 8, rwd: 8, rka: 8 }
    const ports = pair({ local: low }, { local: low })
    configure(ports[role], { local: { r: 5, rte: 20, rwd: 25, rka: 26 } })
    ports.time.advance(10_000)
    expect(operating(ports.station)).toEqual({ r: 5, rte: 20, rwd: 25, rka: 26 })
    expect(operating(ports.bridge)).toEqual(operating(ports.station))
    configure(ports[role], { local: { r: 1, rte: 8, rwd: 9, rka: 7 } })
    ports.time.advance(10_000)
    expect(operating(ports.station)).toEqual({ r: 1, rte: 8, rwd: 9, rka: 8 })
    expect(operating(ports.bridge)).toEqual(operating(ports.station))
  })

  it('#62 values that both sides lower at the same moment are lowered', () => {
    const ports = pair({ local: { rwd: 25, rka: 25 } }, { local: { rwd: 25, rka: 20 } })
    configure(ports.station, { local: { rwd: 5, rka: 5 } })
    configure(ports.bridge, { local: { rwd: 4, rka: 3 } })
    ports.time.advance(40_000)
    expect(operating(ports.station)).toMatchObject({ rwd: 5, rka: 5 })
    expect(operating(ports.bridge)).toMatchObject({ rwd: 5, rka: 5 })
  })

  it('#62 an echo of our earlier value is no proposal of the partner', () => {
    const station = started('station', { local: { rwd: 25 } })
    station.receive(evbFrame('02 07 6e 79 14'))
    configure(station, { local: { rwd: 10 } })
    expect(lastEvbSent(station)!.slice(9, 11)).toBe('8a')
    station.receive(evbFrame('02 04 6e 48 14'))
    expect(operating(station).rwd).toBe(10)
  })

  it('#63 the octet of the partner is copied, and 0 when there is none', () => {
    const station = started('station')
    expect(lastEvbSent(station)!.slice(0, 2)).toBe('00')
    for (const octet of ['06', '02', '07', '00']) {
      station.receive(evbFrame(`${octet} 00 6e 54 14`))
      station.time.advance(2000)
      expect(lastEvbSent(station)!.slice(0, 2)).toBe(octet)
    }
    const bridge = started('bridge', { reflectiveRelay: false })
    expect(lastEvbSent(bridge)!.slice(3, 5)).toBe('00')
    for (const octet of ['0f', '04', '0d', '02']) {
      bridge.receive(evbFrame(`00 ${octet} 6e 94 14`, { from: STATION_MAC }))
      bridge.time.advance(2000)
      expect(lastEvbSent(bridge)!.slice(3, 5)).toBe(octet)
    }
  })

  it('#64 the copy of our own octet in the partner´s TLV is without effect', () => {
    const station = started('station')
    const bridge = started('bridge')
    const answers = ['00', '04', 'ff'].map((echo) => {
      station.receive(evbFrame(`03 ${echo} 6e 54 14`))
      bridge.receive(evbFrame(`${echo} 04 6e 94 14`, { from: STATION_MAC }))
      return [lastEvbSent(station), lastEvbSent(bridge), view(station).relay, view(bridge).relay]
    })
    expect(answers[1]).toEqual(answers[0])
    expect(answers[2]).toEqual(answers[0])
  })

  it.each(['', '02', '02 00 6e 54', '03 04 6e 54 14 00', `03 04 6e 54 14 ${'00 '.repeat(502)}`])(
    '#65 #71 a TLV of other than five octets of data is as if it were absent: "%s"',
    (octets) => {
      const station = started('station')
      station.receive(evbFrame('03 04 6e 54 14'))
      station.receive(evbFrame(octets))
      expect(view(station)).toMatchObject({ peer: null, relay: { active: false } })
      expect(view(station).neighbors).toHaveLength(1)
      expect(station.faults).toMatchObject([{ code: 'evb-length', offset: 42 }])
      expect(station.counters.statsTLVsDiscardedTotal).toBe(1)
    },
  )

  it('#66 a partner of our own role enables nothing and is reported', () => {
    const station = started('station', { groupId: true })
    station.receive(evbFrame('07 04 ff 9f 1f'))
    expect(view(station)).toMatchObject({
      peer: null,
      relay: { active: false },
      evb: { groupIds: false, problems: ['same-role-neighbor'], remote: null },
    })
    expect(lastEvbSent(station)).toBe('00 0f 6e 94 14')
    const bridge = started('bridge', { groupId: true })
    bridge.receive(evbFrame('07 0c ff 5f 1f', { from: INTRUDER }))
    expect(view(bridge)).toMatchObject({
      peer: null,
      relay: { requested: false, active: false },
      evb: { groupIds: false, problems: ['same-role-neighbor'] },
    })
    expect(bridge.relay).toBe(false)
    expect(lastEvbSent(bridge)).toBe('06 00 6e 54 14')
  })

  it('#66 a peer that turns into one of our own role is lost', () => {
    const bridge = started('bridge')
    bridge.receive(evbFrame('00 04 6e 94 14', { from: STATION_MAC }))
    expect(bridge.relay).toBe(true)
    bridge.receive(evbFrame('00 04 6e 54 14', { from: STATION_MAC }))
    expect(bridge.relay).toBe(false)
    expect(view(bridge)).toMatchObject({ peer: null, evb: { problems: ['same-role-neighbor'] } })
  })

  it('#67 every change of a field is sent at once', () => {
    const station = started('station')
    const changes: EvbChanges[] = [
      { reflectiveRelay: false },
      { groupId: true },
      { local: { r: 4 } },
      { local: { rte: 15 } },
      { local: { rwd: 21 } },
      { local: { rka: 21 } },
      { txEnable: false },
    ]
    for (const change of changes) {
      station.time.advance(10_000)
      const before = lastEvbSent(station)
      configure(station, change)
      expect(lldpTimes(station).at(-1)).toBe(station.time.now)
      expect(lastEvbSent(station)).not.toBe(before)
    }
    expect(lastEvbSent(station)).toBeUndefined()
  })

  it.each(['02 00 6e 54 14', '03 00 6e 54 14', '06 00 6e 54 14', '02 00 6e 55 14', '02 00 6e 54 15'])(
    '#67 and so is what %s of the partner changes in ours',
    (octets) => {
      const station = started('station')
      station.receive(evbFrame('00 00 6e 54 14'))
      station.time.advance(10_000)
      const before = lastEvbSent(station)
      station.receive(evbFrame(octets))
      expect(lldpTimes(station).at(-1)).toBe(10_000)
      expect(lastEvbSent(station)).not.toBe(before)
    },
  )

  it('#68 mode is 1 for a bridge and 2 for a station', () => {
    expect(lastEvbSent(started('bridge'))!.slice(9, 11)).toBe('54')
    expect(lastEvbSent(started('station'))!.slice(9, 11)).toBe('94')
  })

  it.each([
    ['#68', '0 (not supported)', '03 04 ff 1f 1f'],
    ['#69', '3 (NVO3)', '03 04 ff df 1f'],
  ])(
    '%s a partner of mode %s is shown, is no fault, and EVB does not run with it',
    (_number, _mode, octets) => {
      for (const role of ['station', 'bridge'] as const) {
        const port = started(role, { groupId: true })
        const before = lastEvbSent(port)
        port.receive(evbFrame(octets, { from: partnerOf({ role }) }))
        expect(view(port)).toMatchObject({
          peer: null,
          relay: { active: false },
          evb: { groupIds: false, problems: [] },
        })
        expect(view(port).neighbors[0]!.evb).toBeDefined()
        expect(port.counters.statsTLVsDiscardedTotal).toBe(0)
        expect(lastEvbSent(port)).toBe(before)
      }
    },
  )

  it.each([
    [true, true],
    [true, false],
    [false, true],
    [false, false],
  ])('#70 group IDs with SGID %s and BGID %s', (sgid, bgid) => {
    const { station, bridge } = pair({ groupId: sgid }, { groupId: bgid })
    expect(view(station).evb.groupIds).toBe(sgid && bgid)
    expect(view(bridge).evb.groupIds).toBe(sgid && bgid)
  })

  it.each([
    ['age', (port: TestPort) => port.time.advance(121_000)],
    ['shutdown', (port: TestPort) => port.receive(neighborFrame({ ttl: 0 }))],
    ['an LLDPDU without it', (port: TestPort) => port.receive(neighborFrame({ tlvs: [tlv(5, '61')] }))],
    [
      'link down',
      (port: TestPort) => {
        port.linkDown()
        port.linkUp()
      },
    ],
  ])('#71 its loss by %s resets values, copy, relay and group IDs', (_what, lose) => {
    const station = started('station', { groupId: true })
    station.receive(evbFrame('07 0c ff 5f 1f'))
    expect(lastEvbSent(station)).toBe('07 0d 6e bf 3f')
    station.time.advance(10_000)
    station.receive(evbFrame('07 0d ff 5f 1f'))
    lose(station)
    expect(lastEvbSent(station)).toBe('00 0f 6e 94 14')
    expect(operating(station)).toEqual({ r: 3, rte: 14, rwd: 20, rka: 20 })
    expect(view(station)).toMatchObject({ peer: null, relay: { active: false }, evb: { groupIds: false } })
  })

  it('of two EVB TLVs in one LLDPDU the first counts', () => {
    const station = started('station')
    station.receive(neighborFrame({ tlvs: [evbTlv('02 00 6e 54 14'), evbTlv('03 04 ff 5f 1f')] }))
    expect(lastEvbSent(station)).toBe('02 04 6e 94 14')
    expect(station.counters.statsTLVsDiscardedTotal).toBe(1)
  })

  it('#79 a port that does not send the TLV grants nothing and agrees on no group IDs', () => {
    const bridge = started('bridge', { txEnable: false, groupId: true })
    bridge.receive(evbFrame('00 0c 6e 94 14', { from: STATION_MAC }))
    expect(lastEvbSent(bridge)).toBeUndefined()
    expect(lldpSent(bridge).length).toBeGreaterThan(0)
    expect(bridge.relay).toBe(false)
    expect(view(bridge)).toMatchObject({
      evb: { local: null, groupIds: false },
      relay: { requested: true, capable: false, active: false },
    })
  })

  it('manual mode works with the local values and sends them', () => {
    const { station, bridge } = pair({ manual: true, local: { rwd: 10 } }, { local: { rwd: 25, r: 5 } })
    expect(operating(station)).toEqual({ r: 3, rte: 14, rwd: 10, rka: 20 })
    expect(lastEvbSent(station)).toBe('03 05 6e 8a 14')
    expect(view(station)).toMatchObject({
      relay: { active: true },
      evb: { winner: { rwd: 'local', r: 'local' } },
    })
    expect(operating(bridge).rwd).toBe(25)
  })
})
