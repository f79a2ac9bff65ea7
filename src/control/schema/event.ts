/** Lines of `GET /v1/events` (NDJSON), of `qbg vsi watch --json` and of the event log. */
import * as z from 'zod'
import { answer, reasonJson, time } from './envelope.ts'
import { neighborJson } from './status.ts'
import { outcome, vsiState } from './vsi.ts'

const port = z.string()

export const eventBody = z.discriminatedUnion('type', [
  /** First line: from here on nothing is missed. */
  z.object({ type: z.literal('subscribed') }),
  /** What became of a VSI or of a request for it. */
  z.object({
    type: z.literal('vsi'),
    port,
    id: z.string(),
    state: vsiState,
    outcome,
    filter: z.array(z.string()),
    reason: reasonJson.nullable(),
  }),
  /** Bridge: a VSI that was associated on the port `from` has been associated on `port`, and is told to leave `from`. */
  z.object({ type: z.literal('moved'), port, id: z.string(), from: port }),
  /** Reflective relay as both sides see it. */
  z.object({ type: z.literal('relay'), port, active: z.boolean() }),
  /** Bridge: the data path was told to turn frames round, or not to. */
  z.object({ type: z.literal('hairpin'), port, enabled: z.boolean(), applied: z.boolean() }),
  /** The neighbour EVB runs with; null when it is gone. */
  z.object({ type: z.literal('neighbor'), port, neighbor: neighborJson.nullable() }),
  z.object({ type: z.literal('link'), port, up: z.boolean(), mac: z.string().nullable() }),
  /** The operator, or a pattern for names, changed the ports. */
  z.object({ type: z.literal('port'), port, change: z.enum(['added', 'removed', 'enabled', 'disabled']) }),
  /** A frame, or a part of one, was not usable. */
  z.object({
    type: z.literal('fault'),
    port,
    code: z.string(),
    offset: z.number(),
    clause: z.string(),
  }),
  /** Something was done wrong on purpose; `id` is the VSI, when it is one's. */
  z.object({
    type: z.literal('injected'),
    port,
    fault: z.string(),
    action: z.string(),
    what: z.string(),
    id: z.string().optional(),
  }),
  /** Last line: the daemon leaves. */
  z.object({ type: z.literal('stopping') }),
])
export type EventBody = z.infer<typeof eventBody>

const head = answer('event', {
  time,
  /** Counts the events of a daemon from 1; 0 for `subscribed`, which is its reader's own. */
  number: z.number(),
})
export const eventAnswer = z.intersection(head, eventBody)
export type EventAnswer = z.infer<typeof head> & EventBody

export const EVENT_TYPES = eventBody.options.map(({ shape }) => shape.type.value)

export const eventListAnswer = answer('event-list', { events: z.array(eventAnswer) })
export type EventListAnswer = z.infer<typeof eventListAnswer>
