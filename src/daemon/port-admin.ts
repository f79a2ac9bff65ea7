/**
 * What an operator does with ports while the daemon runs: adds and removes them, by name or by a pattern that takes in
 * interfaces as they come, and disables and enables them.
 */
import { describePort } from '../../protocol/engine/step.ts'
import type { Role } from '../../protocol/engine/view.ts'
import { ControlError } from '../control/control-error.ts'
import { isPattern, matchesPattern } from '../control/name-pattern.ts'
import type { DaemonSettings } from '../control/schema/daemon-settings.ts'
import type { PortListAnswer, PortRow } from '../control/schema/port-list.ts'
import type { Link, LinkSource } from '../netlink/link.ts'
import { canBePort } from '../netlink/link-errors.ts'
import type { Clock } from '../runtime/clock.ts'
import type { Log } from '../runtime/log.ts'
import { describeError } from '../runtime/operational-error.ts'
import type { AgentPort } from './agent-port.ts'
import type { Events } from './events.ts'
import type { PortSet } from './port-set.ts'
import { planPort, startAnywhere } from './settings.ts'

/** A port that a pattern took in goes when its interface has been away for so long. Milliseconds. */
const GRACE = 5000
/** Ports that patterns may take in. */
const MAX_PORTS = 1024

/** Makes sure of an interface for a daemon of its own; resolves with what gives it back. */
export type Claim = (name: string) => Promise<() => void>

export interface PortAdminOptions {
  readonly role: Role
  readonly settings: DaemonSettings
  readonly patterns: readonly string[]
  readonly set: PortSet
  readonly links: LinkSource
  readonly claim: Claim
  readonly events: Events
  readonly clock: Clock
  readonly log: Log
}

export class PortAdmin {
  readonly #options: PortAdminOptions
  readonly #patterns: Set<string>
  /** Ports that a pattern took in, and by which. */
  readonly #taken = new Map<string, string>()
  /** Removed by hand: not taken in again. */
  readonly #left = new Set<string>()
  /** Could not be had; tried again when they have been away. */
  readonly #unusable = new Set<string>()
  /** Being claimed. */
  readonly #coming = new Set<string>()
  readonly #waiting = new Map<string, () => void>()
  #unobserve: (() => void) | undefined

  constructor(options: PortAdminOptions) {
    this.#options = options
    this.#patterns = new Set(options.patterns)
  }

  /** From now on interfaces that fit a pattern are taken in. Resolves when those that are there have been. */
  async start(): Promise<void> {
    const { links } = this.#options
    this.#unobserve = links.observe((_, link) => this.#linkChanged(link))
    await this.#takeAll()
  }

  stop(): void {
    this.#unobserve?.()
    for (const takeBack of this.#waiting.values()) takeBack()
    this.#waiting.clear()
  }

  list(): PortListAnswer {
    const ports = this.#options.set.list.map((port) => this.#row(port))
    return { schema: 'qbg/v1/port-list', patterns: [...this.#patterns], ports }
  }

  /** A name, or a pattern. Rejects with OperationalError or ControlError. */
  async add(name: string): Promise<PortListAnswer> {
    const { set, log } = this.#options
    if (isPattern(name)) {
      this.#patterns.add(name)
      log.info({ pattern: name }, 'interfaces of this pattern are taken in')
      await this.#takeAll()
      return this.list()
    }
    this.#left.delete(name)
    if (set.find(name) !== undefined || this.#coming.has(name)) {
      throw new ControlError('port-exists', `${name} is a port of this daemon already`)
    }
    await this.#open(name)
    return this.list()
  }

  /** The port leaves in order. A pattern ends; its ports stay. */
  remove(name: string): PortListAnswer {
    const { set, log } = this.#options
    if (isPattern(name)) {
      if (!this.#patterns.delete(name)) throw unknownPort(name, [...this.#patterns])
      log.info({ pattern: name }, 'interfaces of this pattern are no longer taken in')
      return this.list()
    }
    if (set.find(name) === undefined) throw unknownPort(name, this.#names())
    this.#left.add(name)
    this.#close(name, 'removed by command')
    return this.list()
  }

  setEnabled(name: string, enabled: boolean): PortListAnswer {
    const { set, events, log } = this.#options
    const port = set.find(name)
    if (port === undefined) throw unknownPort(name, this.#names())
    if (port.enabled !== enabled) {
      set.setEnabled(name, enabled)
      const change = enabled ? 'enabled' : 'disabled'
      log.warn({ port: name }, `port ${change} by command`)
      events.emit({ type: 'port', port: name, change })
    }
    return this.list()
  }

  #names(): string[] {
    return this.#options.set.list.map(({ name }) => name)
  }

  #row(port: AgentPort): PortRow {
    const { link, peer, relay, vdp } = describePort(port.driver.state)
    const { none: _, ...held } = vdp.vsis
    return {
      name: port.name,
      enabled: port.enabled,
      link: link.up,
      neighbor: peer === null ? null : (peer.systemName ?? peer.mac),
      relay: relay.active,
      vsis: Object.values(held).reduce((sum, count) => sum + count, 0),
      pattern: this.#taken.get(port.name) ?? null,
    }
  }

  async #open(name: string): Promise<void> {
    const { role, settings, set, claim, events, log } = this.#options
    this.#coming.add(name)
    try {
      const plan = startAnywhere(planPort(role, name, settings))
      const release = await claim(name)
      set.add(plan, release)
    } finally {
      this.#coming.delete(name)
    }
    log.info({ port: name }, 'port added')
    events.emit({ type: 'port', port: name, change: 'added' })
  }

  #close(name: string, why: string): void {
    const { role, set, events, log } = this.#options
    this.#taken.delete(name)
    set.remove(name, (port) => role === 'station' && port.holdsVsis)
    log.info({ port: name }, `port ${why}`)
    events.emit({ type: 'port', port: name, change: 'removed' })
  }

  #linkChanged(link: Link | null): void {
    if (link !== null) void this.#take(link)
    for (const name of this.#taken.keys()) this.#watchGone(name)
    for (const name of this.#unusable) if (!this.#options.links.find(name)) this.#unusable.delete(name)
  }

  /** One after the other: the order of ports is that of their interfaces. */
  async #takeAll(): Promise<void> {
    for (const link of this.#options.links.list()) await this.#take(link)
  }

  /** Takes an interface in when a pattern says so. What cannot be had is told once, and left alone. */
  async #take(link: Link): Promise<void> {
    const { log } = this.#options
    const { name } = link
    const pattern = [...this.#patterns].find((one) => matchesPattern(one, name))
    if (pattern === undefined || !canBePort(link) || !this.#isFree(name)) return
    if (this.#taken.size + this.#coming.size >= MAX_PORTS) {
      this.#unusable.add(name)
      return log.warn({ port: name }, `not taken in: there are ${MAX_PORTS} ports already`)
    }
    try {
      await this.#open(name)
      this.#taken.set(name, pattern)
    } catch (error) {
      this.#unusable.add(name)
      log.warn({ port: name, pattern }, `not taken in: ${describeError(error)}`)
    }
  }

  #isFree(name: string): boolean {
    const avoided = this.#left.has(name) || this.#unusable.has(name)
    return !avoided && !this.#coming.has(name) && this.#options.set.find(name) === undefined
  }

  #watchGone(name: string): void {
    const { links, clock } = this.#options
    if (links.find(name) !== undefined) {
      this.#waiting.get(name)?.()
      this.#waiting.delete(name)
    } else if (!this.#waiting.has(name)) {
      const takeBack = clock.wakeAt(clock.now() + GRACE, () => {
        this.#waiting.delete(name)
        this.#close(name, 'removed: its interface is gone')
      })
      this.#waiting.set(name, takeBack)
    }
  }
}

function unknownPort(name: string, names: readonly string[]): ControlError {
  const hint = names.length === 0 ? 'it has none' : `there are ${names.join(', ')}`
  return new ControlError('unknown-port', `this daemon has no port ${name}`, { hint })
}
