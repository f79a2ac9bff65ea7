/**
 * VDP of a bridge port: one chart per VSI, the questions to the switch about it, and the answers to the station.
 * Source: 802.1Q-2018 §41.5 (bridge). Who may have what is not decided here but by whoever answers `vsi.decide`.
 */
import { ASSOCIATION_TYPES, type UnreadableAssociation } from '../vdp/association-tlv.ts'
import type { BridgeEvent } from '../vdp/bridge.machine.ts'
import { answerItem, isKeepAlive, requireEncodable, type VsiCommand } from '../vdp/command.ts'
import { hasGroupId, isFilledIn } from '../vdp/filter-info.ts'
import {
  decodeRequestStatus,
  encodeResponseStatus,
  isResponse,
  type ResponseStatus,
  VDP_ERRORS,
} from '../vdp/status.ts'
import type { ReceivedUlpdu, VsiItem } from '../vdp/ulpdu.ts'
import { formatVsiId, type VsiKey } from '../vdp/vsi-id.ts'
import { addBridgeVsi, type BridgeVdp, type BridgeVsi, SUCCESS, send, stepVsi } from './bridge-actions.ts'
import { queueIsFull, queueTlv } from './ecp-channel.ts'
import type { Decision } from './input.ts'
import { type Reason, reasonOfVdpError } from './reason.ts'
import { type VdpContext, vsiOfTimer, waitWhileTimer } from './vdp-context.ts'

export type { BridgeVdp } from './bridge-actions.ts'

export function createBridgeVdp(): BridgeVdp {
  return { vsis: new Map(), lastDecision: 0 }
}

/** A ULPDU from the station. */
export function bridgeReceives(vdp: BridgeVdp, ulpdu: ReceivedUlpdu, context: VdpContext): void {
  for (const item of ulpdu.items) {
    const status = 'association' in item ? item.association.status : item.status
    if (isResponse(status)) context.out.count('VdpRxTlvDiscardCount')
    else if ('association' in item) receiveRequest(vdp, requestOf(item, ulpdu), context)
    else refuseUnreadable(vdp, item, ulpdu, context)
  }
}

/** The switch's answer to `vsi.decide`. A late one, or one to a question that was withdrawn, is ignored. */
export function vsiDecided(
  vdp: BridgeVdp,
  key: VsiKey,
  decision: number,
  answer: Decision,
  context: VdpContext,
): void {
  const vsi = vdp.vsis.get(key)
  if (vsi === undefined || vsi.decision !== decision || vsi.chart.value !== 'bridgeProcessing') return
  stepVsi(vdp, vsi, decisionEvent(vsi, answer), context)
}

/** Management, the type database or another port takes a VSI away; nothing happens when there is none. */
export function withdrawVsi(vdp: BridgeVdp, key: VsiKey, reason: Reason, context: VdpContext): void {
  const vsi = vdp.vsis.get(key)
  if (vsi === undefined) return
  vsi.reason = reason
  stepVsi(vdp, vsi, { type: 'bridgeExit' }, context)
}

/** True when `timer` is one of VDP's. */
export function bridgeTimer(vdp: BridgeVdp, timer: string, context: VdpContext): boolean {
  const key = vsiOfTimer(timer)
  if (key === undefined) return false
  const vsi = vdp.vsis.get(key)
  if (vsi !== undefined) stepVsi(vdp, vsi, { type: 'waitWhileExpired' }, context)
  return true
}

export function bridgePortDown(vdp: BridgeVdp, context: VdpContext): void {
  for (const vsi of [...vdp.vsis.values()]) stepVsi(vdp, vsi, { type: 'portDown' }, context)
}

/** Leaving: the stations find out by themselves, and may find us again. */
export function bridgeShutDown(vdp: BridgeVdp, { out }: VdpContext): void {
  for (const key of vdp.vsis.keys()) out.cancel(waitWhileTimer(key))
  vdp.vsis.clear()
}

function requestOf({ association, organizational }: VsiItem, { managerId }: ReceivedUlpdu): VsiCommand {
  const { type, status, typeId, typeVersion, vsiId, filter } = association
  return {
    type,
    vsiId,
    managerId,
    typeId,
    typeVersion,
    filter,
    hint: decodeRequestStatus(status),
    organizational,
  }
}

function receiveRequest(vdp: BridgeVdp, command: VsiCommand, context: VdpContext): void {
  const key = formatVsiId(command.vsiId)
  const vsi = vdp.vsis.get(key)
  if (vsi !== undefined && outlivesAgreement(vsi, command, context)) endAgreed(vdp, vsi, command, context)
  else if (vsi !== undefined) stepVsi(vdp, vsi, { type: 'rxCmd', command }, context)
  else if (command.type === ASSOCIATION_TYPES.deassociate) answerUnknown(key, command, SUCCESS, context)
  else if (queueIsFull(context.channel, context))
    return // its answer would wait for those of all others
  else if (vdp.vsis.size < context.config.maxVsis)
    stepVsi(vdp, addBridgeVsi(vdp, key), { type: 'rxCmd', command }, context)
  else {
    const refusal = { error: VDP_ERRORS.insufficientResources, keep: false, hard: false }
    context.out.count('VDPCommandsFailed')
    answerUnknown(key, command, encodeResponseStatus(refusal), context)
  }
}

/** A De-Associate to the station about a VSI that is not in the table. Dropped when the queue is full. */
function answerUnknown(key: VsiKey, command: VsiCommand, status: number, context: VdpContext): void {
  if (queueIsFull(context.channel, context)) return
  send(key, command, answerItem(command, ASSOCIATION_TYPES.deassociate, status), context)
}

/**
 * A request whose filter cannot be read: its TLV comes back as a refusal. A De-Associate is none the less done, since
 * its VSIID says what is to end. Source: checklist 196, 203, 204.
 */
function refuseUnreadable(
  vdp: BridgeVdp,
  { type, vsiId, octets }: UnreadableAssociation,
  { managerId }: ReceivedUlpdu,
  context: VdpContext,
): void {
  const key = formatVsiId(vsiId)
  const vsi = vdp.vsis.get(key)
  const keep = vsi?.chart.context.vsiState === 'associated' && type === ASSOCIATION_TYPES.associate
  const refusal = { error: VDP_ERRORS.invalidFormat, keep, hard: true }
  const answer = octets.slice()
  answer[0] = (answer[0]! & 1) | ((keep ? type : ASSOCIATION_TYPES.deassociate) << 1)
  answer[2] = encodeResponseStatus(refusal)
  context.out.count(keep ? 'VDPCommandReverts' : 'VDPCommandsFailed')
  if (vsi === undefined && queueIsFull(context.channel, context)) return
  const released = type === ASSOCIATION_TYPES.deassociate
  if (vsi !== undefined && released) stepVsi(vdp, vsi, { type: 'unusable', outcome: 'released' }, context)
  else if (vsi !== undefined) refuseAtOnce(vdp, vsi, refusal, context)
  queueTlv(context.channel, { vsi: key, managerId, item: { octets: answer } })
}

/** What the bridge holds ends, or is kept, without a decision. */
function refuseAtOnce(
  vdp: BridgeVdp,
  vsi: BridgeVsi,
  { error, keep, hard }: ResponseStatus,
  context: VdpContext,
): void {
  if (!keep) vsi.reason = reasonOfVdpError(error, hard)
  stepVsi(vdp, vsi, { type: 'unusable', outcome: keep ? 'kept' : 'refused' }, context)
}

/** A keep-alive with group IDs after their agreement has ended. Source: checklist 70, 202. */
function outlivesAgreement({ chart }: BridgeVsi, command: VsiCommand, { groupIds }: VdpContext): boolean {
  const { operCmd } = chart.context
  if (groupIds || operCmd === null || !hasGroupId(operCmd.filter.format)) return false
  return chart.value === 'waitStationCmd' && isKeepAlive(operCmd, command)
}

function endAgreed(vdp: BridgeVdp, vsi: BridgeVsi, command: VsiCommand, context: VdpContext): void {
  const refusal = { error: VDP_ERRORS.invalidFilter, keep: false, hard: false }
  const status = encodeResponseStatus(refusal)
  context.out.count('VDPCommandsFailed')
  refuseAtOnce(vdp, vsi, refusal, context)
  send(vsi.key, command, answerItem(command, ASSOCIATION_TYPES.deassociate, status), context)
}

/** Throws RangeError for an answer that no TLV can carry: the switch's mistake, found before anything has changed. */
function decisionEvent(vsi: BridgeVsi, answer: Decision): BridgeEvent {
  if (answer.outcome === 'refuse') {
    if (answer.error === 0) throw new RangeError(`decision about ${vsi.key} refuses without an error`)
    encodeResponseStatus(answer)
    return { type: 'refused', refusal: answer }
  }
  const command = vsi.chart.context.rxCmd!
  requireEncodable({ ...command, filter: answer.filter })
  if (!isFilledIn(command.filter, answer.filter))
    throw new RangeError(`decision about ${vsi.key} changes its filter`)
  if (answer.filter.entries.every(({ vid }) => vid !== 0)) return { type: 'granted', filter: answer.filter }
  return { type: 'refused', refusal: { error: VDP_ERRORS.invalidFilter, keep: true, hard: false } }
}
