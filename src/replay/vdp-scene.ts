/** What a VDP judge looks at: one TLV in its surroundings. */
import type { VsiKey } from '../../protocol/vdp/vsi-id.ts'
import type { Judge } from './judge.ts'
import type { Observation } from './observation.ts'
import type { Side, ValuesInForce } from './side.ts'
import type { VsiLife } from './vsi-life.ts'

export interface VdpScene {
  readonly judge: Judge
  readonly lives: Map<VsiKey, VsiLife>
  /** A frame whose ULPDU was cut; nobody is said to have missed what was asked before. */
  readonly unread: number
  readonly values: ValuesInForce
  readonly side: Side
  readonly partner: Side | undefined
  readonly observation: Observation
}

/** Clocks of captures and timers of user space are coarse. */
export const LATE = 1.25
export const EARLY = 0.8
/** Milliseconds. */
export const SLACK = 100

/** M and S of a request; Keep and Hard of an answer. */
export const HINTS = 0x30

export function seconds(milliseconds: number): string {
  return `${(milliseconds / 1000).toFixed(2)} s`
}

export function hex(octet: number): string {
  return `0x${octet.toString(16).padStart(2, '0')}`
}
