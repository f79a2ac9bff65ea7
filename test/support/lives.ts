/**
 * Daemons on a link in memory that end and begin again: a station with its state file and its guests' interfaces, as
 * `run.ts` puts them together, and bridges one after the other. Time is virtual.
 */
import { pino } from 'pino'
import type { VsiReport } from '../../protocol/engine/effect.ts'
import type { VsiCommand } from '../../protocol/engine/input.ts'
import { describePort, listVsis } from '../../protocol/engine/step.ts'
import { formatVsiId } from '../../protocol/vdp/vsi-id.ts'
import type { MacAddress } from '../../protocol/wire/mac-address.ts'
import type { Owner } from '../../src/control/owner.ts'
import type { DaemonSettings } from '../../src/control/schema/daemon-settings.ts'
import { composeDaemon, type Daemon } from '../../src/daemon/compose.ts'
import { type Drained, drain } from '../../src/daemon/drain.ts'
import { GuestLinks } from '../../src/daemon/guest-links.ts'
import { Persistence } from '../../src/daemon/persistence.ts'
import { planPorts } from '../../src/daemon/settings.ts'
import type { FramePort } from '../../src/io/frame-port.ts'
import { MemoryLink } from '../../src/io/memory-port.ts'
import { VirtualClock } from '../../src/runtime/virtual-clock.ts'
import { memoryPlane, ToldLinks } from './daemons.ts'

const MASTER = {
  master: 9,
  masterKind: 'bridge',
  bridgePort: { state: 'forwarding', hairpin: false },
} as const

/** A frame port that a process took with it. */
class MortalPort implements FramePort {
  readonly #port: FramePort
  #dead = false

  constructor(port: FramePort) {
    this.#port = port
  }

  get name() {
    return this.#port.name
  }

  get counters() {
    return this.#port.counters
  }

  open(...listeners: Parameters<FramePort['open']>): void {
    this.#port.open(...listeners)
  }

  send(octets: Uint8Array): void {
    if (!this.#dead) this.#port.send(octets)
  }

  close(): void {
    if (!this.#dead) this.#port.close()
  }

  die(): void {
    this.close()
    this.#dead = true
  }
}

interface Life {
  readonly daemon: Daemon
  readonly port: MortalPort
}

/** One end of the wire. */
abstract class End {
  readonly links = new ToldLinks()
  readonly clock: VirtualClock
  readonly #role: 'station' | 'bridge'
  readonly #end: FramePort
  readonly #settings: DaemonSettings
  /** Each starts with a sequence number of its own, as `run.ts` has it. */
  #lives = 0
  protected life: Life | undefined

  constructor(
    role: 'station' | 'bridge',
    end: FramePort,
    clock: VirtualClock,
    settings: DaemonSettings = {},
  ) {
    this.#role = role
    this.#end = end
    this.#settings = settings
    this.clock = clock
    this.links.put({ name: end.name, index: this.index, ...(role === 'bridge' && MASTER) })
    if (role === 'bridge') this.links.put({ index: 9, name: 'br0', kind: 'bridge' })
  }

  get name(): string {
    return this.#end.name
  }

  get index(): number {
    return this.#role === 'station' ? 1 : 2
  }

  get daemon(): Daemon {
    return this.life!.daemon
  }

  get port() {
    return this.daemon.ports[0]!
  }

  get view() {
    return describePort(this.port.driver.state)
  }

  /** VSIs that are granted, by their keys, sorted. */
  get held(): string[] {
    const all = listVsis(this.port.driver.state).filter(({ state }) => state !== 'none')
    return all.map(({ vsi }) => vsi).sort()
  }

  protected compose(): Daemon {
    const port = new MortalPort(this.#end)
    const settings = this.#settings
    const plans = planPorts(this.#role, [this.name], settings).map((plan) => ({
      ...plan,
      config: { ...plan.config, vdp: { ...plan.config.vdp, lastSequence: 1000 * this.#lives++ } },
    }))
    const daemon = composeDaemon(
      { role: this.#role, plans, settings, control: '/none' },
      {
        links: this.links,
        clock: this.clock,
        framePort: () => port,
        dataPlane: memoryPlane(this.links, this.clock),
        readStp: () => true,
        log: pino({ level: 'silent' }, { write: () => {} }),
      },
    )
    this.life = { daemon, port }
    return daemon
  }

  /** As by SIGKILL: nothing is sent any more. */
  protected die(): void {
    this.life?.port.die()
    this.life = undefined
  }
}

export class Bridge extends End {
  /** What it told of VSIs, in all its lives. */
  readonly reports: VsiReport[] = []
  /** What it made of reflective relay. */
  readonly relay: boolean[] = []

  start(): void {
    const daemon = this.compose()
    this.port.driver.on('vsi.reported', ({ report }) => this.reports.push(report))
    this.port.driver.on('relay.changed', ({ active }) => this.relay.push(active))
    daemon.start()
  }

  kill(): void {
    this.die()
  }

  /** It is another device from now on. */
  become(mac: string): void {
    this.links.put({ name: this.name, index: this.index, mac: mac as MacAddress })
  }
}

export class Station extends End {
  readonly #path: string
  #persistence: Persistence | undefined
  #guests: GuestLinks | undefined
  readonly reports: VsiReport[] = []

  constructor(end: FramePort, clock: VirtualClock, path: string, settings?: DaemonSettings) {
    super('station', end, clock, settings)
    this.#path = path
  }

  async start(): Promise<void> {
    const { portSet: ports } = this.compose()
    const log = pino({ level: 'silent' }, { write: () => {} })
    this.port.driver.on('vsi.reported', ({ report }) => this.reports.push(report))
    this.#guests = new GuestLinks({ ports, links: this.links, clock: this.clock, log })
    const isGone = this.#guests.isGone.bind(this.#guests)
    this.#persistence = new Persistence({ path: this.#path, ports, log, isGone })
    this.#persistence.lock()
    this.daemon.start()
    this.#guests.start(await this.#persistence.restore())
  }

  /** As by SIGTERM; with a limit in seconds it drains. */
  async stop(limit?: number): Promise<Drained | null> {
    this.#guests?.stop()
    await this.#persistence?.stop()
    const draining =
      limit === undefined ? null : this.#whileTimePasses(drain(this.daemon.ports, limit, this.clock))
    const drained = await draining
    this.daemon.stop(drained === null)
    this.die()
    return drained
  }

  /** As by SIGKILL, when what has happened is on the disk. */
  async kill(): Promise<void> {
    this.#guests?.stop()
    await this.#persistence?.stop()
    this.die()
  }

  ask(command: VsiCommand, owner: Owner = 'cli'): void {
    this.port.ask([{ owner, vsi: formatVsiId(command.vsiId), command, answer: () => {} }])
  }

  release(vsi: string, owner: Owner = 'cli'): void {
    this.port.ask([{ owner, vsi, command: null, answer: () => {} }])
  }

  /** VSIs in the state file. */
  get stored(): number {
    return this.#persistence?.toJson().vsis ?? 0
  }

  async #whileTimePasses<T>(waiting: Promise<T>): Promise<T> {
    let over = false
    void waiting.then(() => {
      over = true
    })
    while (!over) {
      await new Promise(setImmediate)
      if (!over) this.clock.advance(10)
    }
    return waiting
  }
}

export interface Wire {
  readonly clock: VirtualClock
  readonly station: Station
  readonly bridge: Bridge
  /** Takes the carrier away, or gives it back. */
  readonly setUp: (up: boolean) => void
}

/** A station and a bridge that have not been started. `path`: of the state file. */
export function layWire(
  path: string,
  settings: { station?: DaemonSettings; bridge?: DaemonSettings } = {},
): Wire {
  const clock = new VirtualClock()
  const link = new MemoryLink({ clock, names: ['sta0', 'swp0'] })
  const station = new Station(link.ends[0], clock, path, settings.station)
  const bridge = new Bridge('bridge', link.ends[1], clock, settings.bridge)
  const setUp = (up: boolean) => {
    link.setUp(up)
    for (const end of [station, bridge]) end.links.put({ name: end.name, index: end.index, up })
  }
  return { clock, station, bridge, setUp }
}
