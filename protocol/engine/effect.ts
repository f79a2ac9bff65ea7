/**
 * Everything a port asks of the world. Plain data, in the order in which it is to be done.
 */

import type { VsiCommand, VsiState } from '../vdp/command.ts'
import type { VsiKey } from '../vdp/vsi-id.ts'
import type { Fault } from '../wire/decoded.ts'
import type { CounterName } from './counters.ts'
import type { Neighbor } from './neighbor.ts'
import type { Reason } from './reason.ts'

/** Names one timer of a port; arming it again moves it. */
export type TimerId = string

export type { VsiState } from '../vdp/command.ts'

/** What became of a VSI or of a request for it. */
export interface VsiReport {
  readonly vsi: VsiKey
  readonly state: VsiState
  /** The parameters in force, or asked for when none are; null when a VSI nobody knows was to be released. */
  readonly command: VsiCommand | null
  /**
   * granted   the switch said yes (on a bridge: we did)
   * kept      refused, what was in force stays
   * refused   the request failed and the VSI has nothing
   * released  de-associated as asked
   * lost      what was granted is gone without being asked for
   * waiting   not sent yet: `reason` says for what it waits
   * progress  sent, no answer yet
   */
  readonly outcome: 'granted' | 'kept' | 'refused' | 'released' | 'lost' | 'waiting' | 'progress'
  /** Why, for everything but a plain yes. */
  readonly reason?: Reason
  /** Tickets of the requests this is the final answer to. Empty for keep-alives, `waiting` and `progress`. */
  readonly tickets: readonly number[]
}

export type Effect =
  /** Put these octets on the wire: a whole frame, padded, without FCS. */
  | { readonly type: 'frame.send'; readonly octets: Uint8Array }
  /** Wake the port with `timer.expired` at `at` (milliseconds, same clock as `now`). */
  | { readonly type: 'timer.arm'; readonly timer: TimerId; readonly at: number }
  | { readonly type: 'timer.cancel'; readonly timer: TimerId }
  /** Bridge: may this VSI have what it asks for? To be answered by `vsi.decided` with this number. */
  | {
      readonly type: 'vsi.decide'
      readonly vsi: VsiKey
      readonly decision: number
      readonly command: VsiCommand
    }
  | { readonly type: 'vsi.reported'; readonly report: VsiReport }
  /** Bridge: switch reflective relay on or off in the data path, then say so with `relay.applied`. */
  | { readonly type: 'relay.set'; readonly enabled: boolean }
  /** Reflective relay as both sides see it: on a station RRCTR as received, on a bridge RRCTR as sent. */
  | { readonly type: 'relay.changed'; readonly active: boolean }
  | { readonly type: 'counter.add'; readonly counter: CounterName; readonly by: number }
  /** The neighbour EVB runs with was found, changed, or is gone. */
  | { readonly type: 'peer.changed'; readonly peer: Neighbor | null }
  /** A frame, or a part of one, was not usable. Offsets count from the start of the frame. */
  | { readonly type: 'fault.found'; readonly fault: Fault }
