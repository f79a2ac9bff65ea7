/**
 * A bad line around any frame port: frames are lost, doubled, overtaken, late or damaged, in each direction as
 * set, and the same way again for the same seed. With nothing set it changes nothing.
 */
import type { Clock } from '../runtime/clock.ts'
import type { FramePort, FramePortCounters, FramePortListeners } from './frame-port.ts'
import { type Random, seededRandom } from './prng.ts'

/** Chances are 0 to 1, times milliseconds; what is absent is 0. */
export interface Faults {
  readonly loss?: number
  readonly duplication?: number
  /** Chance of being held back by `reorderDelay`, so that later frames overtake. */
  readonly reordering?: number
  readonly reorderDelay?: number
  readonly delay?: number
  /** Up to so much is added to `delay`, evenly spread: more than the time between frames reorders, too. */
  readonly jitter?: number
  /** Chance of one octet behind the addresses being changed. */
  readonly corruption?: number
}

export type Direction = 'send' | 'receive'

export interface FaultPortOptions {
  readonly clock: Clock
  readonly seed: number
  readonly send?: Faults
  readonly receive?: Faults
}

const DEFAULT_REORDER_DELAY = 5
/** Frames held back at once; more are lost. */
const CAPACITY = 4096
const ADDRESSES_LENGTH = 12

export class FaultPort implements FramePort {
  readonly name: string
  readonly #inner: FramePort
  readonly #clock: Clock
  readonly #random: Random
  readonly #faults: Record<Direction, Faults>
  readonly #held = new Set<() => void>()
  #listeners: FramePortListeners | undefined
  #lost = 0

  constructor(inner: FramePort, { clock, seed, send = {}, receive = {} }: FaultPortOptions) {
    this.name = inner.name
    this.#inner = inner
    this.#clock = clock
    this.#random = seededRandom(seed)
    this.#faults = { send, receive }
  }

  /** Those of the port inside: what this one loses on sending was sent by neither. */
  get counters(): FramePortCounters {
    return this.#inner.counters
  }

  /** Frames lost here, in both directions. */
  get lost(): number {
    return this.#lost
  }

  /** Replaces the faults of one direction, also while frames pass; those held back stay so. */
  setFaults(direction: Direction, faults: Faults): void {
    this.#faults[direction] = faults
  }

  open(listeners: FramePortListeners): void {
    this.#inner.open({ ...listeners, onFrames: (batch) => this.#receive(batch) })
    this.#listeners = listeners
  }

  send(octets: Uint8Array): void {
    this.#pass('send', octets, (frame) => this.#inner.send(frame))
  }

  close(): void {
    this.#listeners = undefined
    for (const takeBack of this.#held) takeBack()
    this.#held.clear()
    this.#inner.close()
  }

  /** What is not held back stays one batch. */
  #receive(batch: readonly Uint8Array[]): void {
    const now: Uint8Array[] = []
    let gathering = true
    for (const octets of batch) {
      this.#pass('receive', octets, (frame) => {
        if (gathering) now.push(frame)
        else this.#listeners?.onFrames([frame])
      })
    }
    gathering = false
    if (now.length > 0) this.#listeners?.onFrames(now)
  }

  #pass(direction: Direction, octets: Uint8Array, onward: (frame: Uint8Array) => void): void {
    const faults = this.#faults[direction]
    const copies = this.#happens(faults.duplication) ? 2 : 1
    for (let copy = 0; copy < copies; copy++) {
      if (this.#happens(faults.loss)) {
        this.#lost++
        continue
      }
      const frame = this.#happens(faults.corruption) ? this.#corrupt(octets) : octets
      this.#hold(this.#delay(faults), () => onward(frame))
    }
  }

  #happens(chance = 0): boolean {
    return chance > 0 && this.#random() < chance
  }

  #delay({ delay = 0, jitter = 0, reordering, reorderDelay = DEFAULT_REORDER_DELAY }: Faults): number {
    const spread = jitter > 0 ? this.#random() * jitter : 0
    return delay + spread + (this.#happens(reordering) ? reorderDelay : 0)
  }

  #corrupt(octets: Uint8Array): Uint8Array {
    const damaged = octets.slice()
    const room = octets.length - ADDRESSES_LENGTH
    if (room <= 0) return damaged
    const at = ADDRESSES_LENGTH + Math.floor(this.#random() * room)
    damaged[at]! ^= 1 + Math.floor(this.#random() * 255)
    return damaged
  }

  #hold(delay: number, onward: () => void): void {
    if (delay <= 0) return onward()
    if (this.#held.size >= CAPACITY) {
      this.#lost++
      return
    }
    const takeBack = this.#clock.wakeAt(this.#clock.now() + delay, () => {
      this.#held.delete(takeBack)
      onward()
    })
    this.#held.add(takeBack)
  }
}
