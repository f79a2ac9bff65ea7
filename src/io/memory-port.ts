/**
 * A link in memory: two frame ports, what goes in at one comes out at the other. Deterministic: frames arrive in
 * order, after `latency`, and all that arrive at the same moment are delivered together.
 */
import type { Clock } from '../runtime/clock.ts'
import { ERRNO } from './errno.ts'
import { type FramePort, type FramePortListeners, zeroFramePortCounters } from './frame-port.ts'
import { sendProblem } from './port-problem.ts'

/** Frames on their way to one end; more do not fit, as on a full transmit queue. */
const CAPACITY = 4096

export interface MemoryLinkOptions {
  readonly clock: Clock
  /** Milliseconds a frame is on its way; 0 still delivers it later, not within `send`. */
  readonly latency?: number
  readonly names?: readonly [string, string]
}

export class MemoryLink {
  readonly ends: readonly [MemoryPort, MemoryPort]
  #up = true

  constructor({ clock, latency = 0, names = ['memory0', 'memory1'] }: MemoryLinkOptions) {
    this.ends = [
      new MemoryPort(names[0], this, clock, latency),
      new MemoryPort(names[1], this, clock, latency),
    ]
  }

  get up(): boolean {
    return this.#up
  }

  /** Frames on their way when the link goes down are lost. Tell the drivers as well: `link.changed`. */
  setUp(up: boolean): void {
    this.#up = up
    if (!up) for (const end of this.ends) end.lose()
  }

  /** The other end. */
  peerOf(port: MemoryPort): MemoryPort {
    return this.ends[0] === port ? this.ends[1] : this.ends[0]
  }
}

export class MemoryPort implements FramePort {
  readonly name: string
  readonly counters = zeroFramePortCounters()
  readonly #link: MemoryLink
  readonly #clock: Clock
  readonly #latency: number
  #listeners: FramePortListeners | undefined
  #coming: { readonly at: number; readonly octets: Uint8Array }[] = []
  #takeBack: (() => void) | undefined

  constructor(name: string, link: MemoryLink, clock: Clock, latency: number) {
    this.name = name
    this.#link = link
    this.#clock = clock
    this.#latency = latency
  }

  open(listeners: FramePortListeners): void {
    this.#listeners ??= listeners
  }

  send(octets: Uint8Array): void {
    const errno = this.#listeners === undefined ? ERRNO.ENXIO : this.#link.up ? 0 : ERRNO.ENETDOWN
    const result = errno || this.#link.peerOf(this).accept(octets)
    if (result === 0) {
      this.counters.sent++
    } else {
      this.counters.sendErrors++
      this.#listeners?.onProblem?.(sendProblem(this.name, result, octets.length))
    }
  }

  close(): void {
    this.#listeners = undefined
    this.lose()
  }

  /** From the other end; 0 or an error number. A closed end takes frames and nobody sees them. */
  accept(octets: Uint8Array): number {
    if (this.#listeners === undefined) return 0
    if (this.#coming.length >= CAPACITY) return ERRNO.ENOBUFS
    this.#coming.push({ at: this.#clock.now() + this.#latency, octets: octets.slice() })
    this.#schedule()
    return 0
  }

  lose(): void {
    this.counters.lost += this.#coming.length
    this.#coming = []
    this.#takeBack?.()
    this.#takeBack = undefined
  }

  #schedule(): void {
    const first = this.#coming[0]
    if (first && !this.#takeBack) this.#takeBack = this.#clock.wakeAt(first.at, () => this.#deliver())
  }

  #deliver(): void {
    this.#takeBack = undefined
    const now = this.#clock.now()
    const arrived = this.#coming.filter(({ at }) => at <= now)
    this.#coming.splice(0, arrived.length)
    this.#schedule()
    if (arrived.length === 0) return
    this.counters.received += arrived.length
    this.#listeners?.onFrames(arrived.map(({ octets }) => octets))
  }
}
