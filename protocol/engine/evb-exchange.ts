/**
 * EVB on one port: with whom, what to send, what was agreed. Source: 802.1Q-2018 §D.2.12.
 * It runs with the first neighbour that sent a valid EVB TLV of the opposite role; any other is reported and waits, until
 * the first is gone, acknowledges nothing, or has been silent for so long that ours would not be believed any more.
 * A function here that changes something answers whether the TLV to send has changed.
 */
import { EVB_MODES } from '../evb/evb-tlv.ts'
import { NO_PROPOSALS, receiveProposals, winners } from '../evb/negotiation.ts'
import { toOrganizationalTlv } from '../evb/organizational.ts'
import type { MacAddress } from '../wire/mac-address.ts'
import { createEvbRelay, isRelayActive, relayApplied, relayPartner, relayPartnerLost } from './evb-relay.ts'
import {
  currentEvbTlv,
  type EvbExchange,
  type EvbNeighbor,
  groupIdsAgreed,
  isCapable,
  isPartner,
  operatingValues,
  partnerBridge,
  partnerStation,
} from './evb-state.ts'
import type { Neighbor, NeighborEvent } from './neighbor.ts'
import type { Outlet } from './outlet.ts'
import type { EvbConfig } from './port-config.ts'
import type { EvbView, RelayView, Role } from './view.ts'

export {
  bridgeHeld,
  currentEvbTlv,
  type EvbExchange,
  evbPeer,
  groupIdsAgreed,
  operatingValues,
} from './evb-state.ts'

export function createEvbExchange(role: Role, config: EvbConfig): EvbExchange {
  return {
    role,
    config,
    neighbors: new Map(),
    peer: null,
    heardAt: new Map(),
    rival: undefined,
    proposals: NO_PROPOSALS,
    relay: createEvbRelay(role),
  }
}

/** Everything learned is gone; a bridge's reflective relay goes off. */
export function evbPortDown(evb: EvbExchange, out: Outlet): boolean {
  return changing(evb, () => {
    forgetAll(evb)
    choosePeer(evb, undefined, out)
  })
}

/**
 * What LLDP learned about a neighbour. An LLDPDU without a valid EVB TLV is the loss of the TLV. `patience`: how long a
 * peer may be silent while another partner is heard, milliseconds.
 */
export function evbNeighborEvent(
  evb: EvbExchange,
  event: NeighborEvent,
  patience: number,
  out: Outlet,
): boolean {
  return changing(evb, () => {
    const { msap } = event.neighbor
    note(evb, event)
    if (event.type !== 'neighbor.lost') heard(evb, msap, patience, out)
    choosePeer(evb, msap, out)
  })
}

/**
 * An ECPDU came from `source`. From the peer it says that the peer is there. From another partner it says who is, when
 * the peer is silent: one LLDPDU of a stranger may be valid for 18 hours.
 */
export function evbEcpHeard(evb: EvbExchange, source: MacAddress, patience: number, out: Outlet): boolean {
  if (evb.peer === null) return false
  if (evb.peer.mac === source) {
    evb.heardAt.set(evb.peer.msap, out.now)
    return false
  }
  const rival = [...evb.neighbors.values()].find((one) => one.mac === source && isPartner(evb, one))
  if (rival === undefined) return false
  evb.rival = rival.msap
  return changing(evb, () => {
    heard(evb, rival.msap, patience, out)
    choosePeer(evb, undefined, out)
  })
}

/** A peer that has been silent for longer than `patience` gives way to the partner that is heard now. */
function heard(evb: EvbExchange, msap: string, patience: number, out: Outlet): void {
  const { peer, neighbors, heardAt } = evb
  const speaker = neighbors.get(msap)
  if (speaker === undefined) return
  heardAt.set(msap, out.now)
  if (peer === null || peer.msap === msap || !isPartner(evb, speaker)) return
  if (out.now - (heardAt.get(peer.msap) ?? out.now) <= patience) return
  forget(evb, peer.msap)
  evb.rival = msap
}

/**
 * The peer acknowledges nothing: another partner that is heard takes its place, without waiting for the age of a switch
 * that was replaced. The old one counts as new when it is heard again. True when the TLV to send has changed.
 */
export function evbPeerSilent(evb: EvbExchange, out: Outlet): boolean {
  const { peer, neighbors } = evb
  if (peer === null) return false
  const another = [...neighbors.values()].some((one) => one.msap !== peer.msap && isPartner(evb, one))
  return (
    another &&
    changing(evb, () => {
      forget(evb, peer.msap)
      choosePeer(evb, undefined, out)
    })
  )
}

/** Bridge: the data path's word on reflective relay. */
export function evbRelayApplied(evb: EvbExchange, enabled: boolean, out: Outlet): boolean {
  return changing(evb, () => relayApplied(evb.relay, enabled, out))
}

/**
 * New settings. After a changed value nothing counts as proposed until the partner repeats it: what it sent last
 * may be our own old value, and if both sides lowered theirs at once, either would take the other's old one up.
 */
export function evbConfigure(evb: EvbExchange, config: EvbConfig, out: Outlet): boolean {
  return changing(evb, () => {
    const { r, rte, rwd, rka } = evb.config.local
    const { local, manual } = config
    const sameValues = r === local.r && rte === local.rte && rwd === local.rwd && rka === local.rka
    if (!sameValues || manual !== evb.config.manual) evb.proposals = NO_PROPOSALS
    evb.config = config
    if (evb.peer) relayPartner(evb.relay, evb.peer.evb, isCapable(evb), out)
  })
}

export function evbView(evb: EvbExchange): EvbView {
  const { config, peer } = evb
  return {
    local: currentEvbTlv(evb) ?? null,
    remote: peer?.evb ?? null,
    operating: operatingValues(evb),
    winner: winners(config.local, config.manual ? undefined : peer?.evb),
    groupIds: groupIdsAgreed(evb),
    problems: problems(evb),
  }
}

export function relayView(evb: EvbExchange): RelayView {
  const { role, config, relay } = evb
  const active = isRelayActive(relay)
  return role === 'station'
    ? { requested: config.reflectiveRelay, capable: partnerBridge(evb).rrcap, active }
    : { requested: partnerStation(evb).rrreq, capable: isCapable(evb), active }
}

/** Does `change` and says whether it changed a single bit of the TLV to send. */
function changing(evb: EvbExchange, change: () => void): boolean {
  const before = onTheWire(evb)
  change()
  return before !== onTheWire(evb)
}

function onTheWire(evb: EvbExchange): string | undefined {
  const tlv = currentEvbTlv(evb)
  return tlv && toOrganizationalTlv(tlv).data
}

/** When the agent gave up all neighbours at once, none of them takes over for a moment. */
function note(evb: EvbExchange, event: NeighborEvent): void {
  const { msap } = event.neighbor
  if (event.type !== 'neighbor.lost') {
    if (hasEvbTlv(event.neighbor)) evb.neighbors.set(msap, event.neighbor)
    else forget(evb, msap)
  } else if (event.reason === 'link-down' || event.reason === 'disabled') forgetAll(evb)
  else forget(evb, msap)
}

function forget({ neighbors, heardAt }: EvbExchange, msap: string): void {
  neighbors.delete(msap)
  heardAt.delete(msap)
}

function forgetAll({ neighbors, heardAt }: EvbExchange): void {
  neighbors.clear()
  heardAt.clear()
}

/** Stays with the peer while it is of the opposite role; otherwise the one that is there longest. `speaker`: an MSAP. */
function choosePeer(evb: EvbExchange, speaker: string | undefined, out: Outlet): void {
  const previous = evb.peer
  const current = previous && evb.neighbors.get(previous.msap)
  const next = current && isPartner(evb, current) ? current : firstPartner(evb)
  const isOther = previous?.msap !== next?.msap
  if (isOther) evb.rival = undefined
  if (previous && isOther) {
    evb.proposals = NO_PROPOSALS
    relayPartnerLost(evb.relay, out)
  }
  evb.peer = next
  if (next && (isOther || next.msap === speaker)) heed(evb, next, out)
  if (next !== previous) out.push({ type: 'peer.changed', peer: next })
}

/** What the peer's TLV means for us, also when it only repeats it. */
function heed(evb: EvbExchange, { evb: partner }: EvbNeighbor, out: Outlet): void {
  const { manual, local } = evb.config
  evb.proposals = manual ? NO_PROPOSALS : receiveProposals(local, evb.proposals, partner)
  relayPartner(evb.relay, partner, isCapable(evb), out)
}

function hasEvbTlv(neighbor: Neighbor): neighbor is EvbNeighbor {
  return neighbor.evb !== undefined
}

/** Who is known to be there, or the one that is in the table longest. */
function firstPartner(evb: EvbExchange): EvbNeighbor | null {
  const rival = evb.rival === undefined ? undefined : evb.neighbors.get(evb.rival)
  if (rival && isPartner(evb, rival)) return rival
  for (const neighbor of evb.neighbors.values()) if (isPartner(evb, neighbor)) return neighbor
  return null
}

function problems(evb: EvbExchange): EvbView['problems'] {
  const found: EvbView['problems'][number][] = []
  const others = [...evb.neighbors.values()].filter(({ msap }) => msap !== evb.peer?.msap)
  if (evb.peer !== null && others.length > 0) found.push('second-evb-neighbor')
  else if (others.some((neighbor) => neighbor.evb.mode === EVB_MODES[evb.role]))
    found.push('same-role-neighbor')
  return found
}
