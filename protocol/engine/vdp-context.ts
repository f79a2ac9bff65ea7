/** What VDP on a port needs to know at the moment of a call, and the names of its timers. */
import type { VsiKey } from '../vdp/vsi-id.ts'
import type { EcpChannel, EcpContext } from './ecp-channel.ts'
import type { ReasonCode } from './reason.ts'

export interface VdpContext extends EcpContext {
  readonly channel: EcpChannel
  /** Both sides offer group IDs. */
  readonly groupIds: boolean
  /** Why VDP must not start anything now; undefined when it may. */
  readonly obstacle: ReasonCode | undefined
  /** No EVB bridge has been heard; what it offers is not known. */
  readonly bridgeAssumed: boolean
}

const WAIT_WHILE = 'vdp.waitWhile/'

/** The one timer of a VSI. */
export function waitWhileTimer(vsi: VsiKey): string {
  return WAIT_WHILE + vsi
}

/** The VSI a timer belongs to, undefined when it is none of theirs. */
export function vsiOfTimer(timer: string): VsiKey | undefined {
  return timer.startsWith(WAIT_WHILE) ? timer.slice(WAIT_WHILE.length) : undefined
}
