/** Keeps events, and tells them to whoever subscribed. One listener's failure is not the others' business. */
import type { EventAnswer, EventBody } from '../control/schema/event.ts'
import { EventLog } from './event-log.ts'

export class Events {
  readonly log = new EventLog()
  readonly #listeners = new Set<(event: EventAnswer) => void>()

  subscribe(listener: (event: EventAnswer) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  emit(body: EventBody): void {
    const event = this.log.add(body, Date.now())
    for (const listener of [...this.#listeners]) listener(event)
  }
}
