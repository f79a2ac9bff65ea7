/** `GET /v1/ports` and `qbg port list`; what `POST` and `PUT` take. */
import * as z from 'zod'
import { answer } from './envelope.ts'

export const portRow = z.object({
  name: z.string(),
  enabled: z.boolean(),
  /** Its link is up. */
  link: z.boolean(),
  /** Name or address of the EVB neighbour. */
  neighbor: z.string().nullable(),
  relay: z.boolean(),
  /** VSIs that have something. */
  vsis: z.number(),
  /** The pattern that took it in. */
  pattern: z.string().nullable(),
})
export const portListAnswer = answer('port-list', {
  /** Interfaces whose names fit are taken in as they come. */
  patterns: z.array(z.string()),
  ports: z.array(portRow),
})

export const portAddition = z.strictObject({ name: z.string().min(1).max(64) })
export const portChange = z.strictObject({ enabled: z.boolean() })

export type PortRow = z.infer<typeof portRow>
export type PortListAnswer = z.infer<typeof portListAnswer>
