/** What `qbg status` and `qbg vsi show` tell of the agent for libvirt. */
import * as z from 'zod'
import { reasonJson, time } from './envelope.ts'

const problem = z.object({ code: z.string(), text: z.string(), hint: z.string() })

export const libvirtJson = z.object({
  /** Netlink port, as in the pid file. */
  port: z.number(),
  pidFile: z.string(),
  /** VSIs that libvirt asked for and has not ended. */
  vsis: z.number(),
  lastRequestAt: time.nullable(),
  /** By kind; names are those of `src/libvirt/agent-counters.ts`. */
  counters: z.record(z.string(), z.number()),
  problems: z.array(problem),
})

/** libvirt's last request for a VSI. */
export const libvirtVsiJson = z.object({
  operation: z.enum(['preassociate', 'preassociate-rr', 'associate', 'deassociate']),
  /** The number libvirt was told, 0 for a yes; null while it is told to wait. */
  response: z.number().nullable(),
  reason: reasonJson.nullable(),
  /** When a failure was told. */
  at: time.nullable(),
})

export type LibvirtJson = z.infer<typeof libvirtJson>
export type LibvirtVsiJson = z.infer<typeof libvirtVsiJson>
