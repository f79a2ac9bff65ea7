import { expect } from 'vitest'
import { readHairpin, setHairpin } from '../../src/netlink/bridge-port.ts'
import { LinkMonitor } from '../../src/netlink/link-monitor.ts'
import { OperationalError } from '../../src/runtime/operational-error.ts'
import { Collected } from '../support/deadline.ts'
import { ip, removeLinks, run, veth } from '../support/namespaces.ts'
import { untilLink, withPackets } from '../support/packet-rig.ts'
import { requires } from '../support/requirements.ts'

const it = requires('namespaces')
const itWithBridge = requires('namespaces', 'bridge')
const itWithMacvlan = requires('namespaces', 'macvlan')

it('knows an interface with its address, state, kind and other end', () =>
  withPackets(({ links }) => {
    veth('a0', 'b0')
    ip('link set a0 address 02:00:00:00:00:aa')
    const fresh = new LinkMonitor()
    fresh.open()
    const a = fresh.find('a0')
    const b = fresh.find('b0')
    fresh.close()
    expect(links.find('a0')).toBeUndefined() // not told yet: events come with the loop
    expect(a).toMatchObject({ mac: '02:00:00:00:00:aa', kind: 'veth', ethernet: true, up: true, mtu: 1500 })
    expect(a).toMatchObject({ lower: b?.index, lowerElsewhere: false })
    expect(b?.lower).toBe(a?.index)
    expect(fresh.byIndex(a!.index)).toBe(a)
    expect(fresh.find('lo')).toMatchObject({ ethernet: false })
  }))

it('tells appearing, carrier, address, name and disappearing, in order', () =>
  withPackets(async ({ links }) => {
    const told = new Collected<string>()
    links.watch('a0', (link) => told.add(link === null ? 'none' : `${link.up ? 'up' : 'down'} ${link.mac}`))
    expect(told.items).toEqual(['none'])
    ip('link add a0 address 02:00:00:00:00:01 type veth peer name b0')
    ip('link set b0 up')
    ip('link set a0 up')
    await told.until('up', (items) => items.at(-1) === 'up 02:00:00:00:00:01')
    ip('link set b0 down')
    await told.until('carrier loss', (items) => items.at(-1) === 'down 02:00:00:00:00:01')
    ip('link set b0 up')
    await told.until('carrier', (items) => items.at(-1) === 'up 02:00:00:00:00:01')
    ip('link set a0 address 02:00:00:00:00:02')
    await told.until('the new address', (items) => items.at(-1) === 'up 02:00:00:00:00:02')
    ip('link set a0 down')
    ip('link set a0 name c0')
    await told.until('the old name to go', (items) => items.at(-1) === 'none')
    expect(links.find('c0')?.mac).toBe('02:00:00:00:00:02')
    ip('link set c0 name a0')
    await told.until('the name back', (items) => items.at(-1) === 'down 02:00:00:00:00:02')
    ip('link del a0')
    await told.until('the end', (items) => items.at(-1) === 'none')
  }))

itWithMacvlan('knows what a macvlan is on', () =>
  withPackets(async ({ links }) => {
    veth('a0', 'b0')
    ip('link add link a0 name m0 type macvlan mode vepa')
    await untilLink(links, 'm0', 'the macvlan', (link) => link !== undefined)
    expect(links.find('m0')).toMatchObject({ kind: 'macvlan', lower: links.find('a0')?.index })
  }),
)

itWithBridge('tells joining a bridge, the hairpin flag set by anybody, and leaving', () =>
  withPackets(async ({ links }) => {
    veth('a0', 'b0')
    ip('link add br0 type bridge')
    ip('link set br0 up')
    ip('link set a0 master br0')
    await untilLink(links, 'a0', 'a forwarding port', (link) => link?.bridgePort?.state === 'forwarding')
    expect(links.find('a0')).toMatchObject({ masterKind: 'bridge', master: links.find('br0')?.index })
    expect(links.find('a0')?.bridgePort?.hairpin).toBe(false)
    ip('link set a0 type bridge_slave hairpin on')
    await untilLink(links, 'a0', 'hairpin', (link) => link?.bridgePort?.hairpin === true)
    setHairpin(links.find('a0')!, false)
    await untilLink(links, 'a0', 'no hairpin', (link) => link?.bridgePort?.hairpin === false)
    ip('link set a0 nomaster')
    await untilLink(links, 'a0', 'leaving', (link) => link?.master === undefined)
    expect(links.find('a0')?.bridgePort).toBeUndefined()
    ip('link del br0')
    await untilLink(links, 'br0', 'the bridge gone', (link) => link === undefined)
    expect(links.find('a0')).toBeDefined()
  }),
)

itWithBridge('sets the hairpin flag of a bridge port, as other tools see it', () => {
  veth('a0', 'b0')
  ip('link add br0 type bridge')
  ip('link set a0 master br0')
  const port = portNamed('a0')
  for (const enabled of [true, false, true]) {
    setHairpin(port, enabled)
    expect(readHairpin(port)).toBe(enabled)
    expect(ip('-d link show a0')).toContain(`hairpin ${enabled ? 'on' : 'off'}`)
  }
  removeLinks('a0', 'br0')
  expect(codeOf(() => setHairpin(port, true))).toBe('no-such-interface')
})

it('refuses the hairpin flag of what is not a bridge port, with a hint', () => {
  veth('a0', 'b0')
  const port = portNamed('a0')
  try {
    expect(codeOf(() => setHairpin(port, true))).toBe('not-a-bridge-port')
    expect(codeOf(() => readHairpin(port))).toBe('not-a-bridge-port')
  } finally {
    removeLinks('a0')
  }
})

it(
  'knows everything again after the kernel dropped events',
  () =>
    withPackets(async ({ links }) => {
      veth('a0', 'b0')
      await untilLink(links, 'a0', 'the interface', (link) => link?.up === true)
      // Nothing is read while this process waits for ip: more events than fit in the socket.
      const flips = `for i in $(seq 6000); do echo link set a0 mtu 1400; echo link set a0 mtu 1401; done`
      run('sh', '-c', `(${flips}; echo link set b0 down) > /run/batch; ip -batch /run/batch`)
      await untilLink(links, 'a0', 'the last state', (link) => link?.up === false && link.mtu === 1401)
      expect(links.resyncs).toBeGreaterThan(0)
      ip('link set b0 up')
      await untilLink(links, 'a0', 'a later event', (link) => link?.up === true)
    }),
  60_000,
)

/** The last of this file: taking so many interfaces away is left to the end of the namespace. */
it('follows a thousand interfaces, and reads them within a second', async () => {
  const links = new LinkMonitor()
  links.open()
  run('sh', '-c', 'for i in $(seq 500); do echo link add x$i type veth peer name y$i; done | ip -batch -')
  await untilLink(links, 'y500', 'the last', (link) => link !== undefined)
  expect(links.list().filter(({ kind }) => kind === 'veth')).toHaveLength(1000)
  const start = performance.now()
  const fresh = new LinkMonitor()
  fresh.open()
  const duration = performance.now() - start
  expect(names(fresh)).toEqual(names(links))
  fresh.close()
  links.close()
  expect(duration).toBeLessThan(1000)
}, 60_000)

const names = (links: LinkMonitor) => links.list().map(({ index, name }) => `${index} ${name}`)

function portNamed(name: string) {
  const links = new LinkMonitor()
  links.open()
  const link = links.find(name)!
  links.close()
  return link
}

function codeOf(attempt: () => void): string | undefined {
  try {
    attempt()
  } catch (error) {
    if (error instanceof OperationalError) return error.code
    throw error
  }
  return undefined
}
