/**
 * The status octet of a VSI TLV. Source: 802.1Q-2018 §41.2.3.
 *
 *     request   0 | Req/Ack 0 | S | M | 0 0 0 0        S suspended, M migrating
 *     response  0 | Req/Ack 1 | Keep | Hard | error
 */

export const REQ_ACK = 0x40
const SUSPENDED = 0x20
const MIGRATING = 0x10
const KEEP = 0x20
const HARD = 0x10

/** Error codes of a response. 6 to 15 are reserved and read as `other`. */
export const VDP_ERRORS = {
  success: 0,
  invalidFormat: 1,
  insufficientResources: 2,
  managerUnreachable: 3,
  other: 4,
  invalidFilter: 5,
} as const

/** Migration hints of a request. Both at once are not defined and not sent. */
export type MigrationHint = 'none' | 'suspended' | 'migrating'

export interface ResponseStatus {
  /** 0 to 15, as received. */
  readonly error: number
  /** The request was refused, the previous association stays. Meaningless with error 0. */
  readonly keep: boolean
  /** The same request cannot succeed later. Meaningless with error 0. */
  readonly hard: boolean
}

export function isResponse(status: number): boolean {
  return (status & REQ_ACK) !== 0
}

export function encodeRequestStatus(hint: MigrationHint): number {
  return hint === 'suspended' ? SUSPENDED : hint === 'migrating' ? MIGRATING : 0
}

/** The hint of a request; both bits at once say nothing. */
export function decodeRequestStatus(status: number): MigrationHint {
  const bits = status & (SUSPENDED | MIGRATING)
  return bits === SUSPENDED ? 'suspended' : bits === MIGRATING ? 'migrating' : 'none'
}

export function encodeResponseStatus({ error, keep, hard }: ResponseStatus): number {
  if (!Number.isInteger(error) || error < 0 || error > 15) throw new RangeError(`VDP error ${error}`)
  return REQ_ACK | (error !== 0 && keep ? KEEP : 0) | (error !== 0 && hard ? HARD : 0) | error
}

/** Keep and Hard count only with an error. */
export function decodeResponseStatus(status: number): ResponseStatus {
  const error = status & 0x0f
  return { error, keep: error !== 0 && (status & KEEP) !== 0, hard: error !== 0 && (status & HARD) !== 0 }
}
