/**
 * The reflective relay chart of a port's role at work: what the station believes, what the bridge grants.
 * Source: 802.1Q-2018 §D.2.12.3, §D.2.12.4.
 */
import { type EvbBridgeEvent, evbBridgeMachine } from '../evb/bridge.machine.ts'
import type { EvbTlv } from '../evb/evb-tlv.ts'
import { type EvbStationEvent, evbStationMachine } from '../evb/station.machine.ts'
import { advance, type ChartAction, type ChartState, initialSnapshot } from './chart.ts'
import type { Outlet } from './outlet.ts'
import type { Role } from './view.ts'

export type EvbRelay =
  | { readonly role: 'station'; chart: ChartState<typeof evbStationMachine> }
  | { readonly role: 'bridge'; chart: ChartState<typeof evbBridgeMachine> }

export function createEvbRelay(role: Role): EvbRelay {
  return role === 'station'
    ? { role, chart: initialSnapshot(evbStationMachine) }
    : { role, chart: initialSnapshot(evbBridgeMachine) }
}

/** RRCTR: on a station as received, on a bridge as sent. */
export function isRelayActive({ chart }: EvbRelay): boolean {
  return chart.value === 'relayActive' || chart.value === 'relayOn'
}

/** The partner's TLV. `capable`: a bridge may grant what is asked for (RRCAP). */
export function relayPartner(relay: EvbRelay, partner: EvbTlv, capable: boolean, out: Outlet): void {
  if (relay.role === 'station') advanceStation(relay, { type: 'bridgeTlv', rrctr: partner.bridge.rrctr }, out)
  else advanceBridge(relay, { type: 'stationTlv', wanted: capable && partner.station.rrreq }, out)
}

export function relayPartnerLost(relay: EvbRelay, out: Outlet): void {
  if (relay.role === 'station') advanceStation(relay, { type: 'bridgeLost' }, out)
  else advanceBridge(relay, { type: 'stationLost' }, out)
}

/** What the data path of a bridge says; a station has none. */
export function relayApplied(relay: EvbRelay, enabled: boolean, out: Outlet): void {
  if (relay.role === 'bridge') advanceBridge(relay, { type: 'relayApplied', enabled }, out)
}

function advanceStation(
  relay: Extract<EvbRelay, { role: 'station' }>,
  event: EvbStationEvent,
  out: Outlet,
): void {
  const [next, actions] = advance(evbStationMachine, relay.chart, event)
  relay.chart = next
  for (const action of actions) perform(action, out)
}

function advanceBridge(
  relay: Extract<EvbRelay, { role: 'bridge' }>,
  event: EvbBridgeEvent,
  out: Outlet,
): void {
  const [next, actions] = advance(evbBridgeMachine, relay.chart, event)
  relay.chart = next
  for (const action of actions) perform(action, out)
}

function perform({ type }: ChartAction, out: Outlet): void {
  switch (type) {
    case 'setRelayOn':
      return out.push({ type: 'relay.set', enabled: true })
    case 'setRelayOff':
      return out.push({ type: 'relay.set', enabled: false })
    case 'reportRelayActive':
      return out.push({ type: 'relay.changed', active: true })
    case 'reportRelayInactive':
      return out.push({ type: 'relay.changed', active: false })
    default:
      throw new TypeError(`no such action: ${type}`)
  }
}
