/**
 * One port: the LLDP agent, EVB, ECP and VDP of its role, put together. Here, in `port-state.ts` and in
 * `port-frames.ts` they meet; each knows nothing of the others. State is mutated in place; `step.ts` is the door.
 */
import type { VsiKey } from '../vdp/vsi-id.ts'
import { MAX_PAYLOAD_LENGTH } from '../wire/ethernet-frame.ts'
import type { MacAddress } from '../wire/mac-address.ts'
import { bridgePortDown, bridgeShutDown, bridgeTimer, vsiDecided, withdrawVsi } from './bridge-vdp.ts'
import { ecpTimer, flushEcp, peerRestarted, restartEcp } from './ecp-channel.ts'
import type { TimerId } from './effect.ts'
import {
  currentEvbTlv,
  evbConfigure,
  evbPeer,
  evbPeerSilent,
  evbPortDown,
  evbRelayApplied,
} from './evb-exchange.ts'
import type { Input } from './input.ts'
import {
  lldpConfigure,
  lldpLocalChange,
  lldpPortDown,
  lldpPortUp,
  lldpShutdown,
  lldpTimer,
  lldpTransmit,
} from './lldp-agent.ts'
import type { Outlet } from './outlet.ts'
import type { PortConfig } from './port-config.ts'
import { neighborEvents, receiveFrame } from './port-frames.ts'
import { evbChanged, type Port, readiness, vdpContext } from './port-state.ts'
import {
  releaseVsi,
  requestVsi,
  restoreVsi,
  stationEcpFailed,
  stationPortDown,
  stationReady,
  stationRefresh,
  stationShutDown,
  stationTimer,
  stationTransmitted,
} from './station-vdp.ts'

/** One input. What it causes to be sent waits for `settle`. */
export function handle(port: Port, input: Input, out: Outlet): void {
  if (port.closed) return
  switch (input.type) {
    case 'frame.received':
      return receiveFrame(port, input.octets, out)
    case 'link.changed':
      port.mtu = input.mtu ?? MAX_PAYLOAD_LENGTH
      return changeLink(port, input.up, input.mac, out)
    case 'timer.expired':
      return expireTimer(port, input.timer, out)
    case 'relay.applied':
      return evbChanged(port, evbRelayApplied(port.evb, input.enabled, out))
    case 'admin.configured':
      return configure(port, input.config, out)
    case 'admin.shutdown':
      return shutDown(port, input.quiet === true, out)
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
  if (vdp.role === 'station' && input.type === 'vsi.restored') {
    port.bridgeAssumed = true
    return restoreVsi(vdp.table, input.command, vdpContext(port, out))
  }
  if (vdp.role === 'station' && input.type === 'vsi.released') {
    return releaseVsi(vdp.table, input.ticket, input.vsi, context)
  }
  if (vdp.role === 'bridge' && input.type === 'vsi.decided') {
    return vsiDecided(vdp.table, input.vsi, input.decision, input.answer, context)
  }
  if (vdp.role === 'bridge' && input.type === 'vsi.withdrawn') {
    const { code = 'withdrawn', detail } = input
    return withdrawVsi(vdp.table, input.vsi, { code, ...(detail !== undefined && { detail }) }, context)
  }
  throw new TypeError(`${input.type} is not an input of a ${vdp.role} port`)
}

/** VDP may talk again, or the bridge is gone while VSIs still have its word: they are asked for now. */
function checkReadiness(port: Port, out: Outlet): void {
  const now = readiness(port)
  if (now === 'yes') port.bridgeAssumed = false
  if (now !== port.was && port.vdp.role === 'station') {
    const context = vdpContext(port, out)
    if (now === 'no') stationRefresh(port.vdp.table, context)
    else stationReady(port.vdp.table, context)
  }
  port.was = now
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
  port.bridgeAssumed = false
  port.was = 'no'
  const context = vdpContext(port, out)
  if (port.vdp.role === 'station') stationPortDown(port.vdp.table, context)
  else bridgePortDown(port.vdp.table, context)
  restartEcp(port.ecp, context)
  neighborEvents(port, lldpPortDown(port.lldp, out), out)
  evbPortDown(port.evb, out)
}

/** A timer may have been cancelled or moved by an input of the same moment: then its expiry is stale. */
function expireTimer(port: Port, timer: TimerId, out: Outlet): void {
  if ((port.timers.get(timer) ?? Number.POSITIVE_INFINITY) > out.now) return
  port.timers.delete(timer)
  const context = vdpContext(port, out)
  const { vdp } = port
  if (
    vdp.role === 'station' ? stationTimer(vdp.table, timer, context) : bridgeTimer(vdp.table, timer, context)
  )
    return
  const outcome = ecpTimer(port.ecp, timer, context)
  if (outcome === undefined) neighborEvents(port, lldpTimer(port.lldp, timer, out), out)
  else if (outcome.failed.length > 0) ecpFailed(port, outcome.failed, out)
}

/** Nobody acknowledged: VSIs are lost, unless another peer takes over. */
function ecpFailed(port: Port, failed: readonly VsiKey[], out: Outlet): void {
  const { vdp } = port
  const peer = evbPeer(port.evb)
  evbChanged(port, evbPeerSilent(port.evb, out))
  const isReplaced = evbPeer(port.evb) !== peer
  if (isReplaced) peerRestarted(port.ecp)
  if (vdp.role === 'bridge') return
  // A bridge that lives has sent an LLDPDU by then.
  if (vdp.table.retryDelay >= port.config.vdp.maxRetryDelay) port.bridgeAssumed = false
  stationEcpFailed(vdp.table, failed, vdpContext(port, out), isReplaced)
}

function configure(port: Port, config: PortConfig, out: Outlet): void {
  port.config = config
  evbChanged(port, evbConfigure(port.evb, config.evb, out))
  neighborEvents(port, lldpConfigure(port.lldp, config.lldp, out), out)
}

/** Leaves in order: whoever waits is told, the neighbour gets a shutdown LLDPDU, relay goes off. */
function shutDown(port: Port, quiet: boolean, out: Outlet): void {
  const context = vdpContext(port, out)
  if (port.vdp.role === 'station') stationShutDown(port.vdp.table, context)
  else bridgeShutDown(port.vdp.table, context)
  restartEcp(port.ecp, context)
  neighborEvents(port, quiet ? lldpPortDown(port.lldp, out) : lldpShutdown(port.lldp, out), out)
  evbPortDown(port.evb, out)
  port.closed = true
}
