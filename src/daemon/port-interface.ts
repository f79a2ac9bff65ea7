/**
 * Ties a port to its network interface: link changes go in, reflective relay goes out to the data plane. Where that
 * cannot turn frames round, a port does not offer to.
 */
import type { PortConfig } from '../../protocol/engine/port-config.ts'
import type { Role } from '../../protocol/engine/view.ts'
import { ZERO_MAC } from '../../protocol/wire/mac-address.ts'
import type { InterfaceState, PortSurroundings } from '../control/problems.ts'
import type { DataPlane, TrafficOptions } from '../data-plane/data-plane.ts'
import type { Link, LinkSource } from '../netlink/link.ts'
import { feedLink } from '../runtime/link-feed.ts'
import type { Log } from '../runtime/log.ts'
import { describeError } from '../runtime/operational-error.ts'
import type { AgentPort } from './agent-port.ts'
import type { Events } from './events.ts'
import { findLeak, type ReadStp } from './frame-leak.ts'

export interface Surroundings {
  readonly links: LinkSource
  readonly dataPlane: DataPlane
  readonly readStp: ReadStp
  readonly events: Events
  readonly log: Log
}

/** What of the wished settings the interface can do now. */
export function possibleConfig(
  role: Role,
  wished: PortConfig,
  link: Link | null | undefined,
  dataPlane: DataPlane,
): PortConfig {
  const reflectiveRelay = wished.evb.reflectiveRelay && (role === 'station' || dataPlane.canRelay(link))
  const lldp = { ...wished.lldp, interfaceIndex: link?.index ?? 0 }
  return { ...wished, lldp, evb: { ...wished.evb, reflectiveRelay } }
}

/** What was told last. */
interface Told {
  readonly up: boolean
  readonly mac: string | null
  readonly hairpin: boolean
}

export interface PortWishes {
  /** The port's settings before the interface had its say. */
  readonly wished: PortConfig
  /** Of a bridge. */
  readonly traffic: TrafficOptions
}

export class PortInterface {
  readonly #port: AgentPort
  readonly #around: Surroundings
  readonly #wished: PortConfig
  readonly #traffic: TrafficOptions
  #link: Link | null = null
  #told: Told = { up: false, mac: null, hairpin: false }
  #warned: string | undefined
  #unwatch: (() => void) | undefined
  #unfeed: (() => void) | undefined

  constructor(port: AgentPort, { wished, traffic }: PortWishes, around: Surroundings) {
    this.#port = port
    this.#wished = wished
    this.#traffic = traffic
    this.#around = around
    port.surroundings = () => this.#describe()
    port.driver.on('relay.set', ({ enabled }) => this.#setRelay(enabled))
  }

  /**
   * What the interface can do is told before that it is up: the first LLDPDU says what is so. Throws OperationalError
   * when the data plane cannot have the port.
   */
  start(): void {
    const { links, dataPlane } = this.#around
    if (this.#port.driver.role === 'bridge')
      dataPlane.addPort({ name: this.#port.name, traffic: this.#traffic })
    this.#unwatch = links.watch(this.#port.name, (link) => this.#changed(link))
    if (this.#port.enabled) this.#unfeed = feedLink(this.#port.driver, links)
  }

  /** A port that is disabled says goodbye; then it neither hears nor says anything, as if its link were down. */
  setEnabled(enabled: boolean): void {
    const port = this.#port
    if (port.enabled === enabled) return
    port.enabled = enabled
    if (this.#unwatch === undefined) return
    this.#tellConfig(this.#link)
    this.#unfeed?.()
    this.#unfeed = undefined
    if (enabled) this.#unfeed = feedLink(port.driver, this.#around.links)
    else port.driver.submit({ type: 'link.changed', up: false, mac: this.#link?.mac ?? ZERO_MAC })
  }

  /** Leaves the bridge port as it was found. */
  stop(): void {
    this.#unwatch?.()
    this.#unfeed?.()
    this.#tellDataPlane((dataPlane) => dataPlane.removePort(this.#port.name))
  }

  #changed(link: Link | null): void {
    this.#link = link
    this.#tellDataPlane((dataPlane) => dataPlane.setLink(this.#port.name, link))
    this.#tellConfig(link)
    this.#tellLink(link)
    this.#tellHairpin(link)
    this.#warnOfLeak()
  }

  #tellDataPlane(tell: (dataPlane: DataPlane) => void): void {
    const { dataPlane, log } = this.#around
    try {
      tell(dataPlane)
    } catch (error) {
      log.error({ port: this.#port.name, err: error }, `the filter of the port: ${describeError(error)}`)
    }
  }

  #tellConfig(link: Link | null): void {
    const { driver, config } = this.#port
    const possible = this.#possible(link)
    const sameStatus = possible.lldp.adminStatus === config.lldp.adminStatus
    const same = sameStatus && possible.evb.reflectiveRelay === config.evb.reflectiveRelay
    if (same && possible.lldp.interfaceIndex === config.lldp.interfaceIndex) return
    this.#port.config = possible
    driver.submit({ type: 'admin.configured', config: possible })
  }

  #possible(link: Link | null): PortConfig {
    const possible = possibleConfig(this.#port.driver.role, this.#wished, link, this.#around.dataPlane)
    if (this.#port.enabled) return possible
    return { ...possible, lldp: { ...possible.lldp, adminStatus: 'disabled' } }
  }

  #tellLink(link: Link | null): void {
    const up = link?.up ?? false
    const mac = link?.mac ?? null
    if (up === this.#told.up && mac === this.#told.mac) return
    this.#told = { ...this.#told, up, mac }
    const port = this.#port.name
    this.#around.log.info({ port, mac }, `link ${up ? 'up' : link === null ? 'gone' : 'down'}`)
    this.#around.events.emit({ type: 'link', port, up, mac })
  }

  /** Somebody else may switch it too. */
  #tellHairpin(link: Link | null): void {
    const hairpin = link?.bridgePort?.hairpin ?? false
    if (this.#port.driver.role !== 'bridge' || hairpin === this.#told.hairpin) return
    this.#told = { ...this.#told, hairpin }
    const port = this.#port.name
    this.#around.log.warn({ port }, `hairpin is ${hairpin ? 'on' : 'off'}, and not by us`)
    this.#port.driver.submit({ type: 'relay.applied', enabled: hairpin })
  }

  #setRelay(enabled: boolean): void {
    const { name: port, driver } = this.#port
    const before = this.#link?.bridgePort?.hairpin ?? false
    const applied = this.#tryHairpin(enabled)
    this.#around.events.emit({ type: 'hairpin', port, enabled, applied })
    if (applied) {
      this.#told = { ...this.#told, hairpin: enabled }
      this.#around.log.info({ port }, `hairpin ${enabled ? 'on' : 'off'}`)
    }
    driver.submit({ type: 'relay.applied', enabled: applied ? enabled : before })
  }

  #tryHairpin(enabled: boolean): boolean {
    const { log, dataPlane } = this.#around
    const port = this.#port.name
    try {
      dataPlane.setRelay(port, enabled)
      return true
    } catch (error) {
      log.warn(
        { port, err: error },
        `cannot switch hairpin ${enabled ? 'on' : 'off'}: ${describeError(error)}`,
      )
      return false
    }
  }

  #master(): Link | undefined {
    return this.#link?.master === undefined ? undefined : this.#around.links.byIndex(this.#link.master)
  }

  #describe(): PortSurroundings {
    const bridge = this.#port.driver.role === 'bridge'
    const leak = this.#findLeak()
    return {
      interface: stateOf(this.#link),
      master: this.#master()?.name ?? null,
      relayApplied: bridge ? (this.#link?.bridgePort?.hairpin ?? null) : null,
      problems: leak ? [leak] : [],
    }
  }

  #findLeak() {
    const master = this.#master()
    if (this.#around.dataPlane.guards) return undefined
    if (this.#link?.bridgePort === undefined || master === undefined) return undefined
    return findLeak(master, this.#around.links.list(), this.#around.readStp)
  }

  #warnOfLeak(): void {
    const leak = this.#findLeak()
    if (leak && this.#warned !== leak.text) {
      this.#around.log.warn({ port: this.#port.name, hint: leak.hint }, leak.text)
    }
    this.#warned = leak?.text
  }
}

function stateOf(link: Link | null): InterfaceState {
  if (link === null) return 'gone'
  if (link.up) return 'up'
  return link.adminUp ? 'no-carrier' : 'down'
}
