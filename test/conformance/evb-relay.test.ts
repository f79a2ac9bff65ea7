/** Checklist 7.5 and 7.6: reflective relay and group bits of station and bridge, on whole ports. */
import { describe, expect, it } from 'vitest'
import type { Effect } from '../../protocol/engine/effect.ts'
import { describePort } from '../../protocol/engine/step.ts'
import type { Role } from '../../protocol/engine/view.ts'
import type { MacAddress } from '../../protocol/wire/mac-address.ts'
import {
  type EvbChanges,
  evbFrame,
  lastEvbSent,
  lldpConfig,
  lldpSent,
  neighborFrame,
} from '../support/lldp.ts'
import { connect, STATION_MAC, TestPort } from '../support/test-port.ts'
import { VirtualTime } from '../support/virtual-time.ts'

const INTRUDER = '02:00:00:00:0c:01' as MacAddress

function started(role: Role, evb: EvbChanges = {}, relayPath?: TestPort['relayPath']): TestPort {
  const port = new TestPort({ role, time: new VirtualTime(), config: lldpConfig({}, evb) })
  if (relayPath) port.relayPath = relayPath
  port.linkUp()
  return port
}

const view = (port: TestPort) => describePort(port.state)
const configure = (port: TestPort, evb: EvbChanges) =>
  port.input({ type: 'admin.configured', config: lldpConfig({}, evb) })
const fromStation = (octets: string, ttl = 121) => evbFrame(octets, { from: STATION_MAC, ttl })

/** What concerns reflective relay, in order: `set true`, `send 1` (RRCTR), `active true`. */
function relayLog(port: TestPort): string[] {
  return port.effects.flatMap((effect: Effect) => {
    if (effect.type === 'relay.set') return [`set ${effect.enabled}`]
    if (effect.type === 'relay.changed') return [`active ${effect.active}`]
    if (effect.type !== 'frame.send') return []
    const status = /fe090080c20d(..)/.exec(Buffer.from(effect.octets).toString('hex'))
    return status ? [`send ${Number.parseInt(status[1]!, 16) & 1}`] : []
  })
}

describe('EVB station', () => {
  it.each(['00', '02', '03'])(
    '#72 RRREQ follows the configuration, whatever the bridge (%s) can do',
    (octet) => {
      for (const reflectiveRelay of [true, false]) {
        const station = started('station', { reflectiveRelay })
        station.receive(evbFrame(`${octet} 00 6e 54 14`))
        expect(Number.parseInt(lastEvbSent(station)!.slice(3, 5), 16) & 4).toBe(reflectiveRelay ? 4 : 0)
        configure(station, { reflectiveRelay: !reflectiveRelay })
        expect(Number.parseInt(lastEvbSent(station)!.slice(3, 5), 16) & 4).toBe(reflectiveRelay ? 0 : 4)
      }
    },
  )

  it('#73 #74 RRSTAT is 3 without a bridge, 0 with RRCTR 0, 1 with RRCTR 1', () => {
    const station = started('station')
    const rrstat = () => Number.parseInt(lastEvbSent(station)!.slice(3, 5), 16) & 3
    const seen = [rrstat()]
    for (const frame of [
      evbFrame('02 00 6e 54 14'),
      evbFrame('03 00 6e 54 14'),
      evbFrame('02 00 6e 54 14'),
      evbFrame('03 00 6e 54 14'),
      neighborFrame({ ttl: 0 }),
    ]) {
      station.time.advance(5000)
      station.receive(frame)
      seen.push(rrstat())
    }
    expect(seen).toEqual([3, 0, 1, 0, 1, 3])
  })

  it.each(['06', '07'])('#75 a received RRSTAT of 2 or 3 is unknown and holds nothing up (%s)', (octet) => {
    const bridge = started('bridge')
    bridge.receive(fromStation(`00 ${octet} 6e 94 14`))
    expect(view(bridge).evb.remote!.station.rrstat).toBe(Number(octet) & 3)
    expect(view(bridge).relay).toEqual({ requested: true, capable: true, active: true })
  })

  it('#76 reflective relay is active exactly while RRCTR is 1', () => {
    const station = started('station')
    const seen = ['02', '03', '01', '02', '03'].map((octet) => {
      station.receive(evbFrame(`${octet} 04 6e 54 14`))
      return view(station).relay.active
    })
    station.receive(neighborFrame({ ttl: 0 }))
    expect([...seen, view(station).relay.active]).toEqual([false, true, true, false, true, false])
    expect(relayLog(station).filter((line) => line.startsWith('active'))).toEqual([
      'active true',
      'active false',
      'active true',
      'active false',
    ])
  })

  it('#77 SGID follows the configuration and stays when the bridge is lost', () => {
    const station = started('station', { groupId: true })
    station.receive(evbFrame('02 00 6e 54 14'))
    expect(lastEvbSent(station)!.slice(3, 5)).toBe('0c')
    station.time.advance(5000)
    station.receive(neighborFrame({ ttl: 0 }))
    expect(lastEvbSent(station)!.slice(3, 5)).toBe('0f')
    configure(station, { groupId: false })
    expect(lastEvbSent(station)!.slice(3, 5)).toBe('07')
  })
})

describe('EVB bridge', () => {
  it('#78 RRCAP is 1 only where reflective relay is possible and allowed', () => {
    const bridge = started('bridge')
    expect(lastEvbSent(bridge)!.slice(0, 2)).toBe('02')
    configure(bridge, { reflectiveRelay: false })
    expect(lastEvbSent(bridge)!.slice(0, 2)).toBe('00')
  })

  it.each([
    ['no TLV', {}, undefined, false],
    ['RRREQ 0', {}, '00 00 6e 94 14', false],
    ['RRREQ 1', {}, '00 04 6e 94 14', true],
    ['RRREQ 1, RRCAP 0', { reflectiveRelay: false }, '00 04 6e 94 14', false],
    ['RRREQ 1 from another bridge', {}, '00 04 6e 54 14', false],
    ['RRREQ 1 of mode 0', {}, '00 04 6e 14 14', false],
    ['RRREQ 1 in a TLV of four octets', {}, '00 04 6e 94', false],
    ['the echo of RRCTR alone', {}, '03 00 6e 94 14', false],
  ])('#79 RRCTR with %s', (_what, config, octets, granted) => {
    const bridge = started('bridge', config)
    if (octets) bridge.receive(fromStation(octets))
    bridge.time.advance(5000)
    expect(Number.parseInt(lastEvbSent(bridge)!.slice(0, 2), 16) & 1).toBe(granted ? 1 : 0)
    expect(view(bridge).relay.active).toBe(granted)
    expect(bridge.relay).toBe(granted)
  })

  it('#79 RRCTR becomes 0 when RRCAP does', () => {
    const bridge = started('bridge')
    bridge.receive(fromStation('00 04 6e 94 14'))
    configure(bridge, { reflectiveRelay: false })
    expect(lastEvbSent(bridge)!.slice(0, 2)).toBe('00')
    expect(relayLog(bridge).slice(-3)).toEqual(['active false', 'set false', 'send 0'])
  })

  it('#80 RRCTR becomes 0 when RRREQ does, and 1 again', () => {
    const bridge = started('bridge')
    for (const [octet, expected] of [
      ['04', '03'],
      ['00', '02'],
      ['04', '03'],
    ] as const) {
      bridge.time.advance(5000)
      bridge.receive(fromStation(`00 ${octet} 6e 94 14`))
      expect(lastEvbSent(bridge)!.slice(0, 2)).toBe(expected)
      expect(bridge.relay).toBe(expected === '03')
    }
  })

  it.each([
    ['ages out', (port: TestPort) => port.time.advance(121_000)],
    ['says goodbye', (port: TestPort) => port.receive(neighborFrame({ from: STATION_MAC, ttl: 0 }))],
    ['sends no EVB TLV', (port: TestPort) => port.receive(neighborFrame({ from: STATION_MAC }))],
    [
      'loses its link',
      (port: TestPort) => {
        port.linkDown()
        port.linkUp()
      },
    ],
  ])('#81 RRCTR becomes 0 and reflective relay is off when the station %s', (_what, lose) => {
    const bridge = started('bridge')
    bridge.receive(fromStation('00 04 6e 94 14'))
    expect(lastEvbSent(bridge)!.slice(0, 2)).toBe('03')
    lose(bridge)
    expect(lastEvbSent(bridge)!.slice(0, 2)).toBe('02')
    expect(view(bridge).relay).toMatchObject({ active: false, requested: false })
    const sets = relayLog(bridge).filter((line) => line.startsWith('set'))
    expect(sets.slice(sets.indexOf('set true')).at(1)).toBe('set false')
  })

  it('#82 RRCTR 1 is sent only after the data path has said so, 0 is sent with the word to it', () => {
    const bridge = started('bridge', {}, () => undefined)
    bridge.effects.length = 0
    bridge.receive(fromStation('00 04 6e 94 14'))
    bridge.time.advance(10_000)
    expect(new Set(relayLog(bridge))).toEqual(new Set(['set true', 'send 0']))
    bridge.effects.length = 0
    bridge.input({ type: 'relay.applied', enabled: true })
    expect(relayLog(bridge)).toEqual(['active true', 'send 1'])
    bridge.effects.length = 0
    bridge.time.advance(10_000)
    bridge.receive(fromStation('01 00 6e 94 14'))
    expect(relayLog(bridge)).toEqual(['active false', 'set false', 'send 0'])
  })

  it('#82 what the data path cannot do is not granted, and it is not asked again and again', () => {
    const bridge = started('bridge', {}, () => false)
    bridge.effects.length = 0
    bridge.receive(fromStation('00 04 6e 94 14'))
    bridge.receive(fromStation('02 04 6e 94 14'))
    bridge.time.advance(60_000)
    expect(relayLog(bridge).filter((line) => line !== 'send 0')).toEqual(['set true'])
  })

  it('#82 a data path that lost it is not claimed to have it, and is asked once more', () => {
    const bridge = started('bridge')
    bridge.receive(fromStation('00 04 6e 94 14'))
    bridge.time.advance(10_000)
    bridge.relayPath = () => false
    bridge.effects.length = 0
    bridge.input({ type: 'relay.applied', enabled: false })
    expect(relayLog(bridge)).toEqual(['active false', 'set true', 'send 0'])
    expect(lastEvbSent(bridge)!.slice(0, 2)).toBe('02')
  })

  it('#82 a data path that has it unasked is told to stop, once', () => {
    const bridge = started('bridge', {}, () => true)
    bridge.effects.length = 0
    bridge.input({ type: 'relay.applied', enabled: false })
    bridge.input({ type: 'relay.applied', enabled: true })
    expect(relayLog(bridge)).toEqual(['set false'])
    expect(view(bridge).relay.active).toBe(false)
  })

  it('#82 a late yes to a request withdrawn since does not grant it', () => {
    const bridge = started('bridge', {}, () => undefined)
    bridge.receive(fromStation('00 04 6e 94 14'))
    bridge.receive(fromStation('00 00 6e 94 14'))
    bridge.input({ type: 'relay.applied', enabled: true })
    bridge.input({ type: 'relay.applied', enabled: false })
    bridge.time.advance(10_000)
    expect(view(bridge).relay.active).toBe(false)
    expect(relayLog(bridge)).not.toContain('send 1')
  })

  it('#82 a second station cannot ask for it, nor switch it off', () => {
    const bridge = started('bridge')
    bridge.receive(fromStation('00 04 6e 94 14'))
    bridge.receive(evbFrame('00 00 6e 94 14', { from: INTRUDER }))
    bridge.receive(evbFrame('00 00 6e 94 14', { from: INTRUDER, ttl: 0 }))
    expect(bridge.relay).toBe(true)
    const quiet = started('bridge')
    quiet.receive(fromStation('00 00 6e 94 14'))
    quiet.receive(evbFrame('00 04 6e 94 14', { from: INTRUDER }))
    expect(quiet.relay).toBe(false)
    expect(view(quiet).evb.problems).toEqual(['second-evb-neighbor'])
  })

  it('station and bridge agree within a round trip, and the steps are those of the standard', () => {
    const time = new VirtualTime()
    const station = new TestPort({ role: 'station', time, config: lldpConfig() })
    const bridge = new TestPort({ role: 'bridge', time, config: lldpConfig() })
    connect(station, bridge)
    station.linkUp()
    bridge.linkUp()
    time.advance(1)
    const octets = (port: TestPort) => lldpSent(port).map(({ hex }) => /fe090080c20d(....)/.exec(hex)![1])
    expect(octets(station).slice(0, 3)).toEqual(['0007', '0204', '0305'])
    expect(octets(bridge).at(-1)).toBe('0305')
    expect([station.relay, bridge.relay]).toEqual([true, true])
  })
})
