/**
 * Why a request or a VSI did not get, or lost, what was asked. Codes only: the words and the hints for people
 * are in `src/control/reasons.ts`.
 */
export const REASONS = [
  // said by the switch, 802.1Q-2018 §41.2.3
  'invalid-format',
  'insufficient-resources',
  'manager-unreachable',
  'other-failure',
  'invalid-filter',
  'deassociated-by-bridge',
  // found out by ourselves
  'ecp-no-acknowledgement',
  'no-response',
  'response-mismatch',
  'keep-alive-timeout',
  'link-down',
  'no-evb-bridge',
  'same-role-neighbor',
  'group-ids-not-agreed',
  'mtu-too-small',
  'queue-full',
  'too-many-vsis',
  'unknown-vsi',
  'superseded',
  'withdrawn',
  'type-withdrawn',
  'moved',
  'released-by-station',
  'shut-down',
] as const

export type ReasonCode = (typeof REASONS)[number]

export interface Reason {
  readonly code: ReasonCode
  /** VDP error 1 to 15 when the switch gave one. */
  readonly vdpError?: number
  /** The switch says the same request cannot succeed later. */
  readonly hard?: boolean
  /** On a bridge: what its switch said, in words; the wire has no place for it. */
  readonly detail?: string
}

/** Why a bridge takes a VSI away. */
export type WithdrawalCode = Extract<ReasonCode, 'withdrawn' | 'type-withdrawn' | 'moved'>

/** The reason a VDP error stands for; 6 to 15 are reserved and read as other failure. Source: 802.1Q-2018 §41.2.3. */
export function reasonOfVdpError(error: number, hard: boolean, detail?: string): Reason {
  const codes = [
    'invalid-format',
    'insufficient-resources',
    'manager-unreachable',
    'other-failure',
    'invalid-filter',
  ]
  const code = (codes[error - 1] ?? 'other-failure') as ReasonCode
  return { code, vdpError: error, ...(hard && { hard }), ...(detail !== undefined && { detail }) }
}
