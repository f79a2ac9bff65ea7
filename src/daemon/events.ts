/** Tells events to whoever subscribed. One listener's failure is not the others' business. */
import type { EventAnswer, EventBody } from '../control/schema/event.ts'

export class Events {
  readonly #listeners = new Set<(event: EventAnswer) => void>()

  subscribe(listener: (event: EventAnswer) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  emit(body: EventBody): void {
    if (this.#listeners.size === 0) return
    const event: EventAnswer = { schema: 'qbg/v1/event', time: new Date().toISOString(), ...body }
    for (const listener of [...this.#listeners]) listener(event)
  }
}
