/**
 * A clock that stands still until it is told to go, for tests, simulation and replay. It walks from wake-up to
 * wake-up; several at the same moment come in the order in which they were asked for.
 */
import type { Clock } from './clock.ts'

interface WakeUp {
  readonly at: number
  readonly order: number
  readonly wake: () => void
}

export class VirtualClock implements Clock {
  readonly #wakeUps = new Set<WakeUp>()
  #now: number
  #asked = 0

  constructor(start = 0) {
    this.#now = start
  }

  now(): number {
    return this.#now
  }

  wakeAt(at: number, wake: () => void): () => void {
    const wakeUp = { at, order: this.#asked++, wake }
    this.#wakeUps.add(wakeUp)
    return () => this.#wakeUps.delete(wakeUp)
  }

  /** When the next wake-up is due; Infinity when nobody waits. */
  get next(): number {
    return this.#earliest()?.at ?? Number.POSITIVE_INFINITY
  }

  /** Goes to the next wake-up and does it. False when nobody waits. */
  step(): boolean {
    const earliest = this.#earliest()
    if (earliest === undefined) return false
    this.#wakeUps.delete(earliest)
    this.#now = Math.max(this.#now, earliest.at)
    earliest.wake()
    return true
  }

  /** Goes on by `duration` milliseconds, doing what falls due on the way. */
  advance(duration: number): void {
    this.advanceTo(this.#now + duration)
  }

  advanceTo(end: number): void {
    while (this.next <= end) this.step()
    this.#now = Math.max(this.#now, end)
  }

  /** A scan: wake-ups are one for each driver and one for each frame on its way. */
  #earliest(): WakeUp | undefined {
    let earliest: WakeUp | undefined
    for (const wakeUp of this.#wakeUps) {
      if (earliest === undefined || wakeUp.at < earliest.at) earliest = wakeUp
    }
    return earliest
  }
}
