/**
 * One VSI as the state file has it: whose it is, and what is asked for it in the words of the control protocol. One
 * line of JSON each, so that a person can read, compare and search the file.
 */
import * as z from 'zod'
import type { VsiCommand } from '../../protocol/engine/input.ts'
import { formatVsiId } from '../../protocol/vdp/vsi-id.ts'
import { OWNERS, type Owner } from '../control/owner.ts'
import { type Parsed, parsed, unparsable } from '../control/parsed.ts'
import { explainIssue } from '../control/schema/issue-text.ts'
import { associateRequest } from '../control/schema/vsi-request.ts'
import { toParameters, toVsiCommand } from '../control/vsi-command.ts'

/** An interface that comes and goes with a guest. */
export interface Device {
  readonly index: number
  readonly name: string
}

export interface StoredVsi {
  readonly port: string
  readonly owner: Owner
  /** Since when it is the owner's. Milliseconds since 1970. */
  readonly since: number
  /** As it was asked for, null VIDs and all. */
  readonly command: VsiCommand
  /** The guest's interface it was seen on, in the boot of the file. */
  readonly device?: Device | undefined
  /** What its askers want to find again: plain JSON. */
  readonly details: Readonly<Partial<Record<Owner, Readonly<Record<string, unknown>>>>>
}

/** Keys of a later version of the same format are left out. */
const storedVsi = z.object({
  ...associateRequest.shape,
  port: z.string().min(1).max(64),
  owner: z.enum(OWNERS),
  since: z.iso.datetime(),
  device: z.object({ index: z.int(), name: z.string() }).optional(),
  details: z.partialRecord(z.enum(OWNERS), z.record(z.string(), z.unknown())).default({}),
})

/** Without an end of line. */
export function encodeStoredVsi({ port, owner, since, command, device, details }: StoredVsi): string {
  const id = formatVsiId(command.vsiId)
  const time = new Date(since).toISOString()
  return JSON.stringify({ port, id, owner, since: time, ...toParameters(command), device, details })
}

/** Inverse of `encodeStoredVsi`, after JSON.parse; says what is wrong with anything else. */
export function decodeStoredVsi(value: unknown): Parsed<StoredVsi> {
  const result = storedVsi.safeParse(value, { reportInput: true })
  if (!result.success) {
    const { path, message } = explainIssue(result.error.issues[0]!)
    return unparsable(path ? `${path}: ${message}` : message)
  }
  const { port, owner, since, device, details, ...request } = result.data
  const command = toVsiCommand(request)
  if (!command.ok) return command
  const rest = { ...(device && { device }), details }
  return parsed({ port, owner, since: Date.parse(since), command: command.value, ...rest })
}
