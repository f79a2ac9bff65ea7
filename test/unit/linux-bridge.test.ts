/** The data plane on a Linux bridge over a kernel in memory, on virtual time: what passes, and what is set right. */
import { describe, expect, test } from 'vitest'
import type { FilterEntry } from '../../protocol/vdp/filter-info.ts'
import type { MacAddress } from '../../protocol/wire/mac-address.ts'
import { DEFAULT_TRAFFIC, type TrafficOptions, type VsiTraffic } from '../../src/data-plane/data-plane.ts'
import { LinuxBridgePlane } from '../../src/data-plane/linux-bridge.ts'
import { OperationalError } from '../../src/runtime/operational-error.ts'
import { VirtualClock } from '../../src/runtime/virtual-clock.ts'
import { ToldLinks } from '../support/daemons.ts'
import { MemoryKernel, setVsi } from '../support/switch-kernel.ts'

const [M1, M2] = ['52:54:00:00:00:01', '52:54:00:00:00:02'] as MacAddress[]
const TABLE = 'qbg_7'

interface PlaneRig {
  readonly plane: LinuxBridgePlane
  readonly kernel: MemoryKernel
  readonly links: ToldLinks
  readonly clock: VirtualClock
  readonly said: string[]
  readonly passing: (port?: string) => string[]
}

interface RigOptions {
  readonly kernel?: MemoryKernel
  readonly links?: ToldLinks
  readonly ports?: Record<string, Partial<TrafficOptions>>
  readonly held?: ReadonlySet<string> | undefined
  readonly openKernel?: () => MemoryKernel
}

const bridgePort = (hairpin = false) => ({
  master: 9,
  masterKind: 'bridge',
  bridgePort: { state: 'forwarding', hairpin } as const,
})

function told(hairpin = false): ToldLinks {
  const links = new ToldLinks()
  links.put({ name: 'br0', index: 9, kind: 'bridge' })
  links.put({ name: 'swp1', index: 1, ...bridgePort(hairpin) })
  links.put({ name: 'swp2', index: 2, ...bridgePort() })
  return links
}

function rig({
  kernel = new MemoryKernel(),
  links = told(),
  ports,
  held,
  openKernel,
}: RigOptions = {}): PlaneRig {
  const clock = new VirtualClock()
  const said: string[] = []
  const say = (first: unknown, second?: string) => void said.push(second ?? String(first))
  const log = { debug: say, info: say, warn: say, error: say }
  const options = { links, clock, log, bridgePorts: kernel, held: () => held, pid: 7 }
  const plane = new LinuxBridgePlane({ ...options, openKernel: openKernel ?? (() => kernel) })
  const planned = Object.entries(ports ?? { swp1: {} }).map(([name, traffic]) => ({
    name,
    traffic: { ...DEFAULT_TRAFFIC, ...traffic },
  }))
  plane.start(planned)
  return { plane, kernel, links, clock, said, passing: (port = 'swp1') => kernel.passing(port, TABLE) }
}

const macVid = (mac: MacAddress, vid: number): FilterEntry => ({ mac, vid })
const vsi = (...entries: FilterEntry[]) => ({ entries })

describe('what passes', () => {
  test('nothing before a VSI, its frames with it, nothing after', () => {
    const { plane, passing } = rig()
    expect(passing()).toEqual([])
    setVsi(plane, 'swp1', 'a', vsi(macVid(M1!, 1)))
    expect(passing()).toEqual([`${M1} in VLAN 1`, `${M1} untagged`, 'groups in VLAN 1', 'groups untagged'])
    expect(passing('swp2')).toEqual([])
    setVsi(plane, 'swp1', 'a', null)
    expect(passing()).toEqual([])
  })

  test('another VLAN than that of untagged frames is for tagged frames only', () => {
    const { plane, passing } = rig({ ports: { swp1: { untaggedVid: 5 } } })
    setVsi(plane, 'swp1', 'a', vsi(macVid(M1!, 200)))
    expect(passing()).toEqual([`${M1} in VLAN 200`, 'groups in VLAN 200'])
    setVsi(plane, 'swp1', 'a', vsi(macVid(M1!, 5)))
    expect(passing()).toEqual([`${M1} in VLAN 5`, `${M1} untagged`, 'groups in VLAN 5', 'groups untagged'])
  })

  test('an entry without address is for its whole VLAN; a group ID is no part of a frame', () => {
    const { plane, passing } = rig()
    setVsi(plane, 'swp1', 'a', vsi({ vid: 1 }))
    setVsi(plane, 'swp1', 'b', vsi({ vid: 30, groupId: 5000 }, { vid: 30, groupId: 5000, mac: M2! }))
    expect(passing()).toEqual([
      `${M2} in VLAN 30`,
      'any address in VLAN 1',
      'any address in VLAN 30',
      'any address untagged',
      'groups in VLAN 1',
      'groups in VLAN 30',
      'groups untagged',
    ])
  })

  test('what the bridge has learned of an address goes with its VSI, and with no other change', () => {
    const { plane, kernel } = rig()
    setVsi(plane, 'swp1', 'a', vsi(macVid(M1!, 30), macVid(M2!, 30)))
    setVsi(plane, 'swp1', 'a', vsi(macVid(M1!, 31), macVid(M2!, 30)))
    setVsi(plane, 'swp1', 'a', vsi(macVid(M2!, 30)))
    expect(kernel.forgotten).toEqual([`swp1 ${M1}`])
    setVsi(plane, 'swp1', 'a', null)
    expect(kernel.forgotten).toEqual([`swp1 ${M1}`, `swp1 ${M2}`])
  })

  test('what two VSIs share stays until both are gone', () => {
    const { plane, passing } = rig()
    setVsi(plane, 'swp1', 'a', vsi(macVid(M1!, 30)))
    setVsi(plane, 'swp1', 'b', vsi(macVid(M2!, 30), macVid(M2!, 30)))
    setVsi(plane, 'swp1', 'a', null)
    expect(passing()).toEqual([`${M2} in VLAN 30`, 'groups in VLAN 30'])
    setVsi(plane, 'swp1', 'b', null)
    expect(passing()).toEqual([])
  })

  test('a change of a VSI is one transaction of what differs; a repetition is none', () => {
    const { plane, kernel } = rig()
    setVsi(plane, 'swp1', 'a', vsi(macVid(M1!, 30), macVid(M2!, 30)))
    setVsi(plane, 'swp1', 'a', vsi(macVid(M1!, 30), macVid(M2!, 30)))
    setVsi(plane, 'swp1', 'a', vsi(macVid(M1!, 30), macVid(M2!, 31)))
    expect(kernel.calls.slice(1)).toEqual([`change ${TABLE} +3 -0`, `change ${TABLE} +2 -1`])
  })

  test('the station itself and what is always allowed, when the operator says so', () => {
    const allow = [macVid(M2!, 1)]
    const { plane, passing } = rig({ ports: { swp1: { allow, allowStation: true }, swp2: {} } })
    plane.setStation('swp1', M1!)
    plane.setStation('swp2', M1!)
    const own = [`${M1} in VLAN 1`, `${M2} in VLAN 1`, `${M1} untagged`, `${M2} untagged`]
    expect(passing()).toEqual([...own, 'groups in VLAN 1', 'groups untagged'].sort())
    expect(passing('swp2')).toEqual([])
    plane.setStation('swp1', null)
    expect(passing()).not.toContain(`${M1} untagged`)
  })

  test('a port that does not enforce has only the guard of reserved addresses', () => {
    const { plane, kernel, passing } = rig({ ports: { swp1: { enforce: false } } })
    setVsi(plane, 'swp1', 'a', vsi(macVid(M1!, 1)))
    expect(passing()).toEqual([])
    expect([...kernel.tables.get(TABLE)!.elements.values()].map(({ set }) => set)).toEqual(['ports'])
  })
})

describe('rate limits', () => {
  const limit = { rate: 1_000_000, burst: 10_000 }

  test('one for all addresses of a VSI; it goes with the VSI', () => {
    const { plane, kernel, passing } = rig()
    setVsi(plane, 'swp1', 'a', { ...vsi(macVid(M1!, 1), macVid(M2!, 1)), limit })
    expect(passing().filter((what) => what.startsWith('rate'))).toEqual([
      `rate limit of ${M1}`,
      `rate limit of ${M2}`,
    ])
    expect([...kernel.tables.get(TABLE)!.limits.values()]).toEqual([1_000_000])
    setVsi(plane, 'swp1', 'a', null)
    expect(kernel.tables.get(TABLE)!.limits.size).toBe(0)
  })

  test('another rate takes the place of the first, none takes it away', () => {
    const { plane, kernel } = rig()
    setVsi(plane, 'swp1', 'a', { ...vsi(macVid(M1!, 1)), limit })
    setVsi(plane, 'swp1', 'a', { ...vsi(macVid(M1!, 1)), limit: { ...limit, rate: 5 } })
    expect([...kernel.tables.get(TABLE)!.limits.values()]).toEqual([5])
    setVsi(plane, 'swp1', 'a', vsi(macVid(M1!, 1)))
    expect(kernel.tables.get(TABLE)!.limits.size).toBe(0)
  })

  test('an address that two VSIs have keeps the limit of the first', () => {
    const { plane, kernel } = rig()
    setVsi(plane, 'swp1', 'a', { ...vsi(macVid(M1!, 1)), limit })
    setVsi(plane, 'swp1', 'b', { ...vsi(macVid(M1!, 30)), limit: { ...limit, rate: 5 } })
    expect([...kernel.tables.get(TABLE)!.limits.values()]).toEqual([1_000_000])
    setVsi(plane, 'swp1', 'b', null)
    setVsi(plane, 'swp1', 'a', null)
    expect(kernel.tables.get(TABLE)!.limits.size).toBe(0)
  })
})

describe('reflective relay', () => {
  test('is the hairpin flag, and goes back to how it was found', () => {
    const { plane, kernel } = rig()
    plane.setRelay('swp1', true)
    expect(kernel.hairpins.get(1)).toBe(true)
    plane.stop()
    expect(kernel.hairpins.get(1)).toBe(false)
    expect(kernel.tables.size).toBe(0)
  })

  test('a port found with hairpin on gets it back', () => {
    const { plane, kernel } = rig({ links: told(true) })
    plane.setRelay('swp1', false)
    plane.stop()
    expect(kernel.hairpins.get(1)).toBe(true)
  })

  test('an interface without a Linux bridge is refused', () => {
    const links = told()
    const { plane } = rig({ links })
    links.put({ name: 'swp3', index: 3 })
    plane.addPort({ name: 'swp3', traffic: DEFAULT_TRAFFIC })
    expect(plane.canRelay(links.find('swp3'))).toBe(false)
    expect(() => plane.setRelay('swp3', true)).toThrow('not a port of a Linux bridge')
    expect(() => plane.setRelay('swp3', false)).not.toThrow()
  })

  test('an interface that comes back as another one is found anew', () => {
    const { plane, kernel, links } = rig()
    plane.setRelay('swp1', true)
    plane.setLink('swp1', null)
    links.put({ name: 'swp1', index: 11, ...bridgePort(true) })
    plane.setLink('swp1', links.find('swp1')!)
    plane.setRelay('swp1', false)
    plane.stop()
    expect(kernel.hairpins.get(11)).toBe(true)
  })

  test('an interface that is given another name is left as it was found, and found so when it is back', () => {
    const { plane, kernel, links } = rig()
    plane.setRelay('swp1', true)
    links.remove('swp1')
    links.put({ name: 'other', index: 1, ...bridgePort(true) })
    plane.setLink('swp1', null)
    expect(kernel.hairpins.get(1)).toBe(false)

    links.remove('other')
    links.put({ name: 'swp1', index: 1, ...bridgePort(true) })
    plane.setLink('swp1', links.find('swp1')!)
    expect(plane.inspect().ports[0]?.found).toEqual({ hairpin: false })
  })
})

describe('left-overs', () => {
  function crashed(): { kernel: MemoryKernel; links: ToldLinks } {
    const { plane, kernel, links } = rig()
    plane.setRelay('swp1', true)
    setVsi(plane, 'swp1', 'a', vsi(macVid(M1!, 1)))
    links.put({ name: 'swp1', index: 1, ...bridgePort(true) })
    return { kernel, links }
  }

  test('until somebody comes, what passed passes, and nothing else', () => {
    expect(crashed().kernel.passing('swp1')).toContain(`${M1} untagged`)
  })

  test('the next daemon takes their place in one transaction, and knows how the port was', () => {
    const { kernel, links } = crashed()
    kernel.calls.length = 0
    const { plane, passing, said } = rig({ kernel, links, held: new Set(['swp1']) })
    expect(kernel.calls).toEqual([`make ${TABLE} +4 -${TABLE}`])
    expect(said).toContain('left-overs of an earlier daemon are removed')
    expect(passing()).toEqual([])
    expect(plane.inspect().ports[0]).toMatchObject({ found: { hairpin: false }, hairpin: { actual: true } })
    plane.stop()
    expect(kernel.hairpins.get(1)).toBe(false)
  })

  test('of ports that are nobody’s now are undone; those of a living daemon stay', () => {
    const { kernel, links } = crashed()
    const nobody = rig({ kernel, links, ports: { swp2: {} }, held: new Set(['swp2']) })
    expect(kernel.passing('swp1', TABLE)).toEqual([])
    expect(kernel.hairpins.get(1)).toBe(false)
    nobody.plane.stop()

    const again = crashed()
    rig({ ...again, ports: { swp2: {} }, held: new Set(['swp1', 'swp2']) })
    expect([...again.kernel.tables.keys()]).toEqual([TABLE, `${TABLE}_2`])
    expect(again.kernel.passing('swp1', TABLE)).toContain(`${M1} untagged`)
  })

  test('that nobody can tell whose they are stay', () => {
    const { kernel, links } = crashed()
    rig({ kernel, links, ports: { swp2: {} }, held: undefined })
    expect(kernel.passing('swp1', TABLE)).toContain(`${M1} untagged`)
  })

  test('of a port that is taken in later: it is found as it was, whatever the last news of its link', () => {
    const { kernel, links } = crashed()
    const { plane } = rig({ kernel, links, ports: { swp2: {} }, held: new Set(['swp2']) })
    plane.addPort({ name: 'swp1', traffic: DEFAULT_TRAFFIC })
    expect(plane.inspect().ports[1]).toMatchObject({ name: 'swp1', found: { hairpin: false } })
    plane.setRelay('swp1', true)
    plane.stop()
    expect(kernel.hairpins.get(1)).toBe(false)
  })

  test('tell once how a port was: what somebody switches later is his', () => {
    const { kernel, links } = crashed()
    const { plane } = rig({ kernel, links })
    plane.removePort('swp1')
    kernel.hairpins.set(1, true)
    plane.addPort({ name: 'swp1', traffic: DEFAULT_TRAFFIC })
    expect(plane.inspect().ports[0]?.found).toEqual({ hairpin: true })
  })

  test('an interface that is another one since is left as it is', () => {
    const { kernel, links } = crashed()
    links.put({ name: 'swp1', index: 5, ...bridgePort(true) })
    const { plane } = rig({ kernel, links })
    plane.stop()
    expect(kernel.hairpins.has(5)).toBe(false)
  })
})

describe('what others change', () => {
  test('is set right soon, and said', () => {
    const { plane, kernel, clock, said, passing } = rig()
    setVsi(plane, 'swp1', 'a', vsi(macVid(M1!, 1)))
    const before = passing()
    kernel.tamper(TABLE, ({ elements }) => {
      const [id] = [...elements.keys()].filter((key) => key.startsWith('untagged '))
      elements.delete(id!)
      elements.set('x', { set: 'tagged', element: { key: { port: 'swp1', mac: M2!, vid: 9 } } })
      elements.set('tagged swp1 52:54:00:00:00:02 9', elements.get('x')!)
      elements.delete('x')
    })
    expect(plane.inspect()).toMatchObject({
      table: { name: TABLE, state: 'in-order' },
      ports: [{ inOrder: false, elements: { missing: [`${M1} untagged`], surplus: [`${M2} in VLAN 9`] } }],
    })
    expect(passing()).not.toEqual(before)
    clock.advance(20)
    expect(passing()).toEqual(before)
    expect(plane.inspect().ports[0]).toMatchObject({ inOrder: true, elements: { missing: [], surplus: [] } })
    expect(said.at(-1)).toBe(
      `somebody has changed the table: missing: swp1 ${M1} untagged; not ours: swp1 ${M2} in VLAN 9: set right`,
    )
  })

  test.each(['the table is gone', 'a rule is gone'])('%s: made anew', (what) => {
    const { plane, kernel, clock, passing } = rig()
    setVsi(plane, 'swp1', 'a', vsi(macVid(M1!, 1)))
    const before = passing()
    kernel.tamper(TABLE, (table) => {
      if (what === 'a rule is gone') table.rules = 'others'
      else kernel.tables.delete(TABLE)
    })
    expect(plane.inspect().table?.state).toBe(what === 'a rule is gone' ? 'altered' : 'absent')
    clock.advance(20)
    expect(plane.inspect().table?.state).toBe('in-order')
    expect(passing()).toEqual(before)
  })

  test('a VSI that comes while the table is gone finds it made anew', () => {
    const { plane, kernel, passing } = rig()
    kernel.tables.delete(TABLE)
    setVsi(plane, 'swp1', 'a', vsi(macVid(M1!, 30)))
    expect(passing()).toEqual([`${M1} in VLAN 30`, 'groups in VLAN 30'])
    expect(plane.inspect().ports[0]?.inOrder).toBe(true)
  })

  test('over and over is set right once a second', () => {
    const { kernel, clock } = rig()
    const repairs = () => kernel.calls.filter((call) => call.startsWith('make')).length
    for (let count = 0; count < 30; count++) {
      kernel.tables.delete(TABLE)
      kernel.tell(null)
      clock.advance(100)
    }
    expect(repairs()).toBe(1 + 3)
  })

  test('what cannot be set right is tried again', () => {
    const { plane, kernel, clock, said } = rig()
    kernel.tables.delete(TABLE)
    kernel.failures.push('no memory')
    kernel.tell(TABLE)
    clock.advance(20)
    expect(said.at(-1)).toContain('cannot be set right, tried again: change a table in memory: no memory')
    expect(plane.inspect().table?.state).toBe('absent')
    clock.advance(1000)
    expect(plane.inspect().table?.state).toBe('in-order')
  })

  test('other tables, or nothing, cost nothing', () => {
    const { kernel, clock } = rig()
    kernel.tell('docker')
    kernel.tell(TABLE)
    clock.advance(5000)
    expect(kernel.calls).toHaveLength(1)
  })
})

describe('a kernel that refuses', () => {
  test('a VSI leaves everything as it was', () => {
    const { plane, kernel, passing } = rig()
    setVsi(plane, 'swp1', 'a', { ...vsi(macVid(M1!, 30)), limit: { rate: 1, burst: 1 } })
    const before = passing()
    kernel.failures.push('no memory', 'no memory')
    expect(() => setVsi(plane, 'swp1', 'a', vsi(macVid(M2!, 31)))).toThrow('no memory')
    expect(passing()).toEqual(before)
    expect(plane.inspect().ports[0]).toMatchObject({ inOrder: true, vsis: 1 })
    setVsi(plane, 'swp1', 'a', null)
    expect(passing()).toEqual([])
  })

  test('several VSIs of one moment are one transaction', () => {
    const { plane, kernel, passing } = rig()
    setVsi(plane, 'swp1', 'gone', vsi(macVid(M1!, 30)))
    const wanted = new Map<string, VsiTraffic | null>([
      ['gone', null],
      ['a', vsi(macVid(M1!, 31))],
      ['b', { ...vsi(macVid(M2!, 31)), limit: { rate: 1, burst: 1 } }],
    ])
    kernel.calls.length = 0
    expect(plane.setVsis('swp1', wanted)).toEqual(new Map())
    expect(kernel.calls).toEqual([`change ${TABLE} +4 -2`])
    expect(passing()).toEqual([
      `${M1} in VLAN 31`,
      `${M2} in VLAN 31`,
      `groups in VLAN 31`,
      `rate limit of ${M2}`,
    ])
    expect(plane.inspect().ports[0]).toMatchObject({ inOrder: true, vsis: 2 })
  })

  test('among several VSIs only the one the kernel refuses goes without', () => {
    const { plane, kernel, passing } = rig()
    const wanted = new Map<string, VsiTraffic | null>([
      ['a', vsi(macVid(M1!, 30))],
      ['b', vsi(macVid(M2!, 31))],
    ])
    kernel.failures.push('together', 'no memory', 'nor anew')
    const refused = plane.setVsis('swp1', wanted)
    expect([...refused]).toEqual([
      ['a', expect.objectContaining({ message: expect.stringContaining('nor anew') })],
    ])
    expect(passing()).toEqual([`${M2} in VLAN 31`, 'groups in VLAN 31'])
    expect(plane.inspect().ports[0]).toMatchObject({ inOrder: true, vsis: 1 })
  })

  const unsupported = () => {
    throw new OperationalError('unsupported-by-kernel', 'no nf_tables', { operation: 'open a socket' })
  }

  test('to enforce keeps a daemon from starting, with a way out', () => {
    expect(() => rig({ openKernel: unsupported })).toThrowError(
      expect.objectContaining({ code: 'unsupported-by-kernel', hint: 'run without: --no-enforce' }),
    )
  })

  test('a daemon that does not enforce goes on', () => {
    const { plane, kernel, said } = rig({ openKernel: unsupported, ports: { swp1: { enforce: false } } })
    expect(said[0]).toContain('reserved group addresses are relayed')
    expect(plane.inspect()).toMatchObject({ table: null, ports: [{ enforced: false, inOrder: true }] })
    for (let tries = 0; tries < 2; tries++)
      expect(() => plane.addPort({ name: 'swp2', traffic: DEFAULT_TRAFFIC }), 'to be filtered').toThrowError(
        expect.objectContaining({ code: 'unsupported-by-kernel', hint: 'run without: --no-enforce' }),
      )
    expect(plane.inspect().ports.map(({ name }) => name)).toEqual(['swp1'])
    plane.setRelay('swp1', true)
    expect(kernel.hairpins.get(1)).toBe(true)
    plane.stop()
    expect(kernel.hairpins.get(1)).toBe(false)
  })
})

test('what is no interface is in no rule, and hinders nobody', () => {
  const name = 'etherip:192.0.2.17'
  const { plane, kernel } = rig({ ports: { swp1: {}, [name]: { allowStation: true } } })
  plane.setStation(name, M1!)
  setVsi(plane, name, 'a', vsi(macVid(M1!, 1)))
  plane.addPort({ name: `${name}8`, traffic: DEFAULT_TRAFFIC })
  expect([...kernel.markedTables()[0]!.ports.keys()]).toEqual(['swp1'])
  expect(plane.inspect().ports.map(({ enforced, inOrder }) => [enforced, inOrder])).toEqual([
    [true, true],
    [false, true],
    [false, true],
  ])
  plane.removePort(name)
})

test('ports come and go while it runs', () => {
  const { plane, kernel, passing } = rig()
  plane.addPort({ name: 'swp2', traffic: DEFAULT_TRAFFIC })
  setVsi(plane, 'swp2', 'a', vsi(macVid(M1!, 30)))
  plane.setRelay('swp2', true)
  expect(passing('swp2')).toEqual([`${M1} in VLAN 30`, 'groups in VLAN 30'])
  plane.removePort('swp2')
  expect(passing('swp2')).toEqual([])
  expect(kernel.hairpins.get(2)).toBe(false)
  expect(kernel.markedTables()[0]?.ports).toEqual(new Map([['swp1', 'hairpin off, index 1']]))
})
