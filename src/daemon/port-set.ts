/**
 * The ports of a daemon, which come and go while it runs. `list` is changed in place: who holds it sees the ports of
 * the moment. Who has to do something for each of them, also for those to come, follows the set.
 */
import type { DecisionFaults } from '../faults/decision-faults.ts'
import type { AgentPort } from './agent-port.ts'
import type { PortInterface } from './port-interface.ts'
import type { PortPlan } from './settings.ts'

/** What a port is made of. */
export interface PortParts {
  readonly port: AgentPort
  readonly attachment: PortInterface
  readonly decisions: DecisionFaults
}

export interface PortFollower {
  /** Called for every port there is, and for those to come when they have been opened. */
  readonly added?: (port: AgentPort) => void
  /** Called before the port leaves on its own; not when the whole daemon does. */
  readonly removed?: (port: AgentPort) => void
}

/** The ports as others need them. */
export interface PortSource {
  readonly list: readonly AgentPort[]
  follow(follower: PortFollower): () => void
}

interface Member extends PortParts {
  /** Gives back what was claimed for the port. */
  readonly release: () => void
}

export class PortSet implements PortSource {
  readonly #make: (plan: PortPlan) => PortParts
  readonly #list: AgentPort[] = []
  readonly #members = new Map<string, Member>()
  readonly #followers = new Set<PortFollower>()
  #running = false
  #count = 0

  constructor(make: (plan: PortPlan) => PortParts) {
    this.#make = make
  }

  get list(): readonly AgentPort[] {
    return this.#list
  }

  find(name: string): AgentPort | undefined {
    return this.#members.get(name)?.port
  }

  /**
   * Makes the port, and opens it when the set runs. `release` is called when it has left. Throws OperationalError when
   * it cannot be opened; then it is not in the set, and has been released.
   */
  add(plan: PortPlan, release: () => void = () => {}): AgentPort {
    if (this.#members.has(plan.name)) throw new RangeError(`port ${plan.name} is there already`)
    const member = { ...this.#make(plan), release }
    member.port.number = ++this.#count
    if (this.#running) open(member)
    this.#members.set(plan.name, member)
    this.#list.push(member.port)
    if (this.#running) for (const { added } of this.#followers) added?.(member.port)
    return member.port
  }

  /** Throws OperationalError; what was opened is closed by `stop`. */
  start(): void {
    this.#running = true
    for (const { port } of this.#members.values()) port.driver.start()
    for (const { attachment } of this.#members.values()) attachment.start()
  }

  /** Leaves with that port as the daemon would. `quiet`: see `Daemon.stop`. */
  remove(name: string, quiet: (port: AgentPort) => boolean): void {
    const member = this.#members.get(name)
    if (member === undefined) throw new RangeError(`no port ${name}`)
    for (const { removed } of this.#followers) removed?.(member.port)
    this.#members.delete(name)
    this.#list.splice(this.#list.indexOf(member.port), 1)
    close(member, quiet(member.port))
  }

  setEnabled(name: string, enabled: boolean): void {
    this.#members.get(name)?.attachment.setEnabled(enabled)
  }

  stop(quiet: (port: AgentPort) => boolean): void {
    for (const member of this.#members.values()) close(member, quiet(member.port))
  }

  follow(follower: PortFollower): () => void {
    this.#followers.add(follower)
    for (const port of [...this.#list]) follower.added?.(port)
    return () => this.#followers.delete(follower)
  }
}

function open(member: Member): void {
  try {
    member.port.driver.start()
    member.attachment.start()
  } catch (error) {
    close(member, false)
    throw error
  }
}

function close({ port, attachment, decisions, release }: Member, quiet: boolean): void {
  attachment.stop()
  decisions.stop()
  port.driver.stop(quiet)
  release()
}
