/** What `POST /v1/vsis` takes: one or more requests, given to their ports in the same moment. */
import * as z from 'zod'
import { parseFilter } from '../filter-text.ts'
import { readManagerId, readVsiId } from '../vsi-text.ts'
import { textAs } from './text-as.ts'

export const MODES = ['associate', 'preassociate', 'preassociate-rr', 'deassociate'] as const
export type Mode = (typeof MODES)[number]

export const HINTS = ['none', 'suspended', 'migrating'] as const

const port = z.string().min(1).optional()
const id = z.string().transform(textAs(readVsiId))

export const organizationalJson = z.strictObject({
  oui: z.string().regex(/^[0-9a-f]{6}$/i, 'six hex digits'),
  data: z.string().regex(/^([0-9a-f]{2}){0,508}$/i, 'at most 508 octets as hex digits'),
})

export const associateRequest = z.strictObject({
  mode: z.enum(['associate', 'preassociate', 'preassociate-rr']),
  /** May be left out when the daemon has one port. */
  port,
  id,
  typeId: z.int().min(0).max(0xffffff),
  typeVersion: z.int().min(0).max(255).default(0),
  managerId: z.string().default('0').transform(textAs(readManagerId)),
  filter: z.array(z.string()).min(1).max(243).transform(textAs(parseFilter)),
  hint: z.enum(HINTS).default('none'),
  organizational: z.array(organizationalJson).max(64).default([]),
})

/** A VSI ends by its ID alone. */
const deassociate = z.strictObject({ mode: z.literal('deassociate'), port, id })

export const vsiRequest = z.discriminatedUnion('mode', [associateRequest, deassociate])
export type VsiRequest = z.infer<typeof vsiRequest>
export type AssociateRequest = z.infer<typeof associateRequest>

/** Seconds a request may wait for its answer at most. */
export const MAX_WAIT = 86_400

export const vsiRequests = z.strictObject({
  requests: z.array(vsiRequest).min(1).max(16_384),
  /** Seconds; afterwards the answer is the state so far, and the request stays in force. */
  wait: z.number().min(0).max(MAX_WAIT).default(30),
})
export type VsiRequests = z.infer<typeof vsiRequests>
/** As a client writes it. */
export type VsiRequestsInput = z.input<typeof vsiRequests>
