/** `qbg decode --json`: a line for each frame; with `--stats` one answer for the capture. */
import * as z from 'zod'
import { answer } from './envelope.ts'

/** ISO 8601, UTC, nanoseconds; null where the capture has none. */
const captureTime = z.string().nullable()

const octetRange = {
  /** First octet, from the start of the frame. */
  offset: z.int().nonnegative(),
  length: z.int().nonnegative(),
}

/** A field with a value, or a group with the fields in it; both in the order of the octets. */
export const fieldJson: z.ZodType<FieldJson> = z.union([
  z.strictObject({
    name: z.string(),
    ...octetRange,
    value: z.union([z.number(), z.boolean(), z.string()]),
    meaning: z.string().optional(),
  }),
  z.strictObject({
    name: z.string(),
    ...octetRange,
    get fields() {
      return z.array(fieldJson)
    },
  }),
])
export type FieldJson = { name: string; offset: number; length: number } & (
  | { value: number | boolean | string; meaning?: string | undefined }
  | { fields: FieldJson[] }
)

export const frameAnswer = answer('frame', {
  number: z.int().positive(),
  time: captureTime,
  /** Of the capture, from 0. */
  interface: z.int().nonnegative(),
  interfaceName: z.string().optional(),
  /** LINKTYPE_; other than 1, Ethernet, is not decoded. */
  linkType: z.int(),
  direction: z.enum(['in', 'out']).optional(),
  /** Octets in the capture, and on the wire. */
  captured: z.int().nonnegative(),
  length: z.int().nonnegative(),
  protocol: z.enum(['lldp', 'ecp', 'ecp-draft', 'other']),
  fields: z.array(fieldJson),
  /** Codes are in src/README.md. */
  faults: z.array(z.strictObject({ code: z.string(), offset: z.int().nonnegative(), clause: z.string() })),
})
export type FrameAnswer = z.infer<typeof frameAnswer>

const count = z.int().nonnegative()
const vdpCount = z.object({ requests: count, granted: count, refused: count })
const vdpCounts = z.object({
  preassociate: vdpCount,
  'preassociate-rr': vdpCount,
  associate: vdpCount,
  deassociate: vdpCount,
})
const exchange = z.object({ requests: count, acknowledgements: count })

export const captureStatsAnswer = answer('capture-stats', {
  frames: count,
  octets: count,
  malformed: count,
  cut: count,
  first: captureTime,
  last: captureTime,
  protocols: z.object({ lldp: count, ecp: count, 'ecp-draft': count, other: count }),
  lldp: z.object({ shutdowns: count, evb: count, cdcp: count, 'evb-draft': count }),
  ecp: exchange,
  vdp: vdpCounts,
  /** Draft 0.2 tells no request from a successful response: both are `requests`. */
  draft: z.object({ ecp: exchange, vdp: vdpCounts }),
  faults: z.record(z.string(), count),
  /** By sender; null for all beyond 10,000. */
  ports: z.array(
    z.object({
      mac: z.string().nullable(),
      frames: count,
      lldp: count,
      requests: count,
      acknowledgements: count,
      malformed: count,
    }),
  ),
})
export type CaptureStatsAnswer = z.infer<typeof captureStatsAnswer>
