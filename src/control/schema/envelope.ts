/**
 * What every top-level JSON answer of qbg has in common: the name and version of its schema. A change that
 * breaks a reader gets a new version; added keys do not.
 */
import * as z from 'zod'

export const KINDS = [
  'capture-stats',
  'drained',
  'error',
  'event',
  'event-list',
  'fault-cleared',
  'fault-list',
  'frame',
  'lab',
  'log-level',
  'port-list',
  'report',
  'sent',
  'started',
  'status',
  'switch',
  'type-server',
  'verdict',
  'version',
  'vsi',
  'vsi-answers',
  'vsi-list',
  'vsi-type',
  'vsi-type-list',
] as const
export type Kind = (typeof KINDS)[number]
export type SchemaName<K extends Kind = Kind> = `qbg/v1/${K}`

/** A top-level answer: `{"schema": "qbg/v1/<kind>", ...}`. */
export function answer<K extends Kind, S extends z.ZodRawShape>(kind: K, shape: S) {
  return z.object({ schema: z.literal(`qbg/v1/${kind}` as const), ...shape })
}

/** An error answer. `hint` says what a person can do; `path` names the part of the request that is wrong. */
export const errorAnswer = answer('error', {
  error: z.object({
    code: z.string(),
    message: z.string(),
    hint: z.string().optional(),
    path: z.string().optional(),
  }),
})
export type ErrorAnswer = z.infer<typeof errorAnswer>

/** ISO 8601, UTC, milliseconds. */
export const time = z.string()

export const reasonJson = z.object({
  code: z.string(),
  text: z.string(),
  hint: z.string(),
  /** VDP error 1 to 15 when the switch gave one. */
  vdpError: z.number().optional(),
  /** The same request cannot succeed later. */
  hard: z.boolean().optional(),
})
export type ReasonJson = z.infer<typeof reasonJson>
