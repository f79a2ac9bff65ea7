/** What the agent for libvirt has seen and done, by kind; shown by `qbg status`. */
import { OPERATIONS } from './request.ts'

export const AGENT_COUNTERS = [
  /** RTM_SETLINK, by operation. */
  ...OPERATIONS,
  /** RTM_GETLINK. */
  'getlink',
  /** Requests that make no sense here: answered with an error. */
  'unusable',
  /** Answers, and how many of them said no. */
  'answers',
  'refusals',
  /** Answers that nobody was there to take. */
  'undelivered',
  /** Messages about lost VSIs, and how many found nobody. */
  'events',
  'eventsRefused',
  /** Datagrams and messages that were not answered, by reason. */
  'dropsKernel',
  'dropsNotRequest',
  'dropsMalformed',
  /** Times the kernel had to drop datagrams for want of room. */
  'overruns',
] as const

export type AgentCounter = (typeof AGENT_COUNTERS)[number]
export type AgentCounters = Record<AgentCounter, number>

export function zeroCounters(): AgentCounters {
  return Object.fromEntries(AGENT_COUNTERS.map((name) => [name, 0])) as AgentCounters
}
