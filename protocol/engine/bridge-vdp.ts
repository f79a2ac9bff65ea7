/**
 * VDP of a bridge port: one chart per VSI, the questions to the switch about it, and the answers to the station.
 * Source: 802.1Q-2018 §41.5 (bridge). Who may have what is not decided here but by whoever answers `vsi.decide`.
 */
import { ASSOCIATION_TYPES, type UnreadableAssociation } from '../vdp/association-tlv.ts'
import {
  type BridgeDelay,
  type BridgeEnding,
  type BridgeEvent,
  bridgeMachine,
  type KeptRefusal,
  type Refusal,
} from '../vdp/bridge.machine.ts'
import { answerItem, type VsiCommand } from '../vdp/command.ts'
import { checkFilterInfo, hasGroupId, isFilledIn } from '../vdp/filter-info.ts'
import { decodeRequestStatus, encodeResponseStatus, isResponse, VDP_ERRORS } from '../vdp/status.ts'
import { resourceWaitDelay, toutKeepAlive } from '../vdp/timers.ts'
import type { ReceivedUlpdu, VerbatimItem, VsiItem } from '../vdp/ulpdu.ts'
import { formatVsiId, isKnownVsiIdFormat, type VsiKey } from '../vdp/vsi-id.ts'
import { advance, type ChartAction, type ChartState, initialSnapshot } from './chart.ts'
import { queueIsFull, queueTlv } from './ecp-channel.ts'
import type { VsiReport } from './effect.ts'
import type { Decision } from './input.ts'
import { type Reason, type ReasonCode, reasonOfVdpError } from './reason.ts'
import { type VdpContext, vsiOfTimer, waitWhileTimer } from './vdp-context.ts'

const SUCCESS = encodeResponseStatus({ error: 0, keep: false, hard: false })
/** Req/Ack 0: lldpad ignores a De-Associate of the bridge that has it set (reference.md 5.14). */
const UNSOLICITED = 0

export interface BridgeVsi {
  readonly key: VsiKey
  chart: ChartState<typeof bridgeMachine>
  /** Number of the question that waits for its answer. */
  decision: number
  reason: Reason | undefined
  readonly counters: { succeeded: number; failed: number; reverts: number; keepAlives: number }
}

export interface BridgeVdp {
  readonly vsis: Map<VsiKey, BridgeVsi>
  lastDecision: number
}

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
  run(vdp, vsi, decisionEvent(vsi, answer), context)
}

/** Management or the type database takes a VSI away; nothing happens when there is none. */
export function withdrawVsi(vdp: BridgeVdp, key: VsiKey, context: VdpContext): void {
  const vsi = vdp.vsis.get(key)
  if (vsi !== undefined) run(vdp, vsi, { type: 'bridgeExit' }, context)
}

/** True when `timer` is one of VDP's. */
export function bridgeTimer(vdp: BridgeVdp, timer: string, context: VdpContext): boolean {
  const key = vsiOfTimer(timer)
  if (key === undefined) return false
  const vsi = vdp.vsis.get(key)
  if (vsi !== undefined) run(vdp, vsi, { type: 'waitWhileExpired' }, context)
  return true
}

export function bridgePortDown(vdp: BridgeVdp, context: VdpContext): void {
  for (const vsi of [...vdp.vsis.values()]) run(vdp, vsi, { type: 'portDown' }, context)
}

/** Leaving: the stations find out by themselves, and may find us again. */
export function bridgeShutDown(vdp: BridgeVdp, { out }: VdpContext): void {
  for (const key of vdp.vsis.keys()) out.cancel(waitWhileTimer(key))
  vdp.vsis.clear()
}

/** What is in force; when nothing is, what was asked for last. */
export function bridgeCommand({ chart, key }: BridgeVsi): VsiCommand {
  const command = chart.context.operCmd ?? chart.context.rxCmd
  if (command === null) throw new Error(`VSI ${key} without a command`)
  return command
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
  if (vsi !== undefined) run(vdp, vsi, { type: 'rxCmd', command }, context)
  else if (command.type === ASSOCIATION_TYPES.deassociate) answerUnknown(key, command, SUCCESS, context)
  else if (vdp.vsis.size < context.config.maxVsis)
    run(vdp, createVsi(vdp, key), { type: 'rxCmd', command }, context)
  else {
    const refusal = { error: VDP_ERRORS.insufficientResources, keep: false, hard: false }
    context.out.count('VDPCommandsFailed')
    answerUnknown(key, command, encodeResponseStatus(refusal), context)
  }
}

function createVsi(vdp: BridgeVdp, key: VsiKey): BridgeVsi {
  const counters = { succeeded: 0, failed: 0, reverts: 0, keepAlives: 0 }
  const vsi: BridgeVsi = {
    key,
    chart: initialSnapshot(bridgeMachine),
    decision: 0,
    reason: undefined,
    counters,
  }
  vdp.vsis.set(key, vsi)
  return vsi
}

/** A De-Associate to the station about a VSI that is not in the table. Dropped when the queue is full. */
function answerUnknown(key: VsiKey, command: VsiCommand, status: number, context: VdpContext): void {
  if (queueIsFull(context.channel, context)) return
  send(key, command, answerItem(command, ASSOCIATION_TYPES.deassociate, status), context)
}

/** A request whose filter cannot be read: its TLV comes back as a refusal. Source: checklist 203, 204. */
function refuseUnreadable(
  vdp: BridgeVdp,
  { type, vsiId, octets }: UnreadableAssociation,
  { managerId }: ReceivedUlpdu,
  context: VdpContext,
): void {
  const key = formatVsiId(vsiId)
  const vsi = vdp.vsis.get(key)
  const keep = vsi?.chart.context.vsiState === 'associated' && type === ASSOCIATION_TYPES.associate
  const status = encodeResponseStatus({ error: VDP_ERRORS.invalidFormat, keep, hard: true })
  const answer = octets.slice()
  answer[0] = (answer[0]! & 1) | ((keep ? type : ASSOCIATION_TYPES.deassociate) << 1)
  answer[2] = status
  context.out.count('VDPCommandsFailed')
  if (vsi === undefined && queueIsFull(context.channel, context)) return
  if (vsi !== undefined) vsi.reason = reasonOfVdpError(VDP_ERRORS.invalidFormat, true)
  if (vsi !== undefined && !keep) run(vdp, vsi, { type: 'unreadable' }, context)
  queueTlv(context.channel, { vsi: key, managerId, item: { octets: answer } })
}

function decisionEvent(vsi: BridgeVsi, answer: Decision): BridgeEvent {
  if (answer.outcome === 'refuse') return { type: 'refused', refusal: answer }
  const { filter } = vsi.chart.context.rxCmd!
  if (!isFilledIn(filter, answer.filter)) throw new RangeError(`decision about ${vsi.key} changes its filter`)
  if (answer.filter.entries.every(({ vid }) => vid !== 0)) return { type: 'granted', filter: answer.filter }
  return { type: 'refused', refusal: { error: VDP_ERRORS.invalidFilter, keep: true, hard: false } }
}

/** Advances the chart of a VSI and does what it asks for. */
function run(vdp: BridgeVdp, vsi: BridgeVsi, event: BridgeEvent, context: VdpContext): void {
  const [chart, actions] = advance(bridgeMachine, vsi.chart, event)
  vsi.chart = chart
  for (const action of actions) perform(vdp, vsi, action, context)
}

function perform(vdp: BridgeVdp, vsi: BridgeVsi, { type, params }: ChartAction, context: VdpContext): void {
  const { operCmd, rxCmd } = vsi.chart.context
  switch (type) {
    case 'resourceCmd':
      return decide(vdp, vsi, rxCmd!, context)
    case 'setWaitWhile':
      return setWaitWhile(vsi, (params as { delay: BridgeDelay }).delay, context)
    case 'sendResponse':
      return grant(vsi, operCmd!, context)
    case 'answerKeepAlive':
      vsi.counters.keepAlives++
      context.out.count('VdpRxKeepAliveCount')
      return send(vsi.key, operCmd!, answerItem(operCmd!, operCmd!.type, SUCCESS), context)
    case 'sendKeep':
      return keep(vsi, params as KeptRefusal, context)
    case 'sendRefusal':
      return refuse(vsi, rxCmd!, params as Refusal, context)
    case 'sendDeassociated':
      context.out.count('VDPCommandsSucceeded')
      return send(vsi.key, rxCmd!, answerItem(rxCmd!, ASSOCIATION_TYPES.deassociate, SUCCESS), context)
    case 'sendUnsolicited': {
      const command = bridgeCommand(vsi)
      return send(vsi.key, command, answerItem(command, ASSOCIATION_TYPES.deassociate, UNSOLICITED), context)
    }
    case 'ended':
      return end(vdp, vsi, (params as { ending: BridgeEnding }).ending, context)
  }
}

/** Asks the switch, unless the request is wrong in itself. */
function decide(vdp: BridgeVdp, vsi: BridgeVsi, command: VsiCommand, context: VdpContext): void {
  const error = contentError(command, context)
  if (error !== undefined) {
    return run(vdp, vsi, { type: 'refused', refusal: { error, keep: true, hard: true } }, context)
  }
  vsi.decision = ++vdp.lastDecision
  context.out.push({ type: 'vsi.decide', vsi: vsi.key, decision: vsi.decision, command })
}

/** VDP error of a request that no switch could grant. Source: checklist 144 to 147, 202, 203. */
function contentError({ vsiId, filter }: VsiCommand, { groupIds }: VdpContext): number | undefined {
  if (!isKnownVsiIdFormat(vsiId.format)) return VDP_ERRORS.invalidFormat
  if (checkFilterInfo(filter) !== undefined) return VDP_ERRORS.invalidFilter
  return hasGroupId(filter.format) && !groupIds ? VDP_ERRORS.invalidFilter : undefined
}

function setWaitWhile(vsi: BridgeVsi, delay: BridgeDelay, { out, operating }: VdpContext): void {
  const wait = delay === 'toutKeepAlive' ? toutKeepAlive(operating) : resourceWaitDelay(operating)
  out.arm(waitWhileTimer(vsi.key), wait)
}

function grant(vsi: BridgeVsi, command: VsiCommand, context: VdpContext): void {
  vsi.reason = undefined
  vsi.counters.succeeded++
  context.out.count('VDPCommandsSucceeded')
  send(vsi.key, command, answerItem(command, command.type, SUCCESS), context)
  report(vsi, command, 'granted', context)
}

function keep(vsi: BridgeVsi, { command, ...refusal }: KeptRefusal, context: VdpContext): void {
  vsi.reason = reasonOfVdpError(refusal.error, refusal.hard)
  vsi.counters.reverts++
  context.out.count('VDPCommandReverts')
  const status = encodeResponseStatus({ ...refusal, keep: true })
  send(vsi.key, command, answerItem(command, ASSOCIATION_TYPES.associate, status), context)
  report(vsi, bridgeCommand(vsi), 'kept', context)
}

function refuse(vsi: BridgeVsi, command: VsiCommand, refusal: Refusal, context: VdpContext): void {
  vsi.reason = reasonOfVdpError(refusal.error, refusal.hard)
  vsi.counters.failed++
  context.out.count('VDPCommandsFailed')
  const status = encodeResponseStatus({ ...refusal, keep: false })
  send(vsi.key, command, answerItem(command, ASSOCIATION_TYPES.deassociate, status), context)
}

const ENDINGS: Readonly<Record<BridgeEnding, readonly [VsiReport['outcome'], ReasonCode | undefined]>> = {
  released: ['released', 'released-by-station'],
  refused: ['refused', undefined],
  'keep-alive-timeout': ['lost', 'keep-alive-timeout'],
  withdrawn: ['lost', 'withdrawn'],
  'link-down': ['lost', 'link-down'],
}

/** RELEASE_ALL. A request that waited for the decision about a refused one starts anew. */
function end(vdp: BridgeVdp, vsi: BridgeVsi, ending: BridgeEnding, context: VdpContext): void {
  const [outcome, code] = ENDINGS[ending]
  if (code !== undefined) vsi.reason = { code }
  context.out.cancel(waitWhileTimer(vsi.key))
  vdp.vsis.delete(vsi.key)
  report({ ...vsi, chart: initialSnapshot(bridgeMachine) }, bridgeCommand(vsi), outcome, context)
  const { nextCmd } = vsi.chart.context
  if (ending === 'refused' && nextCmd !== null) receiveRequest(vdp, nextCmd, context)
}

function send(
  vsi: VsiKey,
  { managerId }: VsiCommand,
  item: VsiItem | VerbatimItem,
  { channel }: VdpContext,
): void {
  queueTlv(channel, { vsi, managerId, item })
}

function report(
  vsi: BridgeVsi,
  command: VsiCommand,
  outcome: VsiReport['outcome'],
  { out }: VdpContext,
): void {
  const { key, reason, chart } = vsi
  const state = chart.context.vsiState
  out.push({
    type: 'vsi.reported',
    report: { vsi: key, state, command, outcome, ...(reason && { reason }), tickets: [] },
  })
}
