/**
 * Where the parts of a port put what they ask for during one step. Each part sees only this, not the others.
 */
import type { Fault } from '../wire/decoded.ts'
import type { CounterName } from './counters.ts'
import type { Effect, TimerId } from './effect.ts'

export class Outlet {
  readonly effects: Effect[] = []
  readonly now: number

  constructor(now: number) {
    this.now = now
  }

  push(effect: Effect): void {
    this.effects.push(effect)
  }

  send(octets: Uint8Array): void {
    this.effects.push({ type: 'frame.send', octets })
  }

  /** Arms `timer` `delay` milliseconds from now. */
  arm(timer: TimerId, delay: number): void {
    this.effects.push({ type: 'timer.arm', timer, at: this.now + delay })
  }

  cancel(timer: TimerId): void {
    this.effects.push({ type: 'timer.cancel', timer })
  }

  count(counter: CounterName, by = 1): void {
    if (by > 0) this.effects.push({ type: 'counter.add', counter, by })
  }

  fault(fault: Fault): void {
    this.effects.push({ type: 'fault.found', fault })
  }
}
