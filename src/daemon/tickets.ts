/**
 * Requests that wait for a port's final word. Each ticket is answered once, to all who wait for it; who no longer
 * waits ends that, and the word that comes later is only an event.
 */
import type { VsiReport } from '../../protocol/engine/effect.ts'

type Waiter = (report: VsiReport) => void

export class Tickets {
  readonly #waiters = new Map<number, Set<Waiter>>()
  #last = 0

  /** Those who wait. */
  get waiting(): number {
    let sum = 0
    for (const waiters of this.#waiters.values()) sum += waiters.size
    return sum
  }

  /** A new one. */
  open(): number {
    this.#last++
    return this.#last
  }

  /** Calls `answer` with the final report of the ticket, once. Returns what ends the wait. */
  wait(ticket: number, answer: Waiter): () => void {
    const waiter: Waiter = (report) => answer(report)
    const waiters = this.#waiters.get(ticket) ?? new Set()
    this.#waiters.set(ticket, waiters.add(waiter))
    return () => {
      waiters.delete(waiter)
      if (waiters.size === 0 && this.#waiters.get(ticket) === waiters) this.#waiters.delete(ticket)
    }
  }

  answer(report: VsiReport): void {
    for (const ticket of report.tickets) {
      const waiters = this.#waiters.get(ticket)
      this.#waiters.delete(ticket)
      for (const waiter of waiters ?? []) waiter(report)
    }
  }
}
