/**
 * One port of a daemon: listens to the driver's effects, remembers what became of VSIs, and tells all of it as JSON.
 * What it does not do: open interfaces (`port-interface.ts`), answer a bridge's questions (`answer-questions.ts`).
 */
import type { VsiReport } from '../../protocol/engine/effect.ts'
import type { Input, VsiCommand } from '../../protocol/engine/input.ts'
import type { PortConfig } from '../../protocol/engine/port-config.ts'
import { describePort, findVsi, listVsis } from '../../protocol/engine/step.ts'
import type { VsiView } from '../../protocol/engine/view.ts'
import { deassociation } from '../../protocol/vdp/command.ts'
import { formatVsiId, type VsiKey } from '../../protocol/vdp/vsi-id.ts'
import { formatFilter } from '../control/filter-text.ts'
import type { Owner } from '../control/owner.ts'
import { toPortJson } from '../control/port-json.ts'
import type { PortSurroundings } from '../control/problems.ts'
import type { LibvirtVsiJson } from '../control/schema/libvirt.ts'
import type { PortJson, PortResourcesJson, Problem } from '../control/schema/status.ts'
import type { VsiJson } from '../control/schema/vsi.ts'
import { endedVsiJson, liveVsiJson, toReasonJson, type VsiRecord } from '../control/vsi-json.ts'
import type { FaultTable } from '../faults/fault-table.ts'
import type { Driver } from '../runtime/driver.ts'
import type { Log } from '../runtime/log.ts'
import type { OperationalError } from '../runtime/operational-error.ts'
import type { Device, StoredVsi } from '../state/stored-vsi.ts'
import type { Events } from './events.ts'
import { FaultLog } from './fault-log.ts'
import { History } from './history.ts'
import { OpenRequests } from './open-requests.ts'
import { type Belonging, type OwnerDetail, Owners } from './owners.ts'
import type { Tickets } from './tickets.ts'

/** A problem of the frame port that was not told again for so long is over. Milliseconds. */
const RECENT = 30_000

export interface AgentPortOptions {
  readonly driver: Driver
  readonly config: PortConfig
  readonly history: number | undefined
  readonly tickets: Tickets
  readonly events: Events
  readonly log: Log
  readonly faults: FaultTable
}

/** One request for a VSI of a station port. */
export interface Ask {
  readonly owner: Owner
  readonly vsi: VsiKey
  /** Null: it is to end, whatever its parameters are. */
  readonly command: VsiCommand | null
  readonly detail?: OwnerDetail
  /** Called once with the final report; possibly before `ask` returns. */
  readonly answer: (report: VsiReport) => void
}

export class AgentPort {
  readonly name: string
  readonly driver: Driver
  /** In force now; what the interface cannot do is taken out of it. */
  config: PortConfig
  /** Among the ports of the daemon, from 1. */
  number = 0
  /** False: the operator has disabled it. */
  enabled = true
  /** What is around the port; the interface's part puts its own in place. */
  surroundings: () => PortSurroundings = () => ({
    interface: 'up',
    master: null,
    relayApplied: null,
    problems: [],
  })
  /** Bridge: what its VSIs have; admission control puts its own in place. */
  resources: () => PortResourcesJson | null = () => null
  /** What libvirt was told of a VSI; its agent puts its own in place. */
  libvirt: (vsi: VsiKey) => LibvirtVsiJson | undefined = () => undefined
  /** What libvirt's agent will ask for again of a VSI that the switch has ended; it puts its own in place. */
  missed: (vsi: VsiKey) => VsiCommand | undefined = () => undefined
  readonly #history: History
  readonly #faults = new FaultLog()
  readonly #owners = new Owners()
  readonly #open = new OpenRequests()
  readonly #watchers = new Set<(vsi: VsiKey) => void>()
  readonly #options: AgentPortOptions

  constructor(options: AgentPortOptions) {
    this.#options = options
    this.driver = options.driver
    this.name = options.driver.name
    this.config = options.config
    this.#history = new History(options.history)
    this.#listen()
  }

  #listen(): void {
    const { driver, events, log } = this.#options
    const port = this.name
    driver.on('vsi.reported', ({ report }) => this.#reported(report))
    driver.on('relay.changed', ({ active }) => {
      log.info({ port, active }, `reflective relay is ${active ? 'on' : 'off'}`)
      events.emit({ type: 'relay', port, active })
    })
    let known: string | undefined
    driver.on('peer.changed', ({ peer }) => {
      const changed = peer?.msap !== known
      known = peer?.msap
      if (changed) log.info({ port, msap: known }, peer ? `EVB neighbour ${peer.mac}` : 'EVB neighbour gone')
      events.emit({ type: 'neighbor', port, neighbor: peer })
    })
    driver.on('fault.found', ({ fault }) => {
      const first = this.#faults.add(fault, Date.now())
      log[first ? 'warn' : 'debug'](
        { port, ...fault },
        `unusable frame: ${fault.code} at octet ${fault.offset}`,
      )
      events.emit({ type: 'fault', port, ...fault })
    })
  }

  #reported(report: VsiReport): void {
    const { tickets, events, log } = this.#options
    const live = this.findLive(report.vsi) !== undefined
    const belonging = this.#owners.find(report.vsi)
    const missed = report.outcome !== 'released' && this.missed(report.vsi) !== undefined
    this.#owners.reported(report, live || missed, Date.now())
    this.#open.reported(report)
    // That a request was superseded is its asker's news, and nothing became of the VSI by it.
    if (report.reason?.code !== 'superseded') {
      this.#history.add(report, live, Date.now(), this.#owners.find(report.vsi) ?? belonging)
    }
    const reason = report.reason ? toReasonJson(report.reason) : null
    const filter = report.command ? formatFilter(report.command.filter) : []
    const { vsi: id, state, outcome } = report
    log[outcome === 'lost' ? 'warn' : 'info'](
      { port: this.name, vsi: id, state, filter },
      reason ? `VSI ${outcome}: ${reason.text}` : `VSI ${outcome}`,
    )
    this.#changed(report.vsi)
    events.emit({ type: 'vsi', port: this.name, id, state, outcome, filter, reason })
    tickets.answer(report)
  }

  /**
   * Asks the station for VSIs, all in the same moment, so that they share ECPDUs. Returns what ends each wait for an
   * answer; the request stays in force.
   */
  ask(asks: readonly Ask[]): (() => void)[] {
    const { tickets } = this.#options
    const inputs: Input[] = []
    const waits = asks.map((ask) => {
      const known = this.#pending(ask.vsi) ? this.#open.find(ask.vsi, ask.owner, ask.command) : undefined
      const ticket = known ?? tickets.open()
      if (known === undefined) inputs.push(this.#opened(ask, ticket))
      const { owner, detail, vsi, command } = ask
      if (command !== null) this.#owners.ask(vsi, ticket, { owner, detail }, Date.now())
      return tickets.wait(ticket, ask.answer)
    })
    const asked = this.driver.submitAll(inputs)
    for (const { vsi } of asks) this.#changed(vsi)
    if (!asked) for (const input of inputs) this.#shutDown(input)
    return waits
  }

  /** Nobody is there any more to answer. */
  #shutDown(input: Input): void {
    if (input.type !== 'vsi.requested' && input.type !== 'vsi.released') return
    const command = input.type === 'vsi.requested' ? input.command : null
    const vsi = input.type === 'vsi.requested' ? formatVsiId(input.command.vsiId) : input.vsi
    const outcome = { state: 'none', outcome: 'refused', reason: { code: 'shut-down' } } as const
    this.#reported({ vsi, command, tickets: [input.ticket], ...outcome })
  }

  /** False also when a bug has cost a request: the next one is not to wait for it. */
  #pending(vsi: VsiKey): boolean {
    return (this.findLive(vsi)?.pending ?? null) !== null
  }

  #opened({ vsi, owner, command }: Ask, ticket: number): Input {
    this.#open.add(vsi, owner, command, ticket)
    if (command === null) return { type: 'vsi.released', ticket, vsi }
    return { type: 'vsi.requested', ticket, command }
  }

  /** VSIs that were granted to an earlier daemon: asked for until the switch says no. */
  restore(vsis: readonly StoredVsi[]): void {
    for (const { owner, since, device, details, command } of vsis) {
      const vsi = formatVsiId(command.vsiId)
      if (!this.findLive(vsi)) this.#owners.restore(vsi, { owner, since, device, details })
    }
    this.driver.submitAll(vsis.map(({ command }) => ({ type: 'vsi.restored', command })))
  }

  /** VSIs that were granted to an earlier daemon and are wanted no more: the switch may hold them still. */
  endStored(vsis: readonly StoredVsi[]): void {
    const commands = vsis.map(({ command }) => deassociation(command))
    this.driver.submitAll(commands.map((command) => ({ type: 'vsi.restored', command })))
    for (const { vsiId } of commands) this.#changed(formatVsiId(vsiId))
  }

  /**
   * Calls `watcher` when what is wanted of a VSI, its owner or a detail may have changed. What is so is seen when the
   * present turn of the event loop is over. Returns what ends it.
   */
  onVsiChange(watcher: (vsi: VsiKey) => void): () => void {
    this.#watchers.add(watcher)
    return () => this.#watchers.delete(watcher)
  }

  #changed(vsi: VsiKey): void {
    for (const watcher of this.#watchers) watcher(vsi)
  }

  /** Whose the VSI is, with what was kept for it. */
  belonging(vsi: VsiKey): Belonging | undefined {
    return this.#owners.find(vsi)
  }

  /** Keeps another detail with the VSI of that owner. */
  setDetail(vsi: VsiKey, owner: Owner, detail: OwnerDetail): void {
    this.#owners.setDetail(vsi, owner, detail)
    this.#changed(vsi)
  }

  /** The guest's interface the VSI is seen on. */
  setDevice(vsi: VsiKey, device: Device): void {
    this.#owners.setDevice(vsi, device)
    this.#changed(vsi)
  }

  findLive(vsi: VsiKey): VsiView | undefined {
    return findVsi(this.driver.state, vsi)
  }

  /** The switch holds VSIs for us, as far as we know. */
  get holdsVsis(): boolean {
    return listVsis(this.driver.state).some(({ state }) => state !== 'none')
  }

  /** The VSI as it is, or as it ended. */
  findRecord(vsi: VsiKey): VsiRecord | undefined {
    return this.#history.live(vsi) ?? this.#history.ended(vsi)
  }

  vsi(id: VsiKey): VsiJson | undefined {
    const live = this.findLive(id)
    if (live) return this.#liveJson(live, Date.now())
    const ended = this.#history.ended(id)
    return ended && this.#withLibvirt(endedVsiJson(this.name, id, ended))
  }

  /** Those the port has in its order, then those that ended. */
  vsis(): VsiJson[] {
    const now = Date.now()
    const live = listVsis(this.driver.state)
    const there = new Set(live.map(({ vsi }) => vsi))
    const ended = [...this.#history.allEnded()].filter(([id]) => !there.has(id))
    return [
      ...live.map((view) => this.#liveJson(view, now)),
      ...ended.map(([id, record]) => this.#withLibvirt(endedVsiJson(this.name, id, record))),
    ]
  }

  #liveJson(view: VsiView, now: number): VsiJson {
    const known = { record: this.#history.live(view.vsi), ownership: this.#owners.find(view.vsi) }
    return this.#withLibvirt(liveVsiJson(this.name, view, known, now))
  }

  /** A VSI that was taken back because libvirt had to be told an error ended for that reason. */
  #withLibvirt(json: VsiJson): VsiJson {
    const libvirt = this.libvirt(json.id) ?? null
    const failed = !json.live && libvirt?.operation !== 'deassociate' ? libvirt?.reason : null
    return { ...json, libvirt, ...(failed && { outcome: 'refused', reason: failed }) }
  }

  /** With what the frame port said of late. */
  #surroundings(): PortSurroundings {
    const around = this.surroundings()
    const told = this.driver.recentProblems(RECENT).map(toProblem)
    return { ...around, problems: [...around.problems, ...told] }
  }

  toJson(): PortJson {
    return toPortJson({
      name: this.name,
      number: this.number,
      enabled: this.enabled,
      view: describePort(this.driver.state),
      config: this.config,
      resources: this.resources(),
      counters: this.driver.counters,
      frames: { ...this.driver.port.counters },
      faults: this.#faults.toJson(),
      surroundings: this.#surroundings(),
      injected: this.#options.faults.injected(this.name),
    })
  }
}

function toProblem({ code, message, hint = 'the log may say more' }: OperationalError): Problem {
  return { code, text: message, hint }
}
