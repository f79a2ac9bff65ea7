/** A port's state turned into what people and programs are shown (`view.ts`). Reads only. */
import { reinitKeepAlive, resourceWaitDelay, respWaitDelay, toutKeepAlive } from '../vdp/timers.ts'
import type { VsiKey } from '../vdp/vsi-id.ts'
import { type BridgeVsi, bridgeCommand } from './bridge-actions.ts'
import type { VsiState } from './effect.ts'
import { evbPeer, evbView, operatingValues, relayView } from './evb-exchange.ts'
import { lldpNeighbors, lldpTooManyNeighbors } from './lldp-agent.ts'
import { outboxSize } from './outbox.ts'
import { obstacle, type Port } from './port-state.ts'
import { currentCommand, type StationVsi, wantedCommand } from './station-vsi.ts'
import type { PortView, VsiView } from './view.ts'

export function describePort(port: Port): PortView {
  const { role, link, lldp, evb, ecp } = port
  return {
    role,
    link,
    peer: evbPeer(evb),
    neighbors: lldpNeighbors(lldp),
    tooManyNeighbors: lldpTooManyNeighbors(lldp),
    evb: evbView(evb),
    relay: relayView(evb),
    ecp: {
      outstanding: ecp.inFlight !== null,
      sequence: ecp.transmit.context.sequence,
      queued: outboxSize(ecp.outbox),
      unpaced: port.config.vdp.pacing === 'never' || (port.config.vdp.pacing === 'auto' && ecp.peerQueues),
    },
    vdp: { ready: obstacle(port) === undefined, vsis: countByState(port), timers: timersOf(port) },
  }
}

/** Every VSI the port knows, in the order they were first asked for. */
export function listVsis({ vdp }: Port): VsiView[] {
  if (vdp.role === 'station') return [...vdp.table.vsis.values()].map(viewStationVsi)
  return [...vdp.table.vsis.values()].map(viewBridgeVsi)
}

export function findVsi({ vdp }: Port, vsi: VsiKey): VsiView | undefined {
  if (vdp.role === 'bridge') {
    const found = vdp.table.vsis.get(vsi)
    return found && viewBridgeVsi(found)
  }
  const found = vdp.table.vsis.get(vsi)
  return found && viewStationVsi(found)
}

function countByState({ vdp }: Port): Record<VsiState, number> {
  const counts: Record<VsiState, number> = { none: 0, preassociated: 0, 'preassociated-rr': 0, associated: 0 }
  for (const { chart } of vdp.table.vsis.values()) counts[chart.context.vsiState]++
  return counts
}

function timersOf({ evb }: Port): PortView['vdp']['timers'] {
  const operating = operatingValues(evb)
  return {
    resourceWaitDelay: resourceWaitDelay(operating),
    respWaitDelay: respWaitDelay(operating),
    reinitKeepAlive: reinitKeepAlive(operating),
    toutKeepAlive: toutKeepAlive(operating),
  }
}

const STATION_STATES: Readonly<Record<string, string>> = {
  init: 'INIT',
  stationProcessing: 'STATION_PROCESSING',
  waitSystemCmd: 'WAIT_SYSTEM_CMD',
  transmitKeepAlive: 'TRANSMIT_KEEPALIVE',
  transmitDeassoc: 'TRANSMIT_DEASSOC',
}

const BRIDGE_STATES: Readonly<Record<string, string>> = {
  init: 'INIT',
  bridgeProcessing: 'BRIDGE_PROCESSING',
  waitStationCmd: 'WAIT_STATION_CMD',
}

function viewStationVsi(vsi: StationVsi): VsiView {
  const { key, chart, held, wanted, processing, reason, counters } = vsi
  const retried = chart.value === 'init' ? wanted : null
  return {
    vsi: key,
    state: chart.context.vsiState,
    machine: STATION_STATES[chart.value]!,
    command: currentCommand(vsi),
    pending: chart.context.newCmd ?? processing ?? held ?? retried,
    wanted: wantedCommand(vsi),
    ...(reason && { reason }),
    counters: { ...counters },
  }
}

function viewBridgeVsi(vsi: BridgeVsi): VsiView {
  const { key, chart, reason, counters } = vsi
  return {
    vsi: key,
    state: chart.context.vsiState,
    machine: BRIDGE_STATES[chart.value]!,
    command: bridgeCommand(vsi),
    pending: chart.value === 'bridgeProcessing' ? (chart.context.nextCmd ?? chart.context.rxCmd) : null,
    wanted: null,
    ...(reason && { reason }),
    counters: { ...counters },
  }
}
