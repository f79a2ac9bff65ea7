/**
 * libvirt's agent in a daemon: its socket, its pid file, and the station's ports that it asks. The protocol with
 * libvirt is `src/libvirt`; here its effects are carried out, in their order, and news of VSIs are told to it.
 */
import type { VsiReport } from '../../protocol/engine/effect.ts'
import { describeReason } from '../control/reasons.ts'
import type { LibvirtJson, LibvirtVsiJson } from '../control/schema/libvirt.ts'
import { modeOf } from '../control/vsi-command.ts'
import { LibvirtAgent } from '../libvirt/agent.ts'
import { checkLibvirt, checkUplink, type HostProblem } from '../libvirt/host-check.ts'
import type { ProcessTable } from '../libvirt/netlink-table.ts'
import type { AgentEffect, Place } from '../libvirt/outlet.ts'
import { PidFile } from '../libvirt/pid-file.ts'
import type { Device } from '../libvirt/request.ts'
import type { RequestPort } from '../libvirt/request-port.ts'
import { memoryFrom, type Uplink } from '../libvirt/vsi-entry.ts'
import type { LinkSource } from '../netlink/link.ts'
import type { Clock } from '../runtime/clock.ts'
import type { Log } from '../runtime/log.ts'
import { describeError } from '../runtime/operational-error.ts'
import type { StoredVsi } from '../state/stored-vsi.ts'
import type { AgentPort } from './agent-port.ts'
import { LibvirtMemory } from './libvirt-memory.ts'
import type { PortSource } from './port-set.ts'

/** The host is looked at again after this time: libvirtd may have been restarted. Milliseconds. */
const CHECK_INTERVAL = 60_000

export interface LibvirtOptions {
  readonly socket: RequestPort
  readonly pidFile: string
  readonly table: ProcessTable
  readonly ports: PortSource
  readonly links: LinkSource
  readonly clock: Clock
  readonly log: Log
}

export class LibvirtService {
  readonly #options: LibvirtOptions
  readonly #agent: LibvirtAgent
  readonly #pidFile: PidFile
  readonly #memory = new LibvirtMemory()
  readonly #warned = new Set<string>()
  #queue: AgentEffect[] = []
  #working = false
  /** The report that was a request's answer: its news are told already. */
  #answer: VsiReport | undefined
  #wake: { readonly at: number; readonly takeBack: () => void } | undefined
  #check: (() => void) | undefined
  #stopped = false
  #lastRequestAt: number | null = null

  constructor(options: LibvirtOptions) {
    this.#options = options
    const { socket, pidFile, table, ports } = options
    this.#agent = new LibvirtAgent({
      agentPort: socket.number,
      findUplink: (device) => this.#findUplink(device),
    })
    this.#pidFile = new PidFile(pidFile, socket.number, table)
    ports.follow({
      added: (port) => {
        port.driver.on('vsi.reported', ({ report }) => this.#reported(port, report))
        port.libvirt = (vsi) => this.describe({ port: port.name, vsi })
        port.missed = (vsi) => this.#agent.missed({ port: port.name, vsi })
      },
    })
  }

  /** VSIs of libvirt's that were restored: it does not know, and polls for nothing. Call it before `start`. */
  adopt(vsis: readonly StoredVsi[]): void {
    for (const { port: name, owner, command, details } of vsis) {
      const memory = owner === 'libvirt' ? memoryFrom(details.libvirt) : undefined
      const index = this.#options.links.find(name)?.index ?? 0
      if (memory) this.#agent.adopt({ name, index }, command.vsiId.value, modeOf(command.type), memory)
    }
  }

  /** Listens, then says where. Throws OperationalError when another agent does. */
  start(): void {
    const { socket, log } = this.#options
    socket.listen(
      (octets, sender) => this.#received(octets, sender),
      () => {
        this.#agent.count('overruns')
        log.warn('requests of libvirt were lost: too many at once')
      },
    )
    this.#pidFile.claim()
    log.info({ port: socket.number, pidFile: this.#pidFile.path }, 'libvirt can ask')
    this.#checkHost()
  }

  /** From now on libvirt is told nothing: what leaving does to VSIs is no loss that it could put right. */
  stop(): void {
    this.#stopped = true
    this.#pidFile.remove()
    this.#options.socket.close()
    this.#wake?.takeBack()
    this.#check?.()
  }

  status(): LibvirtJson {
    const { socket } = this.#options
    return {
      port: socket.number,
      pidFile: this.#pidFile.path,
      vsis: this.#agent.size,
      lastRequestAt: this.#lastRequestAt === null ? null : new Date(this.#lastRequestAt).toISOString(),
      counters: { ...this.#agent.counters },
      problems: this.#problems(),
    }
  }

  /** What libvirt asked for a VSI, and what it was told; undefined when it never did. */
  describe(place: Place): LibvirtVsiJson | undefined {
    return this.#memory.find(place, this.#agent.find(place))
  }

  #received(octets: Buffer, sender: number): void {
    this.#lastRequestAt = Date.now()
    this.#do(this.#agent.receive(octets, sender, this.#now()))
  }

  #reported(port: AgentPort, report: VsiReport): void {
    if (report === this.#answer || this.#stopped) return
    this.#do(this.#agent.reported(port.name, report, this.#now()))
  }

  /** In the order of the effects, and never one within another: a port may answer before it has taken a request. */
  #do(effects: readonly AgentEffect[]): void {
    this.#queue.push(...effects)
    if (this.#working) return
    this.#working = true
    try {
      for (let next = this.#queue.shift(); next !== undefined; next = this.#queue.shift()) {
        this.#performSafely(next)
      }
    } finally {
      this.#working = false
    }
    this.#arm()
  }

  /** A fault of one effect costs that effect: the answers behind it must not wait. */
  #performSafely(effect: AgentEffect): void {
    try {
      this.#perform(effect)
    } catch (err) {
      this.#options.log.error({ err }, `serving libvirt failed (${effect.type}): a bug`)
    }
  }

  #perform(effect: AgentEffect): void {
    const { socket, log } = this.#options
    switch (effect.type) {
      case 'answer':
        if (!socket.send(effect.octets, effect.to)) this.#agent.count('undelivered')
        return
      case 'event':
        log.info(effect.place, 'libvirt is told that the VSI is lost')
        if (!socket.send(effect.octets, effect.to))
          this.#do(this.#agent.undeliverable(effect.place, this.#now()))
        return
      case 'ask':
        return this.#ask(effect)
      case 'withdraw':
        return this.#withdraw(effect.place)
      case 'remember':
        return this.#port(effect.place)?.setDetail(effect.place.vsi, 'libvirt', { ...effect.memory })
      case 'fault':
        return log.error({ err: effect.error }, 'a request of libvirt was answered with an error: a bug')
      case 'failed':
        this.#memory.keep(effect)
        log.warn(
          effect.place,
          `libvirt is told error ${effect.response} to ${effect.operation}: ${describeReason(effect.reason)}`,
        )
    }
  }

  #ask({ ask, place, command, memory }: Extract<AgentEffect, { type: 'ask' }>): void {
    this.#memory.asked(place)
    const answer = (report: VsiReport) => {
      this.#answer = report
      this.#do(this.#agent.answered(ask, place, report, this.#now()))
    }
    const detail = memory && { detail: { ...memory } }
    this.#port(place)?.ask([{ owner: 'libvirt', vsi: place.vsi, command, ...detail, answer }])
  }

  #withdraw({ port, vsi }: Place): void {
    const found = this.#port({ port })
    if (found?.findLive(vsi) === undefined) return
    const answer = (report: VsiReport) => {
      this.#answer = report
    }
    found.ask([{ owner: 'libvirt', vsi, command: null, answer }])
  }

  #port({ port }: Pick<Place, 'port'>): AgentPort | undefined {
    return this.#options.ports.list.find(({ name }) => name === port)
  }

  /** libvirt says both; the number holds when the interface was renamed meanwhile. */
  #findUplink({ index, name }: Device): Uplink | undefined {
    const { links } = this.#options
    const link = index > 0 ? links.byIndex(index) : links.find(name ?? '')
    return link && this.#port({ port: link.name }) ? { name: link.name, index: link.index } : undefined
  }

  #now(): number {
    return this.#options.clock.now()
  }

  #arm(): void {
    const at = this.#agent.nextDue
    if (at === this.#wake?.at) return
    this.#wake?.takeBack()
    this.#wake = undefined
    if (at === Number.POSITIVE_INFINITY) return
    const wake = () => {
      this.#wake = undefined
      this.#do(this.#agent.pass(this.#now()))
    }
    this.#wake = { at, takeBack: this.#options.clock.wakeAt(at, wake) }
  }

  #problems(): HostProblem[] {
    const { ports, links, table } = this.#options
    const uplinks = ports.list.flatMap(({ name }) => {
      const link = links.find(name)
      return link ? checkUplink(link, link.lower === undefined ? undefined : links.byIndex(link.lower)) : []
    })
    return [...this.#pidFileProblem(), ...checkLibvirt(table), ...uplinks]
  }

  #pidFileProblem(): HostProblem[] {
    const found = this.#pidFile.read()
    if (found === this.#options.socket.number) return []
    const text = `${this.#pidFile.path} ${found === undefined ? 'is gone or has no number' : `says ${found}`}, so libvirt does not ask qbg`
    const hint = 'stop who wrote it; qbg writes it again within a minute when nobody else lives there'
    return [{ code: 'libvirt-pid-file', text, hint }]
  }

  /** Puts the pid file back when it is gone, and tells each problem once. */
  #checkHost(): void {
    const { clock, log } = this.#options
    if (this.#pidFileProblem().length > 0) {
      try {
        this.#pidFile.claim()
      } catch (err) {
        log.warn(describeError(err))
      }
    }
    for (const { text, hint } of this.#problems()) {
      if (!this.#warned.has(text)) log.warn({ hint }, text)
      this.#warned.add(text)
    }
    this.#check = clock.wakeAt(clock.now() + CHECK_INTERVAL, () => this.#checkHost())
  }
}
