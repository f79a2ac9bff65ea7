/**
 * Ties a port to its network interface: link changes go in, reflective relay goes out as hairpin mode of the
 * bridge port. Without a Linux bridge around it a port cannot turn frames round, and does not offer to.
 */
import type { PortConfig } from '../../protocol/engine/port-config.ts'
import type { Role } from '../../protocol/engine/view.ts'
import { ZERO_MAC } from '../../protocol/wire/mac-address.ts'
import type { PortSurroundings } from '../control/problems.ts'
import type { Link, LinkSource } from '../netlink/link.ts'
import { feedLink } from '../runtime/link-feed.ts'
import type { Log } from '../runtime/log.ts'
import { describeError } from '../runtime/operational-error.ts'
import type { AgentPort } from './agent-port.ts'
import type { Events } from './events.ts'
import { findLeak, type ReadStp } from './frame-leak.ts'

/** Sets hairpin mode of a bridge port; throws OperationalError. */
export type SetHairpin = (port: Link, enabled: boolean) => void

export interface Surroundings {
  readonly links: LinkSource
  readonly setHairpin: SetHairpin
  readonly readStp: ReadStp
  readonly events: Events
  readonly log: Log
}

/** What of the wished settings the interface can do now. */
export function possibleConfig(role: Role, wished: PortConfig, link: Link | null | undefined): PortConfig {
  const reflectiveRelay = wished.evb.reflectiveRelay && (role === 'station' || canHairpin(link))
  const lldp = { ...wished.lldp, interfaceIndex: link?.index ?? 0 }
  return { ...wished, lldp, evb: { ...wished.evb, reflectiveRelay } }
}

function canHairpin(link: Link | null | undefined): boolean {
  return link?.bridgePort !== undefined
}

/** What was told last. */
interface Told {
  readonly up: boolean
  readonly mac: string | null
  readonly hairpin: boolean
}

export class PortInterface {
  readonly #port: AgentPort
  readonly #around: Surroundings
  readonly #wished: PortConfig
  #link: Link | null = null
  #told: Told = { up: false, mac: null, hairpin: false }
  /** We switched hairpin on and have to switch it off when we leave. */
  #ours = false
  #warned: string | undefined
  #unwatch: (() => void) | undefined
  #unfeed: (() => void) | undefined

  /** `wished`: the port's settings before the interface had its say. */
  constructor(port: AgentPort, wished: PortConfig, around: Surroundings) {
    this.#port = port
    this.#wished = wished
    this.#around = around
    port.surroundings = () => this.#describe()
    port.driver.on('relay.set', ({ enabled }) => this.#setRelay(enabled))
  }

  /** What the interface can do is told before that it is up: the first LLDPDU says what is so. */
  start(): void {
    const { links } = this.#around
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
    if (!this.#ours || this.#link === null || !canHairpin(this.#link)) return
    try {
      this.#around.setHairpin(this.#link, false)
    } catch (error) {
      this.#around.log.warn({ port: this.#port.name }, `hairpin stays on: ${describeError(error)}`)
    }
  }

  #changed(link: Link | null): void {
    const before = this.#link
    this.#link = link
    if (link?.index !== before?.index) this.#ours = false
    this.#tellConfig(link)
    this.#tellLink(link)
    this.#tellHairpin(link)
    this.#warnOfLeak()
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
    const possible = possibleConfig(this.#port.driver.role, this.#wished, link)
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
    this.#port.driver.submit({ type: 'relay.applied', enabled: hairpin })
  }

  #setRelay(enabled: boolean): void {
    const { name: port, driver } = this.#port
    const before = this.#link?.bridgePort?.hairpin ?? false
    const applied = this.#tryHairpin(enabled)
    this.#around.events.emit({ type: 'hairpin', port, enabled, applied })
    if (applied) {
      this.#ours = enabled && (this.#ours || !before)
      this.#told = { ...this.#told, hairpin: enabled }
      this.#around.log.info({ port }, `hairpin ${enabled ? 'on' : 'off'}`)
    }
    driver.submit({ type: 'relay.applied', enabled: applied ? enabled : before })
  }

  /** Without a bridge around the port hairpin is off, whatever happens. */
  #tryHairpin(enabled: boolean): boolean {
    const { log, setHairpin } = this.#around
    const port = this.#port.name
    if (this.#link === null || !canHairpin(this.#link)) {
      if (enabled) log.warn({ port }, 'reflective relay needs a port of a Linux bridge, and this is none')
      return !enabled
    }
    try {
      setHairpin(this.#link, enabled)
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
      master: this.#master()?.name ?? null,
      relayApplied: bridge ? (this.#link?.bridgePort?.hairpin ?? null) : null,
      problems: leak ? [leak] : [],
    }
  }

  #findLeak() {
    const master = this.#master()
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
