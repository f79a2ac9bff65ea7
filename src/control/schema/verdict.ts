/** A line of `qbg replay --json`: what a capture shows, what is wrong in it, and whether that was expected. */
import * as z from 'zod'
import { answer } from './envelope.ts'

/** Milliseconds. */
const times = z.object({ median: z.number(), max: z.number() }).nullable()

const side = z.object({
  mac: z.string(),
  role: z.enum(['station', 'bridge', 'unknown']),
  /** Why it has the role. */
  evidence: z.string(),
  lldpdus: z.number(),
  ecp: z.object({
    /** Different ECPDUs with a request, and how often they were sent in all. */
    requests: z.number(),
    transmissions: z.number(),
    acknowledgements: z.number(),
    unacknowledged: z.number(),
    ackTime: times,
  }),
})

const vsi = z.object({
  id: z.string(),
  state: z.enum(['none', 'preassociated', 'preassociated-rr', 'associated']),
  /** `associate`, `granted`, `keep-alive x3`, ... */
  path: z.array(z.string()),
  keepAlives: z.number(),
  answerTime: times,
  events: z.array(
    z.object({
      frame: z.number(),
      at: z.number(),
      what: z.string(),
      state: z.string(),
      error: z.number().optional(),
    }),
  ),
})

const wire = z.object({
  /** Of the capture. */
  interface: z.number(),
  sides: z.array(side),
  operating: z.object({ r: z.number(), rte: z.number(), rwd: z.number(), rka: z.number() }).nullable(),
  relay: z.enum(['on', 'off', 'unknown']),
  vsis: z.array(vsi),
})

const finding = z.object({
  code: z.string(),
  /** Number in the table of rules in protocol/README.md. */
  rule: z.number().nullable(),
  severity: z.enum(['error', 'warning', 'note']),
  frame: z.number(),
  /** Milliseconds since the first packet. */
  at: z.number(),
  /** Whose fault it is. */
  side: z.string(),
  vsi: z.string().nullable(),
  text: z.string(),
})

export const verdictAnswer = answer('verdict', {
  file: z.string(),
  /** Milliseconds. */
  duration: z.number(),
  frames: z.object({
    packets: z.number(),
    lldp: z.number(),
    ecp: z.number(),
    draft: z.number(),
    broken: z.number(),
    other: z.number(),
  }),
  wires: z.array(wire),
  findings: z.array(finding),
  counts: z.object({ error: z.number(), warning: z.number(), note: z.number() }),
  /** Why the file could not be read to its end. */
  broken: z.object({ code: z.string(), offset: z.number(), message: z.string() }).nullable(),
  result: z.enum(['pass', 'fail', 'unusable']),
  /** The expectation that was held against it, or written. */
  expectation: z.string().nullable(),
  updated: z.boolean(),
  /** Unified diff from expected to found. */
  mismatch: z.string().nullable(),
  /** With --as: what our machine did otherwise. */
  differences: z.array(
    z.object({
      stream: z.string(),
      lines: z.array(
        z.object({
          sign: z.enum([' ', '-', '+']),
          frame: z.number().nullable(),
          at: z.number(),
          text: z.string(),
        }),
      ),
    }),
  ),
  /** Why there is no verdict. */
  problem: z.object({ message: z.string(), hint: z.string().nullable() }).nullable(),
})
export type VerdictAnswer = z.infer<typeof verdictAnswer>
