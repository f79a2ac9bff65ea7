/**
 * Where the parts of a port put what they ask for during one step. Each part sees only this, not the others.
 */
import type { Fault } from '../wire/decoded.ts'
import type { CounterName } from './counters.ts'
import type { Effect, TimerId } from './effect.ts'

export class Outlet {
  readonly effects: Effect[] = []
  readonly now: number
  readonly #timers: Map<TimerId, number> | undefined

  /** `timers`, when given, is kept up to date with what is armed. */
  constructor(now: number, timers?: Map<TimerId, number>) {
    this.now = now
    this.#timers = timers
  }

  push(effect: Effect): void {
    this.effects.push(effect)
  }

  send(octets: Uint8Array): void {
    this.effects.push({ type: 'frame.send', octets })
  }

  /** Arms `timer` `delay` milliseconds from now. */
  arm(timer: TimerId, delay: number): void {
    const at = this.now + delay
    this.#timers?.set(timer, at)
    this.effects.push({ type: 'timer.arm', timer, at })
  }

  /** Nothing happens when the timer is known not to be armed. */
  cancel(timer: TimerId): void {
    if (this.#timers?.delete(timer) === false) return
    this.effects.push({ type: 'timer.cancel', timer })
  }

  count(counter: CounterName, by = 1): void {
    if (by > 0) this.effects.push({ type: 'counter.add', counter, by })
  }

  fault(fault: Fault): void {
    this.effects.push({ type: 'fault.found', fault })
  }
}
