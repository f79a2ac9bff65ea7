/** `qbg report --json`: the page that was written. */
import * as z from 'zod'
import { answer } from './envelope.ts'

const count = z.int().nonnegative()

export const reportAnswer = answer('report', {
  /** The capture, and the page. */
  file: z.string(),
  html: z.string(),
  /** Octets of the page. */
  size: count,
  frames: z.object({
    packets: count,
    lldp: count,
    ecp: count,
    draft: count,
    broken: count,
    other: count,
    /** On the page. */
    shown: count,
  }),
  vsis: count,
  findings: z.object({ error: count, warning: count, note: count }),
  /** What is not on the page, in words. */
  limits: z.array(z.string()),
})
export type ReportAnswer = z.infer<typeof reportAnswer>
