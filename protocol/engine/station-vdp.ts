/**
 * VDP of a station port: one chart per VSI, what was asked for it and by whom, and what happens to it when the
 * bridge or the link goes and comes back. Source: 802.1Q-2018 §41.5 (station).
 *
 * What was granted once stays wanted: when it is lost without the bridge having said no (silence, link down), it
 * is asked for again, at once when the port is ready again, otherwise after `retryDelay`. A request that never was
 * granted fails for good; one that could not be sent yet waits.
 */
import { ASSOCIATION_TYPES, fitsAssociationTlv } from '../vdp/association-tlv.ts'
import {
  deassociation,
  equalCommands,
  requestItem,
  requireEncodable,
  type VsiCommand,
} from '../vdp/command.ts'
import { hasGroupId } from '../vdp/filter-info.ts'
import { respWaitDelay } from '../vdp/timers.ts'
import { ITEM_SPACE, itemSize } from '../vdp/ulpdu.ts'
import { formatVsiId, type VsiKey } from '../vdp/vsi-id.ts'
import { queueIsFull, tlvWaits } from './ecp-channel.ts'
import type { ReasonCode } from './reason.ts'
import {
  drop,
  fail,
  fitsFrame,
  hold,
  RETRY_TIMER,
  type StationVdp,
  stepVsi,
  transmitAgain,
} from './station-actions.ts'
import {
  createStationVsi,
  currentCommand,
  NO_TICKETS,
  refuse,
  report,
  type StationVsi,
  turnDown,
} from './station-vsi.ts'
import { type VdpContext, vsiOfTimer, waitWhileTimer } from './vdp-context.ts'

export type { StationVdp } from './station-actions.ts'

export function createStationVdp(): StationVdp {
  return { vsis: new Map(), lost: new Set(), retryDelay: 0, retryArmed: false }
}

/**
 * Somebody asks for a VSI. Exactly one final report will carry `ticket`. Throws RangeError for what no TLV can carry: a
 * mistake of the caller, found before anything has changed.
 */
export function requestVsi(vdp: StationVdp, ticket: number, command: VsiCommand, context: VdpContext): void {
  const key = formatVsiId(command.vsiId)
  if (command.type === ASSOCIATION_TYPES.deassociate) return releaseVsi(vdp, ticket, key, context, command)
  const refusal = refuseRequest(vdp, key, command, context)
  if (refusal !== undefined) return refuseLocally(vdp.vsis.get(key), ticket, command, refusal, context)
  const vsi = vdp.vsis.get(key) ?? addVsi(vdp, key)
  if (
    vsi.processing !== null &&
    vsi.chart.context.newCmd === null &&
    equalCommands(vsi.processing, command)
  ) {
    vsi.tickets = [...vsi.tickets, ticket]
    return
  }
  takeNext(vsi, ticket, command, context)
  const idle = vsi.chart.value === 'init'
  const obstacle = obstacleTo(command, context)
  if (idle && obstacle !== undefined) hold(vsi, command, obstacle, context)
  else stepVsi(vdp, vsi, { type: 'newCmd', command }, context)
}

/** A VSI of an earlier life of the port. One that was asked for anew meanwhile is left alone. */
export function restoreVsi(vdp: StationVdp, command: VsiCommand, context: VdpContext): void {
  const key = formatVsiId(command.vsiId)
  if (vdp.vsis.has(key)) return
  if (command.type === ASSOCIATION_TYPES.deassociate) {
    requireEncodable(command)
    return endLeftover(vdp, key, command, context)
  }
  const refusal = refuseRequest(vdp, key, command, context)
  if (refusal !== undefined) return refuse(key, command, [], { code: refusal }, context)
  const vsi = addVsi(vdp, key)
  vsi.wanted = command
  vsi.restored = true
  const obstacle = obstacleTo(command, context)
  if (obstacle === undefined) return askAgain(vdp, vsi, context)
  vsi.reason = { code: obstacle }
  report(vsi, 'waiting', [], context)
}

/** Somebody wants a VSI gone, whatever its parameters are. */
export function releaseVsi(
  vdp: StationVdp,
  ticket: number,
  key: VsiKey,
  context: VdpContext,
  asked?: VsiCommand,
): void {
  const vsi = vdp.vsis.get(key)
  if (vsi === undefined) return refuse(key, asked ?? null, [ticket], { code: 'unknown-vsi' }, context)
  const command = deassociation(currentCommand(vsi))
  takeNext(vsi, ticket, command, context)
  const idle = vsi.chart.value === 'init'
  const { restored } = vsi
  if (idle && (context.obstacle !== undefined || vsi.wanted === null)) {
    forget(vdp, vsi, context)
    if (restored) endLeftover(vdp, key, command, context)
  } else stepVsi(vdp, vsi, { type: 'newCmd', command }, context)
}

/** True when `timer` is one of VDP's. */
export function stationTimer(vdp: StationVdp, timer: string, context: VdpContext): boolean {
  if (timer === RETRY_TIMER) {
    vdp.retryArmed = false
    if (context.obstacle === undefined)
      for (const key of [...vdp.lost]) askAgain(vdp, vdp.vsis.get(key)!, context)
    return true
  }
  const key = vsiOfTimer(timer)
  if (key === undefined) return false
  const vsi = vdp.vsis.get(key)
  if (vsi !== undefined) pass(vdp, vsi, 'waitWhileExpired', context)
  return true
}

/** The TLVs of these VSIs are on the wire: from now on they wait for their response. */
export function stationTransmitted(vdp: StationVdp, keys: readonly VsiKey[], context: VdpContext): void {
  const delay = respWaitDelay(context.operating)
  for (const key of keys) if (vdp.vsis.has(key)) context.out.arm(waitWhileTimer(key), delay)
}

/** Nobody acknowledged the ECPDU with these VSIs. When another bridge takes the silent one's place, it is asked instead. */
export function stationEcpFailed(
  vdp: StationVdp,
  keys: readonly VsiKey[],
  context: VdpContext,
  isReplaced: boolean,
): void {
  for (const key of keys) {
    const vsi = vdp.vsis.get(key)
    if (vsi === undefined || tlvWaits(context.channel, key)) continue
    const { sysCmd, operCmd } = vsi.chart.context
    const command = sysCmd ?? operCmd
    const isSendable = command !== null && (context.groupIds || !needsGroups(command))
    if (isReplaced && isSendable) transmitAgain(vsi, context)
    else stepVsi(vdp, vsi, { type: 'ecpFailed' }, context)
  }
}

/** The port may talk (again): what waited is sent, what was granted is confirmed. */
export function stationReady(vdp: StationVdp, context: VdpContext): void {
  vdp.retryDelay = 0
  for (const vsi of [...vdp.vsis.values()]) {
    if (vsi.chart.value === 'init') askAgain(vdp, vsi, context)
    else pass(vdp, vsi, 'refresh', context)
  }
}

/** The bridge may have been replaced, or is gone: ask for every granted VSI now instead of at its next keep-alive. */
export function stationRefresh(vdp: StationVdp, context: VdpContext): void {
  for (const vsi of [...vdp.vsis.values()]) pass(vdp, vsi, 'refresh', context)
}

/** Time for a keep-alive, or the end of a wait; a filter with group IDs may not be sent any longer than they are agreed. */
function pass(
  vdp: StationVdp,
  vsi: StationVsi,
  type: 'waitWhileExpired' | 'refresh',
  context: VdpContext,
): void {
  const { value, context: chart } = vsi.chart
  const groupIdsEnded = chart.operCmd !== null && needsGroups(chart.operCmd) && !context.groupIds
  const ends = groupIdsEnded && value === 'waitSystemCmd'
  stepVsi(vdp, vsi, { type: ends ? 'groupIdsEnded' : type }, context)
}

export function stationPortDown(vdp: StationVdp, context: VdpContext): void {
  if (vdp.retryArmed) context.out.cancel(RETRY_TIMER)
  vdp.retryArmed = false
  for (const vsi of [...vdp.vsis.values()]) {
    vsi.held ??= vsi.chart.context.newCmd
    stepVsi(vdp, vsi, { type: 'portDown' }, context)
    if (vsi.held?.type === ASSOCIATION_TYPES.deassociate) forget(vdp, vsi, context)
  }
}

/** Leaving: whoever still waits is told. */
export function stationShutDown(vdp: StationVdp, context: VdpContext): void {
  if (vdp.retryArmed) context.out.cancel(RETRY_TIMER)
  for (const vsi of vdp.vsis.values()) {
    context.out.cancel(waitWhileTimer(vsi.key))
    const tickets = [...vsi.tickets, ...vsi.nextTickets]
    if (tickets.length > 0) refuse(vsi.key, currentCommand(vsi), tickets, { code: 'shut-down' }, context)
  }
  vdp.vsis.clear()
  vdp.lost.clear()
}

function addVsi(vdp: StationVdp, key: VsiKey): StationVsi {
  const vsi = createStationVsi(key)
  vdp.vsis.set(key, vsi)
  return vsi
}

/** Why a request is refused before anything is sent; undefined when it is taken. */
function refuseRequest(
  vdp: StationVdp,
  key: VsiKey,
  command: VsiCommand,
  context: VdpContext,
): ReasonCode | undefined {
  if (!fitsAssociationTlv(command.filter) || itemSize(requestItem(command)) > ITEM_SPACE)
    return 'invalid-filter'
  requireEncodable(command)
  if (!fitsFrame(command, context)) return 'mtu-too-small'
  if (obstacleTo(command, context) === undefined && needsGroups(command) && !context.groupIds)
    return 'group-ids-not-agreed'
  if (!vdp.vsis.has(key) && vdp.vsis.size >= context.config.maxVsis) return 'too-many-vsis'
  return queueIsFull(context.channel, context) ? 'queue-full' : undefined
}

/** Why this command must not be sent now. Whether a bridge that is only assumed has group IDs is not known. */
function obstacleTo(command: VsiCommand, { obstacle, bridgeAssumed }: VdpContext): ReasonCode | undefined {
  return obstacle ?? (bridgeAssumed && needsGroups(command) ? 'no-evb-bridge' : undefined)
}

/** What is in force keeps the reason: somebody who looks at the VSI later still learns it. */
function refuseLocally(
  vsi: StationVsi | undefined,
  ticket: number,
  command: VsiCommand,
  code: ReasonCode,
  context: VdpContext,
): void {
  if (vsi === undefined) return refuse(formatVsiId(command.vsiId), command, [ticket], { code }, context)
  if (vsi.chart.context.operCmd !== null) vsi.reason = { code }
  turnDown(vsi, command, [ticket], { code }, context)
}

function needsGroups({ filter }: VsiCommand): boolean {
  return hasGroupId(filter.format)
}

/** Puts `command` next in line; whoever waited for another one before it is told. */
function takeNext(vsi: StationVsi, ticket: number, command: VsiCommand, context: VdpContext): void {
  const waiting = vsi.held ?? vsi.chart.context.newCmd
  if (waiting !== null && !equalCommands(waiting, command)) {
    if (vsi.nextTickets.length > 0) turnDown(vsi, waiting, vsi.nextTickets, { code: 'superseded' }, context)
    vsi.nextTickets = NO_TICKETS
  }
  vsi.nextTickets = [...vsi.nextTickets, ticket]
}

/** What the bridge may hold from an earlier life of the port, and nobody wants: the bridge is told when it can be. */
function endLeftover(vdp: StationVdp, key: VsiKey, command: VsiCommand, context: VdpContext): void {
  const vsi = addVsi(vdp, key)
  if (context.obstacle !== undefined) hold(vsi, command, context.obstacle, context)
  else stepVsi(vdp, vsi, { type: 'newCmd', command }, context)
}

/** A VSI the bridge knows nothing of: it is gone at once. */
function forget(vdp: StationVdp, vsi: StationVsi, context: VdpContext): void {
  vsi.reason = { code: 'released-by-station' }
  report(vsi, 'released', [...vsi.tickets, ...vsi.nextTickets], context)
  vdp.vsis.delete(vsi.key)
  vdp.lost.delete(vsi.key)
}

/** Sends what a VSI without association waits for or has lost. */
function askAgain(vdp: StationVdp, vsi: StationVsi, context: VdpContext): void {
  const command = vsi.held ?? vsi.wanted
  if (command === null || vsi.chart.value !== 'init' || obstacleTo(command, context) !== undefined) return
  vsi.held = null
  if (needsGroups(command) && !context.groupIds) {
    vsi.wanted = null
    vsi.processing = command
    vsi.tickets = vsi.nextTickets
    vsi.nextTickets = NO_TICKETS
    fail(vdp, vsi, { code: 'group-ids-not-agreed' }, context)
    drop(vdp, vsi)
  } else stepVsi(vdp, vsi, { type: 'newCmd', command }, context)
}
