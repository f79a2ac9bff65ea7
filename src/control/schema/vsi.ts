/** VSIs and answers about them, as the API and `--json` tell them. */
import * as z from 'zod'
import { OWNERS } from '../owner.ts'
import { answer, reasonJson, time } from './envelope.ts'
import { libvirtVsiJson } from './libvirt.ts'
import { HINTS, MODES, organizationalJson } from './vsi-request.ts'

export const vsiState = z.enum(['none', 'preassociated', 'preassociated-rr', 'associated'])
export const outcome = z.enum(['granted', 'kept', 'refused', 'released', 'lost', 'waiting', 'progress'])

/** Parameters of a VSI. `filter` is in the text form that requests use. */
export const parameters = z.object({
  mode: z.enum(MODES),
  typeId: z.number(),
  typeVersion: z.number(),
  managerId: z.string(),
  filter: z.array(z.string()),
  hint: z.enum(HINTS),
  organizational: z.array(organizationalJson),
})

/** A row of ieee8021BridgeEvbVSIDBTable with its MAC rows, names without that prefix. */
export const vsiMib = z.object({
  VSIIDType: z.number(),
  VSIID: z.string(),
  VSITimeSinceCreate: z.number(),
  VsiVdpOperCmd: z.number(),
  VsiOperRevert: z.boolean(),
  VsiOperHard: z.boolean(),
  VsiOperReason: z.array(z.string()),
  VSIType: z.number(),
  VSITypeVersion: z.number(),
  VSIMgrID16: z.string(),
  VSIFilterFormat: z.number(),
  VSINumMACs: z.number(),
  VDPMachineState: z.number(),
  VDPCommandsSucceeded: z.number(),
  VDPCommandsFailed: z.number(),
  VDPCommandReverts: z.number(),
  VSIDBMacTable: z.array(
    z.object({ GroupID: z.number(), VSIMac: z.string().nullable(), VSIVlanId: z.number() }),
  ),
})

export const vsiJson = parameters.extend({
  port: z.string(),
  id: z.string(),
  state: vsiState,
  /** False: the port has forgotten the VSI; this is told from memory. */
  live: z.boolean(),
  /** Whose it is, or was; null on a bridge, where stations ask. */
  owner: z.enum(OWNERS).nullable(),
  /** What libvirt asked for last, when it did. */
  libvirt: libvirtVsiJson.nullable(),
  /** Read from disk when the daemon started, and not confirmed since. */
  restored: z.boolean(),
  /** State of the VSI's machine by its name in the standard. */
  machine: z.string().nullable(),
  /** What became of the last request, or of the VSI. */
  outcome: outcome.nullable(),
  /** Why the last request failed, the VSI was lost, or for what it waits. */
  reason: reasonJson.nullable(),
  /** A request that has no answer yet. */
  pending: parameters.nullable(),
  createdAt: time.nullable(),
  changedAt: time.nullable(),
  endedAt: time.nullable(),
  /** Answered keep-alives; null when the port has forgotten the VSI. */
  keepAlives: z.number().nullable(),
  mib: vsiMib,
})

export const vsiAnswer = answer('vsi', { vsi: vsiJson })
export const vsiListAnswer = answer('vsi-list', { vsis: z.array(vsiJson) })

/** What became of one request of a batch. */
export const requestAnswer = z.object({
  port: z.string(),
  id: z.string(),
  mode: z.enum(MODES),
  /** The switch said yes to what was asked (or, for deassociate, the VSI is gone). */
  ok: z.boolean(),
  /** Everything but `waiting` and `progress` is final. */
  outcome,
  state: vsiState,
  filter: z.array(z.string()),
  reason: reasonJson.nullable(),
})
export const requestAnswers = answer('vsi-answers', { answers: z.array(requestAnswer) })

export type Parameters = z.infer<typeof parameters>
export type VsiMib = z.infer<typeof vsiMib>
export type VsiJson = z.infer<typeof vsiJson>
export type VsiAnswer = z.infer<typeof vsiAnswer>
export type VsiListAnswer = z.infer<typeof vsiListAnswer>
export type RequestAnswer = z.infer<typeof requestAnswer>
export type RequestAnswers = z.infer<typeof requestAnswers>
