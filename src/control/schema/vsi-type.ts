/**
 * A VSI type (port profile): what the VSIs of this type may have, and what they get. As it is written in a file of
 * types, sent by a VSI manager and shown by `--json`. Source of the key: 802.1Q-2018 §41.1.3, §41.2.4, §41.2.5.
 */
import * as z from 'zod'
import { DEFAULT_MANAGER_ID } from '../../../protocol/vdp/manager-id-tlv.ts'
import { readManagerId } from '../vsi-text.ts'
import {
  parseGroupId,
  parseMacPrefix,
  parseMoment,
  parseRate,
  parseSize,
  parseVidRange,
} from '../vsi-type-text.ts'
import { answer } from './envelope.ts'
import { textAs } from './text-as.ts'

const numberOrText = z.union([z.number(), z.string()])
/** As requests write it: `0`, a number to 255, an IP address, `"text"`. */
export const managerIdText = z
  .union([z.int().min(0).max(255), z.string()])
  .transform(textAs((written) => readManagerId(String(written))))
const moment = z.string().transform(textAs(parseMoment))

/** What an entry without VID gets; the PCP goes with it when the entry has none of its own. */
const assignment = z.strictObject({
  vid: z.int().min(1).max(4094).optional(),
  pcp: z.int().min(0).max(7).optional(),
})

const bandwidth = z.strictObject({
  rate: numberOrText.transform(textAs(parseRate)),
  burst: numberOrText.transform(textAs(parseSize)).optional(),
})

export const vsiTypeEntry = z
  .strictObject({
    id: z.int().min(0).max(0xffffff),
    /** Every version when absent. */
    version: z.int().min(0).max(255).optional(),
    /** The default manager when absent. */
    manager: managerIdText.optional(),
    name: z
      .string()
      .min(1)
      .max(100)
      .regex(/^[^\p{Cc}\p{Zl}\p{Zp}]*$/u, 'is one line of text, without control characters')
      .optional(),
    /** VIDs a VSI may have; any when absent. Those that are assigned below are always allowed. */
    vlans: z
      .array(numberOrText.transform(textAs(parseVidRange)))
      .min(1)
      .optional(),
    /** MAC addresses a VSI may have, or how they begin; any when absent. */
    macs: z
      .array(z.string().transform(textAs(parseMacPrefix)))
      .min(1)
      .optional(),
    /** Group IDs a VSI may have, with what they get; any when absent. */
    groups: z.record(z.string(), assignment.nullable()).optional(),
    assign: assignment.optional(),
    /** VSIs of this type that have or reserve resources, on all ports together. */
    maxVsis: z.int().min(0).max(1_000_000).optional(),
    /** Of each VSI, from the VSI to the network. */
    bandwidth: bandwidth.optional(),
    validFrom: moment.optional(),
    validUntil: moment.optional(),
  })
  .superRefine(({ groups, validFrom, validUntil }, context) => {
    for (const group of Object.keys(groups ?? {})) {
      const read = parseGroupId(group)
      if (!read.ok) context.addIssue({ code: 'custom', message: read.message, path: ['groups', group] })
    }
    if (validFrom === undefined || validUntil === undefined || validFrom < validUntil) return
    context.addIssue({ code: 'custom', message: 'is not later than validFrom', path: ['validUntil'] })
  })

/** As written. */
export type VsiTypeInput = z.input<typeof vsiTypeEntry>
export type VsiTypeEntry = z.infer<typeof vsiTypeEntry>

/** A file of types. The key has to be there: an editor that empties a file before it writes it withdraws nothing. */
export const vsiTypesFile = z
  .strictObject({ types: z.array(vsiTypeEntry) })
  .superRefine(({ types }, context) => {
    const seen = new Set<string>()
    for (const [index, { id, version, manager }] of types.entries()) {
      const key = `${manager ?? DEFAULT_MANAGER_ID}/${id}/${version}`
      if (seen.has(key)) {
        context.addIssue({ code: 'custom', message: 'is there twice', path: ['types', index, 'id'] })
      }
      seen.add(key)
    }
  })

/** What a VSI manager answers over HTTP, and `qbg type show --json`. */
export const vsiTypeAnswer = answer('vsi-type', { type: vsiTypeEntry })
export const vsiTypeListAnswer = answer('vsi-type-list', { types: z.array(vsiTypeEntry) })
/** As it is sent. */
export type VsiTypeAnswer = z.input<typeof vsiTypeAnswer>
export type VsiTypeListAnswer = z.input<typeof vsiTypeListAnswer>
