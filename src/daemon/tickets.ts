/**
 * Requests that wait for the port's final word. Each ticket is answered once; who no longer waits drops it, and
 * the word that comes later is only an event.
 */
import type { VsiReport } from '../../protocol/engine/effect.ts'

export class Tickets {
  readonly #waiting = new Map<number, (report: VsiReport) => void>()
  #last = 0

  get waiting(): number {
    return this.#waiting.size
  }

  /** A new ticket; `answer` is called with its final report, unless it is dropped before. */
  open(answer: (report: VsiReport) => void): number {
    this.#last++
    this.#waiting.set(this.#last, answer)
    return this.#last
  }

  answer(report: VsiReport): void {
    for (const ticket of report.tickets) {
      const answer = this.#waiting.get(ticket)
      this.#waiting.delete(ticket)
      answer?.(report)
    }
  }

  drop(ticket: number): void {
    this.#waiting.delete(ticket)
  }
}
