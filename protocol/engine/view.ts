/**
 * A port as people and programs are shown it: derived from its state when asked for, never kept beside it.
 */
import type { EvbTlv } from '../evb/evb-tlv.ts'
import type { VsiKey } from '../vdp/vsi-id.ts'
import type { MacAddress } from '../wire/mac-address.ts'
import type { OperatingValues } from '../wire/operating-values.ts'
import type { VsiState } from './effect.ts'
import type { VsiCommand } from './input.ts'
import type { Neighbor } from './neighbor.ts'
import type { Reason } from './reason.ts'

export type Role = 'station' | 'bridge'

export interface EvbView {
  /** What we send; null while we send none. */
  readonly local: EvbTlv | null
  /** What the EVB neighbour sent; null while none is held. */
  readonly remote: EvbTlv | null
  readonly operating: OperatingValues
  /** Whose value each operating value is. */
  readonly winner: Readonly<Record<keyof OperatingValues, 'local' | 'remote' | 'equal'>>
  /** Group IDs may be used: both sides offer them. */
  readonly groupIds: boolean
  /** Only a neighbour of our own role is heard, or, beside the EVB neighbour, another one with EVB. Not acted on. */
  readonly problems: readonly ('same-role-neighbor' | 'second-evb-neighbor')[]
}

export interface RelayView {
  /** RRREQ: ours on a station, as received on a bridge. */
  readonly requested: boolean
  /** RRCAP: as received on a station, ours on a bridge. */
  readonly capable: boolean
  /** RRCTR: as received on a station, as sent on a bridge. Frames turn round only while this is true. */
  readonly active: boolean
}

export interface PortView {
  readonly role: Role
  readonly link: { readonly up: boolean; readonly mac: MacAddress | null }
  /** The neighbour EVB runs with. */
  readonly peer: Neighbor | null
  /** All neighbours of the nearest customer bridge agent. */
  readonly neighbors: readonly Neighbor[]
  readonly tooManyNeighbors: boolean
  readonly evb: EvbView
  readonly relay: RelayView
  readonly ecp: {
    /** An ECPDU waits for its acknowledgement. */
    readonly outstanding: boolean
    /** Sequence number of the ECPDU sent last. */
    readonly sequence: number
    /** VSI TLVs waiting for an ECPDU. */
    readonly queued: number
    /** ECPDUs follow each other at once; false while the peer may lose the first of two. */
    readonly unpaced: boolean
  }
  readonly vdp: {
    /** VDP may talk: link up and, on a station that requires it, an EVB bridge held. */
    readonly ready: boolean
    readonly vsis: Readonly<Record<VsiState, number>>
    /** Milliseconds, from the operating values. */
    readonly timers: {
      readonly resourceWaitDelay: number
      readonly respWaitDelay: number
      readonly reinitKeepAlive: number
      readonly toutKeepAlive: number
    }
  }
}

export interface VsiView {
  readonly vsi: VsiKey
  readonly state: VsiState
  /** The chart's state, by its name in the standard. */
  readonly machine: string
  /** What is in force; when nothing is, what was asked for last. */
  readonly command: VsiCommand
  /** A request that has not been answered yet. */
  readonly pending: VsiCommand | null
  /** Station: what the VSI is to have, as it was asked for last; null when it is to end. On a bridge always null. */
  readonly wanted: VsiCommand | null
  /** Why the last request failed or the VSI was lost, or for what it waits. */
  readonly reason?: Reason
  readonly counters: {
    readonly succeeded: number
    readonly failed: number
    readonly reverts: number
    readonly keepAlives: number
  }
}
