/**
 * The LLDP agent of one port for the nearest customer bridge address. Source: 802.1AB-2016 §9; 802.1Q-2018 §D.2.12.
 * It knows neighbours and says when they come, change and go; what their EVB TLV means is for `evb-exchange.ts`.
 *
 * Functions here note that an LLDPDU is due; it leaves when the port calls `lldpTransmit` at the end of its step,
 * so that all that happened in the step is in it, and in one LLDPDU. A shutdown LLDPDU leaves at once.
 */
import type { EvbTlv } from '../evb/evb-tlv.ts'
import type { TransmitEvent } from '../lldp/transmit.machine.ts'
import { decodeEthernetHeader, ETHERTYPE_LLDP } from '../wire/ethernet-frame.ts'
import { type MacAddress, NEAREST_CUSTOMER_BRIDGE } from '../wire/mac-address.ts'
import type { TimerId } from './effect.ts'
import {
  advanceReceiver,
  createLldpReceiver,
  type LldpReceiver,
  receiveLldpdu,
  receiveTimer,
} from './lldp-receiver.ts'
import {
  advanceTransmitter,
  createLldpTransmitter,
  type LldpTransmitter,
  transmitTimerEvent,
} from './lldp-transmitter.ts'
import type { Neighbor, NeighborEvent } from './neighbor.ts'
import type { Outlet } from './outlet.ts'
import type { LldpConfig } from './port-config.ts'

export type { NeighborEvent } from './neighbor.ts'

export interface LldpAgent {
  config: LldpConfig
  /** Of the port; null while it is down. */
  mac: MacAddress | null
  readonly transmitter: LldpTransmitter
  readonly receiver: LldpReceiver
}

/** Who has been silent for longer is not believed to be there when somebody else is: our own TTL. Milliseconds. */
export function patienceOf({ msgTxInterval, msgTxHold }: LldpConfig): number {
  return 1000 * (msgTxInterval * msgTxHold + 1)
}

/** An agent whose port is down. */
export function createLldpAgent(config: LldpConfig): LldpAgent {
  return { config, mac: null, transmitter: createLldpTransmitter(), receiver: createLldpReceiver() }
}

/** The port is up. One that changes its address goes down, or leaves in order, first. */
export function lldpPortUp(agent: LldpAgent, mac: MacAddress, out: Outlet): void {
  agent.mac = mac
  signal(agent, 'portEnabled', out)
  advanceReceiver(agent.receiver, { type: 'portEnabled', allowed: receives(agent) }, out)
}

/** All neighbours are lost, all timers stopped. */
export function lldpPortDown(agent: LldpAgent, out: Outlet): NeighborEvent[] {
  signal(agent, 'portDisabled', out)
  agent.mac = null
  return advanceReceiver(agent.receiver, { type: 'portDisabled' }, out)
}

/** Leave in order: a shutdown LLDPDU where the agent transmits; then as if the port were down. */
export function lldpShutdown(agent: LldpAgent, out: Outlet): NeighborEvent[] {
  const { mac, transmitter } = agent
  const config = { ...agent.config, adminStatus: 'disabled' as const }
  if (mac !== null) advanceTransmitter(transmitter, 'adminStatusChanged', { config, mac }, out)
  return lldpPortDown(agent, out)
}

/** A whole LLDP frame. Frames of the agents of the other group addresses are counted and left alone. */
export function lldpFrame(agent: LldpAgent, frame: Uint8Array, out: Outlet): NeighborEvent[] {
  const header = decodeEthernetHeader(frame)
  const { destination, etherType } = header.ok ? header.value : { destination: undefined, etherType: 0 }
  if (destination !== NEAREST_CUSTOMER_BRIDGE || etherType !== ETHERTYPE_LLDP) {
    out.count('FramesForeignCount')
    return []
  }
  if (agent.mac === null || !receives(agent)) return []
  const { maxNeighbors } = agent.config
  const limits = { maxNeighbors, patience: patienceOf(agent.config) }
  const events = receiveLldpdu(agent.receiver, frame, limits, out)
  if (events.some(({ type }) => type === 'neighbor.new')) signal(agent, 'newNeighbor', out)
  return events
}

/** A timer that is due; one that is not the agent's changes nothing. */
export function lldpTimer(agent: LldpAgent, timer: TimerId, out: Outlet): NeighborEvent[] {
  const transmitEvent = transmitTimerEvent(timer)
  if (transmitEvent === undefined) return receiveTimer(agent.receiver, timer, out)
  signal(agent, transmitEvent, out)
  return []
}

/** Something that the LLDPDU says has changed: the EVB TLV, for one. */
export function lldpLocalChange(agent: LldpAgent, out: Outlet): void {
  signal(agent, 'localChange', out)
}

/** New settings, adminStatus included. */
export function lldpConfigure(agent: LldpAgent, config: LldpConfig, out: Outlet): NeighborEvent[] {
  agent.config = config
  signal(agent, 'adminStatusChanged', out)
  signal(agent, 'localChange', out)
  return advanceReceiver(agent.receiver, { type: 'adminStatusChanged', allowed: receives(agent) }, out)
}

/** Sends the LLDPDU that is due, if one is and there is credit. `evb` is the EVB TLV to send now. */
export function lldpTransmit(agent: LldpAgent, evb: EvbTlv | undefined, out: Outlet): void {
  // Asked after every step of the port, and most of them have nothing to do with LLDP.
  if (agent.transmitter.chart.context.txNow) signal(agent, 'settled', out, evb)
}

/** Every neighbour, in the order in which they were first heard. */
export function lldpNeighbors(agent: LldpAgent): Neighbor[] {
  return [...agent.receiver.remote.values()].map(({ neighbor }) => neighbor)
}

export function lldpTooManyNeighbors(agent: LldpAgent): boolean {
  return agent.receiver.chart.context.tooManyNeighbors
}

function receives({ config }: LldpAgent): boolean {
  return config.adminStatus === 'enabledRxTx' || config.adminStatus === 'enabledRxOnly'
}

/** The transmitter is told what happens only while there is a port to transmit on. */
function signal(agent: LldpAgent, type: TransmitEvent['type'], out: Outlet, evb?: EvbTlv): void {
  const { mac, config, transmitter } = agent
  if (mac !== null) advanceTransmitter(transmitter, type, { config, mac, evb }, out)
}
