/**
 * What the control server serves: the ports of a daemon, and the requests that wait for them. It neither opens
 * interfaces nor listens on sockets; tests run it on links in memory.
 */
import type { EvbConfig } from '../../protocol/engine/port-config.ts'
import type { Role } from '../../protocol/engine/view.ts'
import { formatVsiId } from '../../protocol/vdp/vsi-id.ts'
import { ControlError } from '../control/control-error.ts'
import { toMib } from '../control/mib-tables.ts'
import { isPattern } from '../control/name-pattern.ts'
import type { EventAnswer } from '../control/schema/event.ts'
import type { FaultAction, FaultClearAnswer, FaultListAnswer, FaultRule } from '../control/schema/fault.ts'
import type { LibvirtJson } from '../control/schema/libvirt.ts'
import type { PortListAnswer } from '../control/schema/port-list.ts'
import type { LogJson, StateJson, StatusAnswer, TypesJson } from '../control/schema/status.ts'
import type { SwitchAnswer } from '../control/schema/switch.ts'
import type { RequestAnswer, VsiJson } from '../control/schema/vsi.ts'
import type { VsiRequests } from '../control/schema/vsi-request.ts'
import type { ControlService, EventQuery } from '../control/service.ts'
import { qbgVersion } from '../control/version.ts'
import { readVsiId } from '../control/vsi-text.ts'
import type { DataPlane } from '../data-plane/data-plane.ts'
import type { FaultTable } from '../faults/fault-table.ts'
import { describeError, OperationalError } from '../runtime/operational-error.ts'
import type { AgentPort } from './agent-port.ts'
import type { Drained } from './drain.ts'
import type { Events } from './events.ts'
import type { PortAdmin } from './port-admin.ts'
import { performRequests } from './requests.ts'
import type { Tickets } from './tickets.ts'

/** The part of a pino logger that a running daemon changes. */
export interface AdjustableLog {
  level: string
  error(detail: object, message: string): void
  warn(detail: object, message: string): void
  info(detail: object, message: string): void
}

export interface AgentOptions {
  readonly role: Role
  /** Changed in place as ports come and go. */
  readonly ports: readonly AgentPort[]
  readonly admin: PortAdmin
  readonly tickets: Tickets
  readonly events: Events
  readonly log: AdjustableLog
  readonly faults: FaultTable
  readonly dataPlane: DataPlane
  /** Of ports without settings of their own. */
  readonly evb: EvbConfig
  /** Path of the control socket, for people. */
  readonly control: string
}

const BRIDGE_FAULTS: ReadonlySet<FaultAction> = new Set(['refuse', 'late', 'undecided', 'deassociate'])

export class Agent implements ControlService {
  readonly #options: AgentOptions
  readonly #startedAt = new Date().toISOString()
  #leaving = false
  /** How the log fares; the process puts its own in place. */
  log: () => LogJson = () => ({ file: null, lost: 0, problem: null })
  /** Where VSIs are kept, when they are. */
  state: () => StateJson | null = () => null
  /** Bridge: VSI types. */
  types: () => TypesJson | null = () => null
  /** Leaves after it has de-associated its VSIs; absent on a bridge. */
  drain: (() => Promise<Drained>) | undefined
  /** The agent for libvirt, when there is one. */
  libvirt: () => LibvirtJson | null = () => null

  constructor(options: AgentOptions) {
    this.#options = options
  }

  status(withVsis = false): StatusAnswer {
    const { role, ports, control, log, evb } = this.#options
    const all = ports.map((port) => port.toJson())
    return {
      schema: 'qbg/v1/status',
      version: qbgVersion(),
      pid: process.pid,
      role,
      startedAt: this.#startedAt,
      time: new Date().toISOString(),
      control,
      logLevel: log.level,
      log: this.log(),
      state: this.state(),
      types: this.types(),
      libvirt: this.libvirt(),
      ports: all,
      mib: toMib({ role, evb, ports: all, vsis: withVsis ? this.vsis(undefined) : undefined }),
    }
  }

  switch(name: string | undefined): SwitchAnswer {
    if (this.role === 'station') {
      throw new ControlError('wrong-role', 'a station switches nothing', {
        hint: 'ask the bridge daemon: choose its socket with --control PATH',
      })
    }
    const only = name === undefined ? undefined : this.findPort(name).name
    const { kind, table, ports } = this.#options.dataPlane.inspect()
    const shown = ports.filter((port) => only === undefined || port.name === only)
    const inOrder = (table?.state ?? 'in-order') === 'in-order' && shown.every((port) => port.inOrder)
    return { schema: 'qbg/v1/switch', dataPlane: kind, inOrder, table, ports: shown }
  }

  vsis(port: string | undefined): VsiJson[] {
    const ports = port === undefined ? this.#options.ports : [this.findPort(port)]
    const all = ports.flatMap((one) => one.vsis())
    return [...all.filter(({ live }) => live), ...all.filter(({ live }) => !live)]
  }

  vsi(text: string, port: string | undefined): VsiJson {
    const id = readVsiId(text)
    if (!id.ok) throw new ControlError('bad-request', id.message, { path: 'id' })
    const key = formatVsiId(id.value)
    const found = this.portOfVsi(key, port)?.vsi(key)
    if (found) return found
    throw new ControlError('unknown-vsi', `no VSI ${key} here, and none remembered`, {
      hint: '"qbg vsi list" shows the VSIs there are',
    })
  }

  /** From now on nothing more is asked of the ports. */
  leave(): void {
    this.#leaving = true
  }

  request(requests: VsiRequests, signal: AbortSignal): Promise<RequestAnswer[]> {
    if (this.#leaving) throw new ControlError('stopping', 'the daemon is leaving')
    return performRequests(this, 'cli', requests, signal)
  }

  drainAndLeave(): Promise<Drained> {
    if (this.drain !== undefined) return this.drain()
    throw new ControlError('wrong-role', 'a bridge does not drain: its VSIs are its stations’', {
      hint: 'send the request to the station daemon: choose its socket with --control PATH',
    })
  }

  ports(): PortListAnswer {
    return this.#options.admin.list()
  }

  async addPort(name: string): Promise<PortListAnswer> {
    if (this.#leaving) throw new ControlError('stopping', 'the daemon is leaving')
    try {
      return await this.#options.admin.add(name)
    } catch (error) {
      if (!(error instanceof OperationalError)) throw error
      const { hint, cause } = error
      throw new ControlError('port-unusable', `${error.message}${cause ? `: ${describeError(cause)}` : ''}`, {
        hint,
        cause: error,
      })
    }
  }

  removePort(name: string): PortListAnswer {
    return this.#options.admin.remove(name)
  }

  setPortEnabled(name: string, enabled: boolean): PortListAnswer {
    return this.#options.admin.setEnabled(name, enabled)
  }

  logLevel(): string {
    return this.#options.log.level
  }

  setLogLevel(level: string): void {
    this.#options.log.level = level
  }

  subscribe(listener: (event: EventAnswer) => void): () => void {
    return this.#options.events.subscribe(listener)
  }

  events(query: EventQuery): EventAnswer[] {
    if (query.port !== undefined) this.findPort(query.port)
    return this.#options.events.log.list(query)
  }

  faults(): FaultListAnswer {
    const { faults, ports } = this.#options
    const names = ports.map(({ name }) => name)
    return { schema: 'qbg/v1/fault-list', seed: faults.seed, faults: faults.toJson(names) }
  }

  setFaults(rules: readonly FaultRule[]): FaultListAnswer {
    for (const rule of rules) this.#requireMeaning(rule)
    const { faults, log } = this.#options
    const names = faults.set(rules)
    log.warn({ faults: names }, 'faults on purpose were set')
    return this.faults()
  }

  /** A fault that nothing here could ever have is a mistake. */
  #requireMeaning({ action, port }: FaultRule): void {
    if (port !== undefined && !isPattern(port)) this.findPort(port)
    if (this.role === 'bridge' || !BRIDGE_FAULTS.has(action)) return
    throw new ControlError('bad-request', `only a bridge decides; "${action}" does nothing to a station`, {
      hint: 'a station is made to misbehave in its frames: drop, delay, omit, rewrite, ...',
    })
  }

  clearFaults(names: readonly string[] | undefined): FaultClearAnswer {
    const { faults, log } = this.#options
    const cleared = faults.clear(names)
    if (cleared.length > 0) log.info({ faults: cleared }, 'faults on purpose were cleared')
    return { schema: 'qbg/v1/fault-cleared', cleared }
  }

  reportProblem(message: string): void {
    this.#options.log.warn({}, message)
  }

  reportFault(err: unknown): void {
    this.#options.log.error({ err }, 'serving a control request failed: a bug')
  }

  get role(): Role {
    return this.#options.role
  }

  get tickets(): Tickets {
    return this.#options.tickets
  }

  /** The port of that name; without a name the only one. Throws ControlError. */
  findPort(name: string | undefined): AgentPort {
    const { ports } = this.#options
    const names = ports.map((port) => port.name).join(', ')
    if (ports.length === 0) {
      throw new ControlError('unknown-port', 'this daemon has no ports', { hint: 'qbg port add NAME' })
    }
    if (name === undefined) {
      if (ports.length === 1) return ports[0]!
      throw new ControlError('port-needed', 'this daemon has several ports; name one', {
        hint: `--port one of ${names}`,
      })
    }
    const found = ports.find((port) => port.name === name)
    if (found) return found
    throw new ControlError('unknown-port', `this daemon has no port ${name}`, { hint: `its ports: ${names}` })
  }

  /** The port of that name, or any: for questions about VSIs that no port knows. */
  firstPort(name: string | undefined): AgentPort {
    return (name === undefined ? this.#options.ports[0] : undefined) ?? this.findPort(name)
  }

  /** The port with that VSI: a live one before one that only remembers it. */
  portOfVsi(vsi: string, name: string | undefined): AgentPort | undefined {
    if (name !== undefined) return this.findPort(name)
    const { ports } = this.#options
    return ports.find((port) => port.findLive(vsi)) ?? ports.find((port) => port.findRecord(vsi))
  }
}
