/**
 * libvirt, our station as its agent, and a switch, on virtual time: whatever the switch does, each request is answered
 * in the moment it is made (`FakeLibvirt` throws otherwise), and comes to an end before libvirt gives up.
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pino } from 'pino'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { DaemonSettings } from '../../src/control/schema/daemon-settings.ts'
import { LibvirtService } from '../../src/daemon/libvirt.ts'
import { storedVsi } from '../../src/daemon/persistence.ts'
import { type Pair, startPair } from '../support/daemons.ts'
import { FakeLibvirt, type Outcome, ToldRequestPort } from '../support/fake-libvirt.ts'
import { GatedPort, isEcpRequest } from '../support/gated-port.ts'
import { setLink, UUID } from '../support/libvirt-octets.ts'

const NOBODY = { netlink: () => '', name: () => undefined }
/** libvirt's patience, less some polls. Milliseconds. */
const PATIENCE = 9700

let directory: string
let pair: Pair
let service: LibvirtService
let libvirt: FakeLibvirt
let gates: Map<string, GatedPort>
const lines: string[] = []

async function start(bridge: DaemonSettings = {}): Promise<void> {
  gates = new Map()
  pair = await startPair({ bridge }, (port) => {
    const gate = new GatedPort(port)
    gates.set(port.name, gate)
    return gate
  })
  const { station, clock } = pair
  const socket = new ToldRequestPort()
  service = new LibvirtService({
    socket,
    pidFile: join(directory, 'lldpad.pid'),
    table: NOBODY,
    ports: station.daemon.portSet,
    links: station.links,
    clock,
    log: pino({ level: 'info' }, { write: (line: string) => void lines.push(line) }),
  })
  service.start()
  libvirt = new FakeLibvirt(socket, clock)
}

async function stop(): Promise<void> {
  service.stop()
  await pair.close()
}

beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), 'qbg-'))
  lines.length = 0
  await start()
})
afterEach(async () => {
  await stop()
  rmSync(directory, { recursive: true })
})

const fromSwitch = (sends: (octets: Uint8Array) => boolean) => {
  gates.get('swp0')!.sends = sends
}
/** The switch is off, without a word. */
const silence = () => fromSwitch(() => false)
/** It acknowledges and never answers. */
const indecision = () => fromSwitch((octets) => !isEcpRequest(octets))
const speech = () => fromSwitch(() => true)

const bridgeVsis = () => pair.bridge.daemon.ports[0]!.vsis().filter(({ live }) => live)
const stationVsi = (id = UUID) => pair.station.daemon.agent.vsi(id, undefined)
const associated = [expect.objectContaining({ id: UUID, state: 'associated' })]
const granted = { end: 'response', response: 0 } as const
const endOf = (request = {}) => libvirt.perform({ ...request, operation: 'deassociate' })
const counters = () => service.status().counters
const took = (outcome: Outcome) => (outcome.end === 'refused' ? 0 : outcome.after)
const link = (up: boolean) => pair.station.links.put({ name: 'sta0', index: 1, up })

/** Somebody at the switch, or at the station, ends the VSI. */
async function command(side: 'station' | 'bridge'): Promise<void> {
  const requests = [{ mode: 'deassociate' as const, id: UUID }]
  await pair.during(pair[side].client.request({ requests, wait: 5 }))
}

describe('a domain', () => {
  test('starts within two polls and ends, and nothing is left of it', () => {
    expect(libvirt.perform()).toEqual({ ...granted, after: 125.5 })
    expect(bridgeVsis()).toMatchObject([{ id: UUID, state: 'associated', typeId: 0x123457 }])
    expect(stationVsi()).toMatchObject({ owner: 'libvirt', libvirt: { operation: 'associate', response: 0 } })
    expect(endOf()).toMatchObject(granted)
    expect(bridgeVsis()).toEqual([])
    pair.clock.advance(60_000)
    expect(libvirt.poll()).toBe(undefined)
    expect(service.status().vsis).toBe(0)
    expect(libvirt.port.events).toEqual([])
  })

  test('on an interface without a port of ours is refused at once', () => {
    expect(libvirt.perform({ index: 77, name: 'eth7' })).toEqual({ end: 'refused', errno: 19 })
  })

  test('every request begins without an outcome, also the second ASSOCIATE and the DISASSOCIATE', () => {
    libvirt.perform()
    for (const operation of ['associate', 'deassociate'] as const) {
      libvirt.set({ operation })
      expect(libvirt.poll()).toBe(null)
      pair.clock.advance(1000)
      expect(libvirt.poll()).toBe(0)
    }
  })

  test('comes by migration: PREASSOCIATE, then ASSOCIATE', () => {
    expect(libvirt.perform({ operation: 'preassociate' })).toMatchObject(granted)
    expect(bridgeVsis()).toMatchObject([{ state: 'preassociated' }])
    libvirt.set()
    expect(libvirt.poll()).toBe(null)
    pair.clock.advance(1000)
    expect(libvirt.poll()).toBe(0)
    expect(bridgeVsis()).toEqual(associated)
  })

  test('is asked for again when libvirtd comes back: refreshed, not ended', () => {
    libvirt.perform()
    const since = bridgeVsis()[0]!.createdAt
    libvirt.eventPort = 0x11223344
    libvirt.set()
    pair.clock.advance(1000)
    expect(bridgeVsis()).toMatchObject([{ state: 'associated', createdAt: since }])
    expect(pair.station.daemon.ports[0]!.belonging(UUID)?.details.libvirt).toMatchObject({
      eventPort: 0x11223344,
    })
  })

  test('is defined anew with the same UUID and another MAC address: that one replaces the other', () => {
    libvirt.perform()
    expect(libvirt.perform({ mac: '52:54:00:99:99:99' })).toMatchObject(granted)
    expect(bridgeVsis()).toMatchObject([{ filter: ['52:54:00:99:99:99/1'] }])
    pair.clock.advance(60_000)
    expect(bridgeVsis()).toMatchObject([{ filter: ['52:54:00:99:99:99/1'], state: 'associated' }])
  })

  test('that never was ends all the same', () => {
    expect(endOf()).toMatchObject(granted)
  })

  test('300 of them at once: each finds its own outcome', () => {
    const hex = (value: number, digits: number) => value.toString(16).padStart(digits, '0')
    const requests = Array.from({ length: 300 }, (_, n) => ({
      uuid: UUID.replace(/....$/, hex(n, 4)),
      mac: `52:54:00:12:${hex(n >> 8, 2)}:${hex(n & 0xff, 2)}`,
    }))
    for (const request of requests) libvirt.set(request)
    expect(requests.map((request) => libvirt.poll(request))).toEqual(requests.map(() => null))
    pair.clock.advance(8000)
    expect(requests.map((request) => libvirt.poll(request))).toEqual(requests.map(() => 0))
    expect(bridgeVsis()).toHaveLength(300)
  })
})

describe('a switch that does not grant', () => {
  /** The number in time, the words for long, nothing left asked for. */
  function expectFailure(response: number, text: RegExp): void {
    const outcome = libvirt.perform()
    expect(outcome).toMatchObject({ end: 'response', response })
    expect(took(outcome)).toBeLessThan(PATIENCE)
    pair.clock.advance(100_000)
    const { live, outcome: became, reason, libvirt: told } = stationVsi()
    expect({ live, became }).toEqual({ live: false, became: 'refused' })
    expect(reason?.text).toMatch(text)
    expect(told).toMatchObject({ operation: 'associate', response, reason: { text: reason?.text } })
    expect(lines.filter((line) => line.includes(`libvirt is told error ${response}`))).toHaveLength(1)
    expect(libvirt.port.events).toEqual([])
  }

  /** As often as libvirt likes, and each time as if nothing had been. */
  function expectNoWedge(): void {
    for (const pause of [0, 30_000, 60_000]) {
      pair.clock.advance(pause)
      expect(libvirt.perform()).toMatchObject(granted)
      expect(bridgeVsis()).toEqual(associated)
      expect(endOf()).toMatchObject(granted)
    }
  }

  test('because it refuses: its VDP error, and at once', async () => {
    await stop()
    await start({ policy: { types: [{ typeId: 9 }] } })
    expectFailure(4, /refused/)
    expect(libvirt.perform()).toEqual({ end: 'response', response: 4, after: 125.5 })
  })

  test('because it is off: no acknowledgement', () => {
    silence()
    expectFailure(112, /acknowledged none/)
    expect(libvirt.perform()).toMatchObject({ response: 112 })
    speech()
    pair.clock.advance(40_000)
    expectNoWedge()
  })

  test('because it is slow: no answer, and its late yes is taken back', () => {
    indecision()
    expectFailure(110, /never answered/)
    libvirt.set()
    pair.clock.advance(9500)
    speech()
    pair.clock.advance(60_000)
    expect(bridgeVsis()).toEqual([])
    expectNoWedge()
  })

  test('because it is none: not even an EVB TLV', () => {
    pair.bridge.daemon.stop()
    pair.clock.advance(1000)
    expectFailure(101, /no EVB bridge/)
  })

  test('because the link is down', () => {
    link(false)
    expectFailure(100, /link is down/)
    link(true)
    pair.clock.advance(40_000)
    expectNoWedge()
  })

  test('when a domain ends: libvirt waits two seconds for it, not eleven', () => {
    libvirt.perform()
    silence()
    const outcome = endOf()
    expect(outcome).toMatchObject(granted)
    expect(took(outcome)).toBeLessThan(2300)
    speech()
    pair.clock.advance(60_000)
    expectNoWedge()
  })
})

describe('a running domain', () => {
  test('that the switch de-associates: libvirt is told once, and asks for it again', async () => {
    libvirt.perform()
    libvirt.follow()
    for (const times of [1, 2]) {
      await command('bridge')
      pair.clock.advance(5000)
      expect(libvirt.port.events).toHaveLength(times)
      expect(libvirt.reassociations).toBe(times)
      expect(bridgeVsis()).toEqual(associated)
    }
  })

  test('that the switch de-associates is kept for a restart of ours all the time, until it ends', async () => {
    const stored = () => storedVsi(pair.station.daemon.ports[0]!, UUID)
    libvirt.perform()
    const before = stored()
    expect(before).toMatchObject({ owner: 'libvirt', details: { libvirt: { eventPort: libvirt.eventPort } } })
    await command('bridge')
    expect(stationVsi().live).toBe(false)
    expect(stored()).toEqual(before)
    libvirt.port.absent.add(libvirt.eventPort)
    silence()
    pair.clock.advance(90_000)
    expect(stored()).toMatchObject({ ...before, details: expect.anything() })
    endOf()
    pair.clock.advance(5000)
    expect(stored()).toBe(undefined)
  })

  test('that the switch de-associates, libvirtd not running: asked for without it', async () => {
    libvirt.perform()
    libvirt.port.absent.add(libvirt.eventPort)
    await command('bridge')
    pair.clock.advance(5000)
    expect(counters()).toMatchObject({ events: 1, eventsRefused: 1 })
    expect(bridgeVsis()).toEqual(associated)
  })

  test('that the switch de-associates, libvirt doing nothing: asked for without it', async () => {
    libvirt.perform()
    await command('bridge')
    pair.clock.advance(1500)
    expect(bridgeVsis()).toEqual([])
    pair.clock.advance(1500)
    expect(bridgeVsis()).toEqual(associated)
  })

  test('that the switch ends again and again: libvirt is told ever more seldom', async () => {
    libvirt.perform()
    libvirt.follow()
    const { driver } = pair.bridge.daemon.ports[0]!
    const end = () => driver.submit({ type: 'vsi.withdrawn', vsi: UUID })
    driver.on('vsi.reported', ({ report }) => {
      if (report.outcome === 'granted') pair.clock.wakeAt(pair.clock.now() + 1, end)
    })
    await command('bridge')
    pair.clock.advance(600_000)
    expect(libvirt.port.events.length).toBeGreaterThan(5)
    expect(libvirt.port.events.length).toBeLessThan(20)
    const asked = counters().associate!
    pair.clock.advance(600_000)
    expect(counters().associate! - asked).toBeLessThan(12)
  })

  test('whose switch goes and comes back is associated again', () => {
    libvirt.perform()
    libvirt.follow()
    silence()
    pair.clock.advance(120_000)
    expect(libvirt.port.events.length).toBeGreaterThan(0)
    expect(libvirt.port.events.length).toBeLessThan(12)
    speech()
    pair.clock.advance(90_000)
    expect(bridgeVsis()).toEqual(associated)
    expect(stationVsi()).toMatchObject({ state: 'associated', libvirt: { response: 0 } })
  })

  test('that libvirtd asks for again while the switch is off is not given up', () => {
    libvirt.perform()
    libvirt.follow()
    silence()
    libvirt.set()
    pair.clock.advance(30_000)
    speech()
    pair.clock.advance(90_000)
    expect(bridgeVsis()).toEqual(associated)
  })

  test('whose link flaps: the station sees to it, and libvirt hears nothing', () => {
    libvirt.perform()
    link(false)
    pair.clock.advance(5000)
    link(true)
    pair.clock.advance(40_000)
    expect(libvirt.port.events).toEqual([])
    expect(bridgeVsis()).toEqual(associated)
  })

  test('that an operator ends by command stays ended: it is no loss', async () => {
    libvirt.perform()
    await command('station')
    pair.clock.advance(60_000)
    expect(libvirt.port.events).toEqual([])
    expect(bridgeVsis()).toEqual([])
  })
})

describe('a fault of our own', () => {
  test('in taking a request is answered all the same, and said', () => {
    const { links } = pair.station
    const { byIndex } = links
    links.byIndex = () => {
      throw new Error('of the test')
    }
    expect(libvirt.perform()).toEqual({ end: 'refused', errno: 5 })
    expect(lines.filter((line) => line.includes('a bug') && line.includes('of the test'))).toHaveLength(1)
    links.byIndex = byIndex
    expect(libvirt.perform()).toMatchObject(granted)
  })

  test('in asking the station costs that request, and libvirt hears of it in time', () => {
    const [port] = pair.station.daemon.ports
    const { ask } = port!
    port!.ask = () => {
      throw new Error('of the test')
    }
    const outcome = libvirt.perform()
    expect(outcome).toMatchObject({ end: 'response', response: 110 })
    expect(took(outcome)).toBeLessThan(PATIENCE)
    expect(lines.filter((line) => line.includes('a bug') && line.includes('of the test'))).toHaveLength(1)
    port!.ask = ask
    expect(libvirt.perform()).toMatchObject(granted)
  })
})

test('a pid file that somebody takes away is told, and back within a minute', () => {
  const path = service.status().pidFile
  rmSync(path)
  expect(service.status().problems.map(({ code }) => code)).toContain('libvirt-pid-file')
  pair.clock.advance(60_000)
  expect(readFileSync(path, 'latin1')).toBe('4242\n')
  expect(service.status().problems).toEqual([])
})

describe('the socket', () => {
  test('an overrun is counted and said', () => {
    libvirt.port.onOverrun()
    expect(counters()).toMatchObject({ overruns: 1 })
    expect(lines.join()).toContain('requests of libvirt were lost')
  })

  test('an answer that nobody takes is counted', () => {
    libvirt.port.absent.add(7)
    libvirt.port.ask(setLink({ index: 1 }), 7)
    expect(counters()).toMatchObject({ undelivered: 1 })
  })
})
