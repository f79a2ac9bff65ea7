/** `GET /v1/switch` and `qbg switch show --json`: what the data path is to do, and what it does. */
import * as z from 'zod'
import { answer } from './envelope.ts'

/** The nf_tables table that holds the rules. */
const switchTable = z.object({
  family: z.literal('bridge'),
  name: z.string(),
  /** `altered`: somebody has changed the rules themselves, not only what is in their sets. */
  state: z.enum(['in-order', 'absent', 'altered']),
})

const switchPort = z.object({
  name: z.string(),
  /** The Linux bridge the interface is a port of. */
  bridge: z.string().nullable(),
  /** Only frames of associated VSIs pass. */
  enforced: z.boolean(),
  untaggedVid: z.number(),
  /** Null: there is no bridge port to set. */
  hairpin: z.object({ wanted: z.boolean(), actual: z.boolean() }).nullable(),
  /** How the port was before us, and will be after. */
  found: z.object({ hairpin: z.boolean() }).nullable(),
  /** VSIs whose frames pass. */
  vsis: z.number(),
  /** Elements of the table for this port. */
  elements: z.object({
    wanted: z.number(),
    missing: z.array(z.string()),
    surplus: z.array(z.string()),
  }),
  /** Frames that were not let pass since the table was made; null when that cannot be read. */
  refused: z.object({ in: z.number(), out: z.number() }).nullable(),
  inOrder: z.boolean(),
})

export const switchAnswer = answer('switch', {
  dataPlane: z.enum(['none', 'linux-bridge']),
  /** Nothing differs from what is wanted. */
  inOrder: z.boolean(),
  /** Null when there are no rules. */
  table: switchTable.nullable(),
  ports: z.array(switchPort),
})

export type SwitchTableJson = z.infer<typeof switchTable>
export type SwitchPortJson = z.infer<typeof switchPort>
export type SwitchAnswer = z.infer<typeof switchAnswer>
