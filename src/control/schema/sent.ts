/** What `qbg send` answers. */
import * as z from 'zod'
import { answer } from './envelope.ts'

export const sentAnswer = answer('sent', {
  file: z.string(),
  /** The interface; null with --dry-run. */
  port: z.string().nullable(),
  /** Whose frames. */
  from: z.object({ mac: z.string(), role: z.enum(['station', 'bridge', 'unknown']) }),
  /** Frames that left. */
  sent: z.number(),
  /** Frames that the interface refused. */
  failed: z.number(),
  /** Frames that the capture holds only in part. */
  cut: z.number(),
  /** Frames behind --limit, or behind the interruption. */
  left: z.number(),
  /** Milliseconds; of the plan, with --dry-run. */
  duration: z.number(),
  /** Milliseconds the latest frame was late. */
  late: z.number(),
})
export type SentAnswer = z.infer<typeof sentAnswer>
