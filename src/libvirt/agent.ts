/**
 * The agent that libvirt finds in lldpad's place, without sockets and clock: requests and news of VSIs in, answers
 * and requests to the station out, both as plain data. Every request is answered in the step that takes it, whatever
 * the network does. What follows for one VSI is `vsi-life.ts`. Times are milliseconds of one monotonic clock.
 */
import type { VsiReport } from '../../protocol/engine/effect.ts'
import type { VsiCommand } from '../../protocol/engine/input.ts'
import type { VsiKey } from '../../protocol/vdp/vsi-id.ts'
import { type AgentCounter, type AgentCounters, zeroCounters } from './agent-counters.ts'
import { encodeAcknowledgement, encodeOutcomes } from './answer.ts'
import { type AgentEffect, AgentOutlet, type Place } from './outlet.ts'
import {
  type Device,
  type Operation,
  REFUSALS,
  type Request,
  type RequestHeader,
  readDatagram,
} from './request.ts'
import { SUCCESS } from './response.ts'
import {
  commandOf,
  createEntry,
  type Entry,
  type Memory,
  memoryOf,
  type Uplink,
  vsiKeyOf,
} from './vsi-entry.ts'
import { askAgain, dueAt, hear, pass, read, settle, take } from './vsi-life.ts'

export interface AgentOptions {
  /** Our netlink port: events carry it. */
  readonly agentPort: number
  /** The interface a request is about; undefined when we have no port there. */
  readonly findUplink: (device: Device) => Uplink | undefined
}

export class LibvirtAgent {
  readonly #options: AgentOptions
  readonly #counters = zeroCounters()
  /** By port and VSI, in the order of the last requests. */
  readonly #entries = new Map<string, Entry>()
  #asks = 0

  constructor(options: AgentOptions) {
    this.#options = options
  }

  get counters(): Readonly<AgentCounters> {
    return this.#counters
  }

  /** What only the one with the socket can see. */
  count(counter: AgentCounter & ('undelivered' | 'overruns')): void {
    this.#counters[counter]++
  }

  get size(): number {
    return this.#entries.size
  }

  find({ port, vsi }: Place): Readonly<Entry> | undefined {
    return this.#entries.get(keyOf(port, vsi))
  }

  /** What is to be asked for again of a VSI that a domain runs with, whatever the switch has said. */
  missed(place: Place): VsiCommand | undefined {
    const entry = this.find(place)
    return (entry?.established && commandOf(entry)) || undefined
  }

  /** When `pass` has something to do; Infinity when never. */
  get nextDue(): number {
    let next = Number.POSITIVE_INFINITY
    for (const entry of this.#entries.values()) next = Math.min(next, dueAt(entry))
    return next
  }

  /** A datagram from the socket with that address; the kernel's is 0. */
  receive(octets: Buffer, sender: number, now: number): AgentEffect[] {
    return this.#step(now, (out) => {
      if (sender === 0) {
        this.#counters.dropsKernel++
        return
      }
      const { requests, notRequests, broken } = readDatagram(octets)
      this.#counters.dropsNotRequest += notRequests
      if (broken || octets.length === 0) this.#counters.dropsMalformed++
      for (const request of requests) this.#handleSafely(request, sender, out)
    })
  }

  /** The final report of the request with that number. */
  answered(ask: number, { port, vsi }: Place, report: VsiReport, now: number): AgentEffect[] {
    return this.#step(now, (out) => {
      const entry = this.#entries.get(keyOf(port, vsi))
      if (entry?.ask === ask) settle(entry, report, out)
    })
  }

  /** Something happened to a VSI that is not the answer to a request of ours. */
  reported(port: string, report: VsiReport, now: number): AgentEffect[] {
    return this.#step(now, (out) => {
      const key = keyOf(port, report.vsi)
      const entry = this.#entries.get(key)
      if (entry && !hear(entry, report, out)) this.#entries.delete(key)
    })
  }

  /** A VSI that libvirt asked an earlier agent for. */
  adopt(uplink: Uplink, uuid: string, operation: Operation, memory: Memory): void {
    const entry = createEntry(uplink.name, uuid)
    const key = keyOf(uplink.name, entry.vsi)
    if (this.#entries.has(key)) return
    const { eventPort, sequence, profile } = memory
    const established = operation === 'associate'
    const known = { index: uplink.index, eventPort, sequence, profile, operation, established }
    this.#entries.set(key, Object.assign(entry, known, { response: SUCCESS }))
  }

  /** Nobody was there to be told that the VSI is lost. */
  undeliverable({ port, vsi }: Place, now: number): AgentEffect[] {
    return this.#step(now, (out) => {
      const entry = this.#entries.get(keyOf(port, vsi))
      this.#counters.eventsRefused++
      if (entry?.recovery?.step === 'ask') askAgain(entry, out)
    })
  }

  /** Does what is due at `now`. */
  pass(now: number): AgentEffect[] {
    return this.#step(now, (out) => {
      for (const [key, entry] of this.#entries) {
        if (dueAt(entry) <= now && !pass(entry, this.#options.agentPort, out)) this.#entries.delete(key)
      }
    })
  }

  #step(now: number, change: (out: AgentOutlet) => void): AgentEffect[] {
    const out = new AgentOutlet(now, () => ++this.#asks)
    change(out)
    this.#counters.events += out.effects.filter(({ type }) => type === 'event').length
    return out.effects
  }

  /** libvirt waits for its answer without end: even a fault of ours has to be one. */
  #handleSafely(request: Request, sender: number, out: AgentOutlet): void {
    const before = out.effects.length
    try {
      this.#handle(request, sender, out)
    } catch (error) {
      out.effects.length = before
      this.#acknowledge(request.header, sender, REFUSALS.fault, out)
      out.push({ type: 'fault', error })
    }
  }

  #handle(request: Request, sender: number, out: AgentOutlet): void {
    switch (request.kind) {
      case 'set':
        return this.#set(request, sender, out)
      case 'get':
        return this.#get(request, sender, out)
      case 'unusable':
        this.#counters.unusable++
        return this.#acknowledge(request.header, sender, request.errno, out)
    }
  }

  #set(request: Extract<Request, { kind: 'set' }>, sender: number, out: AgentOutlet): void {
    const { header, device, operation, uuid, profile } = request
    this.#counters[operation]++
    const uplink = this.#options.findUplink(device)
    if (uplink === undefined) return this.#acknowledge(header, sender, REFUSALS.noDevice, out)
    this.#acknowledge(header, sender, 0, out)
    const key = keyOf(uplink.name, vsiKeyOf(uuid))
    const entry = this.#entries.get(key) ?? createEntry(uplink.name, uuid)
    this.#entries.delete(key)
    this.#entries.set(key, entry)
    const { eventPort, sequence } = header
    take(entry, { operation, profile, index: uplink.index, eventPort, sequence }, out)
  }

  /** The request names an interface, not a VSI: all of it are told, those asked for last before the others. */
  #get({ header, device }: Extract<Request, { kind: 'get' }>, sender: number, out: AgentOutlet): void {
    this.#counters.getlink++
    const uplink = this.#options.findUplink(device)
    if (uplink === undefined) return this.#acknowledge(header, sender, REFUSALS.noDevice, out)
    const entries = [...this.#entries.values()].filter(({ port }) => port === uplink.name).reverse()
    out.push({ type: 'answer', to: sender, octets: encodeOutcomes(header, uplink.index, entries) })
    this.#counters.answers++
    for (const entry of entries) {
      read(entry, out.now)
      if (header.eventPort !== 0 && entry.eventPort !== header.eventPort)
        this.#follow(entry, header.eventPort, out)
    }
  }

  /** libvirtd has another socket for events since. */
  #follow(entry: Entry, eventPort: number, out: AgentOutlet): void {
    entry.eventPort = eventPort
    const memory = memoryOf(entry)
    if (memory) out.push({ type: 'remember', place: { port: entry.port, vsi: entry.vsi }, memory })
  }

  #acknowledge(header: RequestHeader, to: number, errno: number, out: AgentOutlet): void {
    out.push({ type: 'answer', to, octets: encodeAcknowledgement(header, errno) })
    this.#counters.answers++
    if (errno !== 0) this.#counters.refusals++
  }
}

function keyOf(port: string, vsi: VsiKey): string {
  return `${port} ${vsi}`
}
