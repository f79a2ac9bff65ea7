/**
 * What a port does with a received frame: LLDP to the agent, ECP to the channel, its ULPDU to VDP of the port's role.
 * Everything else is counted; what cannot be read is located.
 */
import { decodeEcpHeader, ECP_HEADER_LENGTH } from '../ecp/ecpdu.ts'
import { decodeUlpdu } from '../vdp/ulpdu.ts'
import {
  decodeEthernetHeader,
  ETHERNET_HEADER_LENGTH,
  ETHERTYPE_ECP,
  ETHERTYPE_LLDP,
  type EthernetHeader,
  MIN_FRAME_LENGTH,
} from '../wire/ethernet-frame.ts'
import {
  type MacAddress,
  NEAREST_BRIDGE,
  NEAREST_CUSTOMER_BRIDGE,
  NEAREST_NON_TPMR_BRIDGE,
} from '../wire/mac-address.ts'
import { bridgeReceives } from './bridge-vdp.ts'
import { peerRestarted, peerWritesEndTlv, receiveEcpdu } from './ecp-channel.ts'
import { evbEcpHeard, evbNeighborEvent, evbPeer, evbView, relayView } from './evb-exchange.ts'
import { lldpFrame, type NeighborEvent, patienceOf } from './lldp-agent.ts'
import type { Outlet } from './outlet.ts'
import { evbChanged, type Port, vdpContext } from './port-state.ts'
import { stationReceives } from './station-responses.ts'
import { stationRefresh } from './station-vdp.ts'
import type { VdpContext } from './vdp-context.ts'

/** 2 and 3 both mean it. Source: 802.1Q-2018 §D.2.12.4. */
const RRSTAT_UNKNOWN = 2

/** ECP goes to the nearest customer bridge; the other group addresses are tolerated on receipt. */
const ECP_DESTINATIONS: ReadonlySet<MacAddress> = new Set([
  NEAREST_CUSTOMER_BRIDGE,
  NEAREST_NON_TPMR_BRIDGE,
  NEAREST_BRIDGE,
])

export function receiveFrame(port: Port, octets: Uint8Array, out: Outlet): void {
  const header = decodeEthernetHeader(octets)
  if (!header.ok) return out.fault(header.fault)
  const { source, etherType } = header.value
  const foreign = !port.link.up || source === port.link.mac
  if (!foreign && etherType === ETHERTYPE_LLDP) {
    return neighborEvents(port, lldpFrame(port.lldp, octets, out), out)
  }
  if (!foreign && etherType === ETHERTYPE_ECP) return receiveEcp(port, header.value, octets, out)
  out.count('FramesForeignCount')
}

/** ECP runs between two: from the EVB neighbour only, once there is one. Source: checklist 46. */
function receiveEcp(
  port: Port,
  { destination, source }: EthernetHeader,
  octets: Uint8Array,
  out: Outlet,
): void {
  if (!ECP_DESTINATIONS.has(destination) && destination !== port.link.mac)
    return out.count('FramesForeignCount')
  evbChanged(port, evbEcpHeard(port.evb, source, patienceOf(port.config.lldp), out))
  const peer = evbPeer(port.evb)
  if (peer !== null && peer.mac !== source) return out.count('EcpRxForeignCount')
  const header = decodeEcpHeader(octets, ETHERNET_HEADER_LENGTH)
  if (!header.ok) {
    out.count('EcpRxDiscardCount')
    return out.fault(header.fault)
  }
  const context = vdpContext(port, out)
  if (receiveEcpdu(port.ecp, header.value, context)) receiveUlpdu(port, octets, context)
}

function receiveUlpdu(port: Port, octets: Uint8Array, context: VdpContext): void {
  const start = ETHERNET_HEADER_LENGTH + ECP_HEADER_LENGTH
  if (isEmpty(octets, start)) return
  const ulpdu = decodeUlpdu(octets, start)
  const { out } = context
  if (!ulpdu.ok) {
    out.count('VdpRxTlvDiscardCount')
    return out.fault(ulpdu.fault)
  }
  const { faults, unrecognized, endTlv, items } = ulpdu.value
  for (const fault of faults) out.fault(fault)
  out.count('VdpRxTlvDiscardCount', faults.length + unrecognized)
  if (endTlv && items.length > 0 && octets.length > MIN_FRAME_LENGTH) peerWritesEndTlv(port.ecp, context)
  if (port.vdp.role === 'station') stationReceives(port.vdp.table, ulpdu.value, context)
  else bridgeReceives(port.vdp.table, ulpdu.value, context)
}

/** Nothing, or an End TLV: acknowledged, and that is all. */
function isEmpty(octets: Uint8Array, start: number): boolean {
  return octets.length < start + 2 || (octets[start]! === 0 && octets[start + 1]! === 0)
}

/** What LLDP learned about neighbours goes to EVB; ECP starts anew with a neighbour that is new or back. */
export function neighborEvents(port: Port, events: readonly NeighborEvent[], out: Outlet): void {
  for (const event of events) {
    const knewUs = neighborKnowsUs(port)
    evbChanged(port, evbNeighborEvent(port.evb, event, patienceOf(port.config.lldp), out))
    const restarted = knewUs && !neighborKnowsUs(port)
    if (restarted || event.type !== 'neighbor.updated') peerRestarted(port.ecp)
    if (restarted && port.vdp.role === 'station') stationRefresh(port.vdp.table, vdpContext(port, out))
  }
}

/**
 * What a neighbour that was restarted unlearns, although its LLDP says the same of who it is: a bridge the relay it
 * granted, a station what its bridge does (RRSTAT). Without it the first ECPDU of its new life passes for a repetition.
 */
function neighborKnowsUs({ role, evb }: Port): boolean {
  if (role === 'station') return relayView(evb).active
  const { remote } = evbView(evb)
  return remote !== null && remote.station.rrstat < RRSTAT_UNKNOWN
}
