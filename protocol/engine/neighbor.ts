/** The neighbour as its last LLDPDU described it. Source: 802.1AB-2016 §8.5, 802.1Q-2018 §D.2.12. */
import type { EvbTlv } from '../evb/evb-tlv.ts'
import type { MacAddress } from '../wire/mac-address.ts'

export interface Neighbor {
  /** Chassis ID and port ID, one text: the MSAP identifier that names the neighbour. */
  readonly msap: string
  /** Text forms: a MAC address, an interface name, or `subtype:hex`. */
  readonly chassisId: string
  readonly portId: string
  /** Source address of its LLDPDU. */
  readonly mac: MacAddress
  readonly ttl: number
  readonly portDescription?: string
  readonly systemName?: string
  readonly systemDescription?: string
  readonly systemCapabilities?: { readonly supported: number; readonly enabled: number }
  readonly managementAddresses: readonly string[]
  /** Its EVB TLV, when it sent a valid one. */
  readonly evb?: EvbTlv
}

/** Why a neighbour is gone. `disabled`: our own agent stopped receiving. */
export type NeighborLoss = 'aged' | 'shutdown' | 'link-down' | 'disabled'

/** What the LLDP agent tells the parts above it. Updated is who is heard again: the same object when nothing changed. */
export type NeighborEvent =
  | { readonly type: 'neighbor.new' | 'neighbor.updated'; readonly neighbor: Neighbor }
  | { readonly type: 'neighbor.lost'; readonly neighbor: Neighbor; readonly reason: NeighborLoss }
