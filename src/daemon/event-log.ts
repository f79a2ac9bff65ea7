/**
 * What happened, for who asks later: the last events of each kind, numbered, with their times. Kinds are bounded
 * one by one, so that a flood of unusable frames does not push out when a VSI moved.
 */
import type { EventAnswer, EventBody } from '../control/schema/event.ts'
import type { EventQuery } from '../control/service.ts'

/** Events kept of each kind. */
export const EVENTS_OF_A_KIND = 1000

export class EventLog {
  readonly #kinds = new Map<EventBody['type'], EventAnswer[]>()
  readonly #limit: number
  #number = 0

  constructor(limit: number = EVENTS_OF_A_KIND) {
    this.#limit = limit
  }

  /** Numbers the event and keeps it. `at` is milliseconds since 1970. */
  add(body: EventBody, at: number): EventAnswer {
    const time = new Date(at).toISOString()
    const event: EventAnswer = { schema: 'qbg/v1/event', time, number: ++this.#number, ...body }
    const kept = this.#kinds.get(body.type)
    if (kept === undefined) this.#kinds.set(body.type, [event])
    else kept.push(event)
    // Cut in strides: taking the first off an array costs its length.
    if (kept && kept.length >= 2 * this.#limit) kept.splice(0, kept.length - this.#limit)
    return event
  }

  /** In the order in which they happened. */
  list({ port, types, vsi, after = 0, last }: EventQuery = {}): EventAnswer[] {
    const kinds = [...this.#kinds].filter(([type]) => types === undefined || types.includes(type))
    const found = kinds
      .flatMap(([, events]) => events.slice(-this.#limit))
      .filter((event) => event.number > after && isOfPort(event, port) && isOfVsi(event, vsi))
      .sort((one, other) => one.number - other.number)
    return last === undefined ? found : found.slice(Math.max(0, found.length - last))
  }
}

function isOfPort(event: EventAnswer, port: string | undefined): boolean {
  return port === undefined || !('port' in event) || event.port === port
}

function isOfVsi(event: EventAnswer, vsi: string | undefined): boolean {
  return vsi === undefined || ('id' in event && event.id === vsi)
}
