/**
 * One port: the LLDP agent, EVB, ECP and VDP of its role, put together. The only place where they meet; each knows
 * nothing of the others. Everything is mutated in place; `step.ts` is the door.
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
  ZERO_MAC,
} from '../wire/mac-address.ts'
import {
  type BridgeVdp,
  bridgePortDown,
  bridgeReceives,
  bridgeShutDown,
  bridgeTimer,
  createBridgeVdp,
  vsiDecided,
  withdrawVsi,
} from './bridge-vdp.ts'
import {
  createEcpChannel,
  type EcpChannel,
  ecpTimer,
  flushEcp,
  peerRestarted,
  peerWritesEndTlv,
  receiveEcpdu,
  restartEcp,
} from './ecp-channel.ts'
import type { TimerId } from './effect.ts'
import {
  bridgeHeld,
  createEvbExchange,
  currentEvbTlv,
  type EvbExchange,
  evbConfigure,
  evbNeighborEvent,
  evbPortDown,
  evbRelayApplied,
  groupIdsAgreed,
  operatingValues,
  relayView,
} from './evb-exchange.ts'
import type { Input } from './input.ts'
import {
  createLldpAgent,
  type LldpAgent,
  lldpConfigure,
  lldpFrame,
  lldpLocalChange,
  lldpPortDown,
  lldpPortUp,
  lldpShutdown,
  lldpTimer,
  lldpTransmit,
  type NeighborEvent,
} from './lldp-agent.ts'
import type { Outlet } from './outlet.ts'
import type { PortConfig } from './port-config.ts'
import type { ReasonCode } from './reason.ts'
import {
  createStationVdp,
  releaseVsi,
  requestVsi,
  type StationVdp,
  stationEcpFailed,
  stationPortDown,
  stationReady,
  stationReceives,
  stationRefresh,
  stationShutDown,
  stationTimer,
  stationTransmitted,
} from './station-vdp.ts'
import type { VdpContext } from './vdp-context.ts'
import type { Role } from './view.ts'

export type Vdp =
  | { readonly role: 'station'; readonly table: StationVdp }
  | { readonly role: 'bridge'; readonly table: BridgeVdp }

export interface Port {
  readonly role: Role
  config: PortConfig
  link: { up: boolean; mac: MacAddress | null }
  /** After `admin.shutdown` a port does nothing any more. */
  closed: boolean
  readonly lldp: LldpAgent
  readonly evb: EvbExchange
  readonly ecp: EcpChannel
  readonly vdp: Vdp
  /** What `obstacle` said last: a change to undefined is the moment VDP may talk again. */
  wasReady: boolean
  /** The EVB TLV to send changed during this step. */
  evbTlvChanged: boolean
}

/** ECP goes to the nearest customer bridge; the other group addresses are tolerated on receipt. */
const ECP_DESTINATIONS: ReadonlySet<MacAddress> = new Set([
  NEAREST_CUSTOMER_BRIDGE,
  NEAREST_NON_TPMR_BRIDGE,
  NEAREST_BRIDGE,
])

export function createPortState(role: Role, config: PortConfig): Port {
  return {
    role,
    config,
    link: { up: false, mac: null },
    closed: false,
    lldp: createLldpAgent(config.lldp),
    evb: createEvbExchange(role, config.evb),
    ecp: createEcpChannel(),
    vdp: role === 'station' ? { role, table: createStationVdp() } : { role, table: createBridgeVdp() },
    wasReady: false,
    evbTlvChanged: false,
  }
}

/** Why VDP must not start anything now; undefined when it may. */
export function obstacle({ role, config, link, evb }: Port): ReasonCode | undefined {
  if (!link.up) return 'link-down'
  if (role === 'bridge' || !config.vdp.requireEvbBridge || bridgeHeld(evb)) return undefined
  return 'no-evb-bridge'
}

/** One input. What it causes to be sent waits for `settle`. */
export function handle(port: Port, input: Input, out: Outlet): void {
  if (port.closed) return
  switch (input.type) {
    case 'frame.received':
      return receiveFrame(port, input.octets, out)
    case 'link.changed':
      return changeLink(port, input.up, input.mac, out)
    case 'timer.expired':
      return expireTimer(port, input.timer, out)
    case 'relay.applied':
      return evbChanged(port, evbRelayApplied(port.evb, input.enabled, out))
    case 'admin.configured':
      return configure(port, input.config, out)
    case 'admin.shutdown':
      return shutDown(port, out)
    default:
      return handleVsi(port, input, out)
  }
}

/** The end of a step: sends what the inputs of this moment caused, sharing LLDPDUs and ECPDUs. */
export function settle(port: Port, out: Outlet): void {
  if (port.closed || !port.link.up) return
  if (port.evbTlvChanged) lldpLocalChange(port.lldp, out)
  port.evbTlvChanged = false
  lldpTransmit(port.lldp, currentEvbTlv(port.evb), out)
  checkReadiness(port, out)
  const context = vdpContext(port, out)
  const transmitted = flushEcp(port.ecp, context)
  if (port.vdp.role === 'station') stationTransmitted(port.vdp.table, transmitted, context)
}

type VsiInput = Extract<Input, { type: `vsi.${string}` }>

/** VSI inputs are of one role each; one for the other role is the caller's mistake. */
function handleVsi(port: Port, input: VsiInput, out: Outlet): void {
  const { vdp } = port
  const context = vdpContext(port, out)
  if (vdp.role === 'station' && input.type === 'vsi.requested') {
    return requestVsi(vdp.table, input.ticket, input.command, context)
  }
  if (vdp.role === 'station' && input.type === 'vsi.released') {
    return releaseVsi(vdp.table, input.ticket, input.vsi, context)
  }
  if (vdp.role === 'bridge' && input.type === 'vsi.decided') {
    return vsiDecided(vdp.table, input.vsi, input.decision, input.answer, context)
  }
  if (vdp.role === 'bridge' && input.type === 'vsi.withdrawn')
    return withdrawVsi(vdp.table, input.vsi, context)
  throw new TypeError(`${input.type} is not an input of a ${vdp.role} port`)
}

function vdpContext(port: Port, out: Outlet): VdpContext {
  return {
    out,
    mac: port.link.mac ?? ZERO_MAC,
    operating: operatingValues(port.evb),
    config: port.config.vdp,
    channel: port.ecp,
    groupIds: groupIdsAgreed(port.evb),
    obstacle: obstacle(port),
  }
}

/** VDP may talk again, or the bridge is gone while VSIs still have its word: they are asked for now. */
function checkReadiness(port: Port, out: Outlet): void {
  const ready = obstacle(port) === undefined
  if (ready !== port.wasReady && port.vdp.role === 'station') {
    const context = vdpContext(port, out)
    if (ready) stationReady(port.vdp.table, context)
    else stationRefresh(port.vdp.table, context)
  }
  port.wasReady = ready
}

function changeLink(port: Port, up: boolean, mac: MacAddress, out: Outlet): void {
  const { link } = port
  const renamed = link.up && up && link.mac !== mac
  if (renamed) neighborEvents(port, lldpShutdown(port.lldp, out), out) // under the old address
  if (link.up && (!up || renamed)) portDown(port, out)
  if (up && !(link.up && link.mac === mac)) {
    port.link = { up, mac }
    lldpPortUp(port.lldp, mac, out)
  }
  port.link = { up, mac }
}

function portDown(port: Port, out: Outlet): void {
  port.link = { up: false, mac: port.link.mac }
  port.wasReady = false
  const context = vdpContext(port, out)
  if (port.vdp.role === 'station') stationPortDown(port.vdp.table, context)
  else bridgePortDown(port.vdp.table, context)
  restartEcp(port.ecp, context)
  neighborEvents(port, lldpPortDown(port.lldp, out), out)
  evbPortDown(port.evb, out)
}

function receiveFrame(port: Port, octets: Uint8Array, out: Outlet): void {
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

function receiveEcp(port: Port, { destination }: EthernetHeader, octets: Uint8Array, out: Outlet): void {
  if (!ECP_DESTINATIONS.has(destination) && destination !== port.link.mac)
    return out.count('FramesForeignCount')
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

function expireTimer(port: Port, timer: TimerId, out: Outlet): void {
  const context = vdpContext(port, out)
  const { vdp } = port
  if (
    vdp.role === 'station' ? stationTimer(vdp.table, timer, context) : bridgeTimer(vdp.table, timer, context)
  )
    return
  const outcome = ecpTimer(port.ecp, timer, context)
  if (outcome === undefined) neighborEvents(port, lldpTimer(port.lldp, timer, out), out)
  else if (vdp.role === 'station') stationEcpFailed(vdp.table, outcome.failed, context)
}

/** What LLDP learned about neighbours goes to EVB; ECP starts anew with a neighbour that is new or back. */
function neighborEvents(port: Port, events: readonly NeighborEvent[], out: Outlet): void {
  for (const event of events) {
    const relayBefore = relayView(port.evb).active
    evbChanged(port, evbNeighborEvent(port.evb, event, out))
    const restarted = relayBefore && !relayView(port.evb).active && port.role === 'station'
    if (restarted || event.type !== 'neighbor.updated') peerRestarted(port.ecp)
    if (restarted && port.vdp.role === 'station') stationRefresh(port.vdp.table, vdpContext(port, out))
  }
}

function evbChanged(port: Port, changed: boolean): void {
  port.evbTlvChanged ||= changed
}

function configure(port: Port, config: PortConfig, out: Outlet): void {
  port.config = config
  evbChanged(port, evbConfigure(port.evb, config.evb, out))
  neighborEvents(port, lldpConfigure(port.lldp, config.lldp, out), out)
}

/** Leaves in order: whoever waits is told, the neighbour gets a shutdown LLDPDU, relay goes off. */
function shutDown(port: Port, out: Outlet): void {
  const context = vdpContext(port, out)
  if (port.vdp.role === 'station') stationShutDown(port.vdp.table, context)
  else bridgeShutDown(port.vdp.table, context)
  restartEcp(port.ecp, context)
  neighborEvents(port, lldpShutdown(port.lldp, out), out)
  evbPortDown(port.evb, out)
  port.closed = true
}
