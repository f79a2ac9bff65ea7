/**
 * A station daemon and a bridge daemon, complete but for the kernel: composed as the real ones are, on a link in
 * memory and virtual time, each with its control server on a unix socket. Their interfaces are said to be there.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pino } from 'pino'
import type { MacAddress } from '../../protocol/wire/mac-address.ts'
import { ControlClient } from '../../src/control/client.ts'
import type { DaemonSettings } from '../../src/control/schema/daemon-settings.ts'
import { type ControlServer, serveControl } from '../../src/control/server.ts'
import { composeDaemon, type Daemon, type Ground } from '../../src/daemon/compose.ts'
import { planPorts } from '../../src/daemon/settings.ts'
import { openSwitchTypes } from '../../src/daemon/switch-types.ts'
import { LinuxBridgePlane } from '../../src/data-plane/linux-bridge.ts'
import type { FramePort } from '../../src/io/frame-port.ts'
import { MemoryLink as Link, type MemoryLink } from '../../src/io/memory-port.ts'
import type { Link as Interface, LinkObserver, LinkSource, LinkWatcher } from '../../src/netlink/link.ts'
import { VirtualClock } from '../../src/runtime/virtual-clock.ts'
import type { OpenedTypes } from '../../src/vsi-types/open-types.ts'
import { MemoryKernel } from './switch-kernel.ts'

/** Interfaces that are what a test says they are. */
export class ToldLinks implements LinkSource {
  readonly #links = new Map<string, Interface>()
  readonly #watchers = new Map<string, Set<LinkWatcher>>()
  readonly #observers = new Set<LinkObserver>()

  /** Adds or changes one. */
  put(link: Partial<Interface> & { readonly name: string; readonly index: number }): void {
    const mac = `52:54:00:00:00:${link.index.toString(16).padStart(2, '0')}` as MacAddress
    const base = { mac, ethernet: true, adminUp: true, up: true, mtu: 1500, lowerElsewhere: false }
    const whole = { ...base, ...this.#links.get(link.name), ...link }
    this.#links.set(link.name, whole)
    for (const watcher of this.#watchers.get(link.name) ?? []) watcher(whole)
    for (const observer of this.#observers) observer(whole.index, whole)
  }

  remove(name: string): void {
    const { index } = this.#links.get(name)!
    this.#links.delete(name)
    for (const watcher of this.#watchers.get(name) ?? []) watcher(null)
    for (const observer of this.#observers) observer(index, null)
  }

  observe(observer: LinkObserver): () => void {
    this.#observers.add(observer)
    return () => this.#observers.delete(observer)
  }

  find(name: string): Interface | undefined {
    return this.#links.get(name)
  }

  byIndex(index: number): Interface | undefined {
    return this.list().find((link) => link.index === index)
  }

  list(): readonly Interface[] {
    return [...this.#links.values()]
  }

  watch(name: string, watcher: LinkWatcher): () => void {
    const watchers = this.#watchers.get(name) ?? new Set()
    this.#watchers.set(name, watchers.add(watcher))
    watcher(this.find(name) ?? null)
    return () => watchers.delete(watcher)
  }
}

export interface Side {
  readonly daemon: Daemon
  readonly client: ControlClient
  readonly path: string
  readonly links: ToldLinks
}

export interface Pair {
  readonly station: Side
  readonly bridge: Side
  readonly clock: VirtualClock
  readonly link: MemoryLink
  /** Lets virtual time run while something waits for a daemon's answer. */
  readonly during: <T>(waiting: Promise<T>) => Promise<T>
  readonly close: () => Promise<void>
}

const BRIDGE = { index: 9, name: 'br0', kind: 'bridge' }
const PORT_OF_BRIDGE = {
  master: 9,
  masterKind: 'bridge',
  bridgePort: { state: 'forwarding', hairpin: false },
} as const

/** Both are started, on `sta0` and `swp0`, and have talked for three seconds. `wire` may get between each and the link. */
export async function startPair(
  settings: { station?: DaemonSettings; bridge?: DaemonSettings } = {},
  wire: (port: FramePort) => FramePort = (port) => port,
): Promise<Pair> {
  const directory = mkdtempSync(join(tmpdir(), 'qbg-'))
  const clock = new VirtualClock()
  const link = new Link({ clock, names: ['sta0', 'swp0'] })
  const servers: ControlServer[] = []
  const opened: OpenedTypes[] = []
  const side = async (role: 'station' | 'bridge'): Promise<Side> => {
    const links = new ToldLinks()
    const name = role === 'station' ? 'sta0' : 'swp0'
    links.put({ name, index: role === 'station' ? 1 : 2, ...(role === 'bridge' && PORT_OF_BRIDGE) })
    if (role === 'bridge') links.put(BRIDGE)
    const path = join(directory, `${role}.sock`)
    const own = settings[role] ?? {}
    const plan = { role, plans: planPorts(role, [name], own), settings: own, control: path }
    const base = ground(links, link, clock, wire)
    const types = role === 'bridge' ? await openSwitchTypes(own.types, base) : undefined
    if (types) opened.push(types)
    const daemon = composeDaemon(plan, { ...base, types })
    servers.push(await serveControl(daemon.agent, path))
    daemon.start()
    return { daemon, client: new ControlClient(path), path, links }
  }
  const [station, bridge] = [await side('station'), await side('bridge')]
  clock.advance(3000)
  const close = async () => {
    station.daemon.stop()
    bridge.daemon.stop()
    for (const types of opened) types.close()
    await Promise.all(servers.map((server) => server.close()))
    rmSync(directory, { recursive: true })
  }
  return { station, bridge, clock, link, close, during: (waiting) => pump(clock, waiting) }
}

function ground(
  links: ToldLinks,
  link: MemoryLink,
  clock: VirtualClock,
  wire: (port: FramePort) => FramePort,
): Ground {
  return {
    links,
    clock,
    framePort: (name) => wire(link.ends.find((end) => end.name === name)!),
    dataPlane: memoryPlane(links, clock),
    readStp: () => true,
    log: pino({ level: 'silent' }, { write: () => {} }),
  }
}

/** A data plane over a kernel in memory, whose hairpin is seen at the interface. */
export function memoryPlane(links: ToldLinks, clock: VirtualClock): LinuxBridgePlane {
  const kernel = new MemoryKernel((port, hairpin) => {
    links.put({ ...port, bridgePort: { state: 'forwarding', hairpin } })
  })
  const log = pino({ level: 'silent' }, { write: () => {} })
  return new LinuxBridgePlane({
    openKernel: () => kernel,
    bridgePorts: kernel,
    links,
    clock,
    log,
    held: () => undefined,
    pid: 1,
  })
}

async function pump<T>(clock: VirtualClock, waiting: Promise<T>): Promise<T> {
  let over = false
  const done = () => {
    over = true
  }
  waiting.then(done, done)
  while (!over) {
    await new Promise(setImmediate)
    clock.advance(1)
  }
  return waiting
}
