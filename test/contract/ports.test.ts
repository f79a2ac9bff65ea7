/** Ports that come and go while a daemon runs: by command, by pattern, with and without their interfaces. */

import { pino } from 'pino'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { DaemonSettings } from '../../src/control/schema/daemon-settings.ts'
import { portListAnswer } from '../../src/control/schema/port-list.ts'
import { composeDaemon, type Daemon } from '../../src/daemon/compose.ts'
import { planPorts, portPatterns } from '../../src/daemon/settings.ts'
import { MemoryLink } from '../../src/io/memory-port.ts'
import { OperationalError } from '../../src/runtime/operational-error.ts'
import { VirtualClock } from '../../src/runtime/virtual-clock.ts'
import { runQbg } from '../support/cli.ts'
import { memoryPlane, type Pair, startPair, ToldLinks } from '../support/daemons.ts'

const A = 'fa9b7fff-b0a0-4893-8abc-0123456789ab'

let clock: VirtualClock
let links: ToldLinks
let claimed: string[]
let daemon: Daemon

/** Interfaces with nobody at their other ends. */
async function start(named: string[], settings: DaemonSettings = {}): Promise<void> {
  const plans = planPorts('bridge', named, settings)
  const patterns = portPatterns('bridge', named, settings)
  daemon = composeDaemon(
    { role: 'bridge', plans, patterns, settings, control: '' },
    {
      links,
      clock,
      framePort: (name) => new MemoryLink({ clock, names: [name, 'far'] }).ends[0],
      dataPlane: memoryPlane(links, clock),
      readStp: () => true,
      log: pino({ level: 'silent' }),
      claim: async (name) => {
        if (name === 'busy0') throw new OperationalError('interface-busy', 'taken', { operation: 'open' })
        claimed.push(name)
        return () => claimed.splice(claimed.indexOf(name), 1)
      },
    },
  )
  daemon.start()
  await daemon.admin.start()
}

const names = () => daemon.ports.map(({ name }) => name)
const changes = () =>
  daemon.agent
    .events({ types: ['port'] })
    .map((event) => (event.type === 'port' ? `${event.port} ${event.change}` : ''))
/** What is claimed is claimed in a later turn. */
const settled = () => new Promise(setImmediate)

beforeEach(() => {
  clock = new VirtualClock()
  links = new ToldLinks()
  claimed = []
  for (const [index, name] of ['swp1', 'swp2', 'eth0', 'busy0'].entries())
    links.put({ name, index: index + 1 })
  links.put({ name: 'swpbr', index: 9, kind: 'bridge' })
  links.put({ name: 'swplo', index: 10, ethernet: false })
})
afterEach(() => daemon.stop())

describe('a pattern', () => {
  test('takes in the interfaces that fit and are no bridges, also those that come', async () => {
    await start(['swp*'])
    expect(names()).toEqual(['swp1', 'swp2'])
    links.put({ name: 'swp3', index: 3 })
    links.put({ name: 'eth1', index: 4 })
    await settled()
    expect(names()).toEqual(['swp1', 'swp2', 'swp3'])
    expect(claimed).toEqual(names())
    expect(changes()).toEqual(['swp1 added', 'swp2 added', 'swp3 added'])
    expect(daemon.agent.status().ports[2]).toMatchObject({ name: 'swp3', link: { up: true } })
  })

  test('lets go of one that is away for five seconds, not of one that comes back', async () => {
    await start(['swp*'])
    links.remove('swp1')
    clock.advance(4000)
    links.put({ name: 'swp1', index: 21 })
    clock.advance(10_000)
    expect(names()).toEqual(['swp1', 'swp2'])
    links.remove('swp1')
    clock.advance(5000)
    expect(names()).toEqual(['swp2'])
    expect(claimed).toEqual(['swp2'])
    links.put({ name: 'swp1', index: 22 })
    await settled()
    expect(names()).toEqual(['swp2', 'swp1'])
  })

  test('leaves alone what another daemon has, and goes on', async () => {
    await start(['*0', 'swp1'])
    expect(names()).toEqual(['swp1', 'eth0'])
  })

  test('gives its settings, and a name of its own more', async () => {
    const settings: DaemonSettings = {
      evb: { rte: 9 },
      ports: {
        'swp*': { evb: { rte: 10, rwd: 11 } },
        swp2: { evb: { rwd: 12 }, enabled: false },
        'eth*': { role: 'station' },
      },
    }
    await start([], settings)
    expect(names()).toEqual(['swp2', 'swp1'])
    const local = Object.fromEntries(daemon.ports.map(({ name, config }) => [name, config.evb.local]))
    expect(local).toMatchObject({ swp1: { rte: 10, rwd: 11 }, swp2: { rte: 10, rwd: 12 } })
    expect(daemon.agent.ports().ports).toMatchObject([{ enabled: false }, { enabled: true }])
  })
})

describe('by command', () => {
  test('ports and patterns are added and removed; what is removed by hand stays away', async () => {
    await start(['swp*'])
    expect(await daemon.agent.addPort('eth0')).toMatchObject({ patterns: ['swp*'] })
    daemon.agent.removePort('swp1')
    expect(names()).toEqual(['swp2', 'eth0'])
    expect(claimed).toEqual(['swp2', 'eth0'])
    links.put({ name: 'swp1', index: 1, up: false })
    await settled()
    expect(names()).toEqual(['swp2', 'eth0'])
    await daemon.agent.addPort('swp1')
    expect(names()).toEqual(['swp2', 'eth0', 'swp1'])
    expect(daemon.agent.removePort('swp*')).toMatchObject({ patterns: [] })
    links.put({ name: 'swp7', index: 7 })
    await settled()
    expect(names()).toHaveLength(3)
    await daemon.agent.addPort('swp[5-9]')
    expect(names()).toContain('swp7')
  })

  test('what cannot be is refused and leaves nothing', async () => {
    await start(['swp1'])
    await expect(daemon.agent.addPort('swp1')).rejects.toMatchObject({ code: 'port-exists' })
    await expect(daemon.agent.addPort('busy0')).rejects.toMatchObject({ code: 'port-unusable' })
    expect(() => daemon.agent.removePort('eth0')).toThrow('no port eth0')
    expect(() => daemon.agent.removePort('x*')).toThrow('no port x*')
    expect(() => daemon.agent.setPortEnabled('eth0', false)).toThrow('no port eth0')
    expect({ names: names(), claimed }).toEqual({ names: ['swp1'], claimed: [] })
  })

  test('a daemon may have no ports for a while', async () => {
    await start(['none*'])
    expect(daemon.agent.status().ports).toEqual([])
    expect(() => daemon.agent.findPort(undefined)).toThrow('this daemon has no ports')
    const ended = daemon.agent.request({ requests: [], wait: 0 }, new AbortController().signal)
    await expect(ended).resolves.toEqual([])
  })
})

describe('a port with a station at its other end', () => {
  let pair: Pair
  beforeEach(async () => {
    await start(['swp1'])
    pair = await startPair()
  })
  afterEach(() => pair.close())
  const qbg = (...argv: string[]) => pair.during(runQbg(argv, { QBG_CONTROL: pair.bridge.path }))

  test('is disabled: it says goodbye, its VSIs end, and nothing is sent; enabled, all is back', async () => {
    const request = { mode: 'associate', id: A, typeId: 5, filter: ['7'] } as const
    const asked = pair.station.client.request({ requests: [{ ...request, filter: ['7'] }], wait: 60 })
    expect((await pair.during(asked)).answers).toMatchObject([{ ok: true }])
    expect((await qbg('port', 'list')).stdout).toMatch(
      /^PORT +LINK +NEIGHBOUR +RELAY +VSIS +PATTERN\nswp0 +up +\S+ +on +1 +-\n$/,
    )
    expect((await qbg('port', 'disable', 'swp0')).stdout).toMatch(/^swp0 +disabled +- +off +0 +-$/m)
    const [station] = (await pair.station.client.status()).ports
    expect(station).toMatchObject({ neighbor: null, relay: { active: false } })
    const [bridge] = (await pair.bridge.client.status()).ports
    expect(bridge).toMatchObject({ enabled: false, relay: { applied: false } })
    expect(bridge?.problems.map(({ code }) => code)).toEqual(['port-disabled'])
    const { sent } = pair.bridge.daemon.ports[0]!.driver.port.counters
    pair.clock.advance(120_000)
    expect(pair.bridge.daemon.ports[0]!.driver.port.counters.sent).toBe(sent)
    expect((await qbg('status')).stdout).toMatch(/^swp0 {2}bridge {2}link disabled/m)
    const { ports } = portListAnswer.parse(JSON.parse((await qbg('port', 'enable', 'swp0', '--json')).stdout))
    expect(ports).toMatchObject([{ name: 'swp0', enabled: true }])
    pair.clock.advance(40_000)
    expect((await pair.station.client.status()).ports[0]).toMatchObject({ relay: { active: true } })
    expect((await pair.station.client.vsi(A)).vsi).toMatchObject({ state: 'associated' })
    const events = (await pair.bridge.client.eventLog({ types: ['port'] })).events
    expect(events).toMatchObject([{ change: 'disabled' }, { change: 'enabled' }])
  })

  test('is removed and added again, on either side', async () => {
    for (const side of [pair.bridge, pair.station]) {
      const { name } = side.daemon.ports[0]!
      await side.client.removePort(name)
      expect((await side.client.status()).ports).toEqual([])
      expect(await side.client.addPort(name)).toMatchObject({ ports: [{ name }] })
      pair.clock.advance(40_000)
      expect((await pair.station.client.status()).ports[0]).toMatchObject({ relay: { active: true } })
    }
  })

  test('is refused with a reason', async () => {
    expect(await qbg('port', 'remove', 'eth9')).toMatchObject({
      status: 2,
      stderr: 'qbg: this daemon has no port eth9\nhint: there are swp0\n',
    })
    expect((await qbg('port', 'add', 'swp0')).status).toBe(2)
  })
})
