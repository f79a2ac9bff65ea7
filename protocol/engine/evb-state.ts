/**
 * What EVB on one port knows, and what follows from it: the TLV to send, the values to work with.
 * Source: 802.1Q-2018 §D.2.12. Reads only; `evb-exchange.ts` is where it changes.
 */
import {
  EVB_MODES,
  type EvbBridgeStatus,
  type EvbStationStatus,
  type EvbTlv,
  NO_BRIDGE_STATUS,
  NO_STATION_STATUS,
  RRSTAT,
} from '../evb/evb-tlv.ts'
import { operateOn, type Proposals, sendValues } from '../evb/negotiation.ts'
import type { OperatingValues } from '../wire/operating-values.ts'
import { type EvbRelay, isRelayActive } from './evb-relay.ts'
import type { Neighbor } from './neighbor.ts'
import type { EvbConfig } from './port-config.ts'
import type { Role } from './view.ts'

/** A neighbour that sent a valid EVB TLV. */
export type EvbNeighbor = Neighbor & { readonly evb: EvbTlv }

export interface EvbExchange {
  readonly role: Role
  config: EvbConfig
  /** Every neighbour with an EVB TLV, in the order in which they first sent one; at most as many as LLDP keeps. */
  readonly neighbors: Map<string, EvbNeighbor>
  /** The neighbour EVB runs with: one of `neighbors`. */
  peer: EvbNeighbor | null
  /** When each of `neighbors` was heard last, by MSAP. */
  readonly heardAt: Map<string, number>
  /** Another one that spoke ECP meanwhile: it is there, and next in line. Its MSAP. */
  rival: string | undefined
  proposals: Proposals
  readonly relay: EvbRelay
}

/** What to send now; undefined while the TLV is not to be sent. */
export function currentEvbTlv(evb: EvbExchange): EvbTlv | undefined {
  const { role, config, proposals } = evb
  if (!config.txEnable) return undefined
  const values = sendValues(config.local, proposals)
  return role === 'station'
    ? { bridge: partnerBridge(evb), station: stationStatus(evb), mode: EVB_MODES.station, ...values }
    : { bridge: bridgeStatus(evb), station: partnerStation(evb), mode: EVB_MODES.bridge, ...values }
}

export function operatingValues({ config, peer }: EvbExchange): OperatingValues {
  return operateOn(config.local, config.manual ? undefined : peer?.evb)
}

/** Both sides say that they can use group IDs. */
export function groupIdsAgreed({ role, config, peer }: EvbExchange): boolean {
  if (!config.txEnable || !config.groupId || !peer) return false
  return role === 'station' ? peer.evb.bridge.bgid : peer.evb.station.sgid
}

/** The neighbour EVB runs with. */
export function evbPeer({ peer }: EvbExchange): Neighbor | null {
  return peer
}

/** Station: the EVB TLV of a bridge is held. */
export function bridgeHeld({ role, peer }: EvbExchange): boolean {
  return role === 'station' && peer !== null
}

/** Modes 0 (not supported) and 3 (NVO3) are no partner for anybody. */
export function isPartner({ role }: EvbExchange, { evb }: EvbNeighbor): boolean {
  return evb.mode === (role === 'station' ? EVB_MODES.bridge : EVB_MODES.station)
}

/** RRCAP. A bridge that does not send the TLV cannot grant anything. */
export function isCapable({ config }: EvbExchange): boolean {
  return config.reflectiveRelay && config.txEnable
}

function bridgeStatus(evb: EvbExchange): EvbBridgeStatus {
  return { bgid: evb.config.groupId, rrcap: isCapable(evb), rrctr: isRelayActive(evb.relay) }
}

function stationStatus({ config, peer, relay }: EvbExchange): EvbStationStatus {
  const heard = isRelayActive(relay) ? RRSTAT.on : RRSTAT.off
  return { sgid: config.groupId, rrreq: config.reflectiveRelay, rrstat: peer ? heard : RRSTAT.unknown }
}

/** The partner's octets, copied; its reserved bits are not. */
export function partnerBridge({ peer }: EvbExchange): EvbBridgeStatus {
  return peer?.evb.bridge ?? NO_BRIDGE_STATUS
}

export function partnerStation({ peer }: EvbExchange): EvbStationStatus {
  return peer?.evb.station ?? NO_STATION_STATUS
}
