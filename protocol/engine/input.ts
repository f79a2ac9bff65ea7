/**
 * Everything that can happen to a port. Plain data: a recorded list of inputs replays a port's whole life.
 * `now` is not part of an input; `step` takes it beside it, in milliseconds of a monotonic clock.
 */
import type { VsiCommand } from '../vdp/command.ts'
import type { FilterInfo } from '../vdp/filter-info.ts'
import type { VsiKey } from '../vdp/vsi-id.ts'
import type { MacAddress } from '../wire/mac-address.ts'
import type { TimerId } from './effect.ts'
import type { PortConfig } from './port-config.ts'
import type { WithdrawalCode } from './reason.ts'

export type { VsiCommand } from '../vdp/command.ts'

/** The switch's answer to `vsi.decide`. */
export type Decision =
  /** Yes; `filter` is the request's with null VIDs (and open PCPs) filled in. */
  | { readonly outcome: 'grant'; readonly filter: FilterInfo }
  /**
   * No. `error` 1 to 15; `keep` is honoured only for an Associate of an associated VSI; `detail` says why in words,
   * for who runs the bridge.
   */
  | {
      readonly outcome: 'refuse'
      readonly error: number
      readonly keep: boolean
      readonly hard: boolean
      readonly detail?: string
    }

export type Input =
  /** A whole Ethernet frame as it came from the wire, without FCS. */
  | { readonly type: 'frame.received'; readonly octets: Uint8Array }
  /**
   * The interface's state as the kernel tells it; sent once at the start and on every change. `mtu` counts octets of
   * payload; 1500 when absent.
   */
  | { readonly type: 'link.changed'; readonly up: boolean; readonly mac: MacAddress; readonly mtu?: number }
  /** A timer armed by an effect is due. */
  | { readonly type: 'timer.expired'; readonly timer: TimerId }
  /**
   * Station: somebody wants a VSI in a state. `ticket` is the asker's number for it: exactly one final
   * `vsi.reported` carries it back.
   */
  | { readonly type: 'vsi.requested'; readonly ticket: number; readonly command: VsiCommand }
  /**
   * Station: the VSI was granted before this port was made (the daemon was restarted) and is wanted still. Until the
   * bridge itself says no, it is asked for again and again, as one that was lost; nobody waits for an answer. With a
   * De-Associate it is wanted no more: the bridge is told so as soon as the port may talk.
   */
  | { readonly type: 'vsi.restored'; readonly command: VsiCommand }
  /** Station: de-associate by identity alone, with the parameters in force. */
  | { readonly type: 'vsi.released'; readonly ticket: number; readonly vsi: VsiKey }
  /** Bridge: the answer to the `vsi.decide` with this number. */
  | {
      readonly type: 'vsi.decided'
      readonly vsi: VsiKey
      readonly decision: number
      readonly answer: Decision
    }
  /** Bridge: a VSI is taken away: by the operator (when no `code` is given), the type database, or another port. */
  | {
      readonly type: 'vsi.withdrawn'
      readonly vsi: VsiKey
      readonly code?: WithdrawalCode
      readonly detail?: string
    }
  /** Bridge: what the data path says of reflective relay, in answer to `relay.set`, or on its own. */
  | { readonly type: 'relay.applied'; readonly enabled: boolean }
  /** New settings for a running port. */
  | { readonly type: 'admin.configured'; readonly config: PortConfig }
  /**
   * Leave in order: shutdown LLDPDU, timers stopped. `quiet`: a successor goes on with what the neighbour holds, so the
   * neighbour is told nothing.
   */
  | { readonly type: 'admin.shutdown'; readonly quiet?: boolean }
