/**
 * What a bridge's charts ask for, done: questions to the switch, answers to the station, timers, reports.
 * Source: 802.1Q-2018 §41.5 (bridge). `bridge-vdp.ts` is the table of VSIs and the way in.
 */
import { ASSOCIATION_TYPES } from '../vdp/association-tlv.ts'
import {
  type BridgeDelay,
  type BridgeEnding,
  type BridgeEvent,
  bridgeMachine,
  type KeptRefusal,
  type Refusal,
} from '../vdp/bridge.machine.ts'
import { answerItem, type VsiCommand } from '../vdp/command.ts'
import { checkFilterInfo, hasGroupId } from '../vdp/filter-info.ts'
import { encodeResponseStatus, VDP_ERRORS } from '../vdp/status.ts'
import { resourceWaitDelay, toutKeepAlive } from '../vdp/timers.ts'
import type { VerbatimItem, VsiItem } from '../vdp/ulpdu.ts'
import { isKnownVsiIdFormat, type VsiKey } from '../vdp/vsi-id.ts'
import { advance, type ChartAction, type ChartState, initialSnapshot } from './chart.ts'
import { queueTlv } from './ecp-channel.ts'
import type { VsiReport } from './effect.ts'
import { type Reason, type ReasonCode, reasonOfVdpError } from './reason.ts'
import { type VdpContext, waitWhileTimer } from './vdp-context.ts'

export const SUCCESS = encodeResponseStatus({ error: 0, keep: false, hard: false })
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

/** What is in force; when nothing is, what was asked for last. */
export function bridgeCommand({ chart, key }: BridgeVsi): VsiCommand {
  const command = chart.context.operCmd ?? chart.context.rxCmd
  if (command === null) throw new Error(`VSI ${key} without a command`)
  return command
}

/** A VSI of which nothing is known yet. */
export function addBridgeVsi(vdp: BridgeVdp, key: VsiKey): BridgeVsi {
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

/** Advances the chart of a VSI and does what it asks for. */
export function stepVsi(vdp: BridgeVdp, vsi: BridgeVsi, event: BridgeEvent, context: VdpContext): void {
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
    case 'kept':
      vsi.reason = reasonOfVdpError(VDP_ERRORS.invalidFormat, true)
      vsi.counters.reverts++
      return report(vsi, bridgeCommand(vsi), 'kept', context)
    case 'ended':
      return end(vdp, vsi, (params as { ending: BridgeEnding }).ending, context)
  }
}

/** Asks the switch, unless the request is wrong in itself. */
function decide(vdp: BridgeVdp, vsi: BridgeVsi, command: VsiCommand, context: VdpContext): void {
  const error = contentError(command, context)
  if (error !== undefined) {
    return stepVsi(vdp, vsi, { type: 'refused', refusal: { error, keep: true, hard: true } }, context)
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
  vsi.reason = reasonOfVdpError(refusal.error, refusal.hard, refusal.detail)
  vsi.counters.reverts++
  context.out.count('VDPCommandReverts')
  const status = encodeResponseStatus({ ...refusal, keep: true })
  send(vsi.key, command, answerItem(command, ASSOCIATION_TYPES.associate, status), context)
  report(vsi, bridgeCommand(vsi), 'kept', context)
}

function refuse(vsi: BridgeVsi, command: VsiCommand, refusal: Refusal, context: VdpContext): void {
  vsi.reason = reasonOfVdpError(refusal.error, refusal.hard, refusal.detail)
  vsi.counters.failed++
  context.out.count('VDPCommandsFailed')
  const status = encodeResponseStatus({ ...refusal, keep: false })
  send(vsi.key, command, answerItem(command, ASSOCIATION_TYPES.deassociate, status), context)
}

const ENDINGS: Readonly<Record<BridgeEnding, readonly [VsiReport['outcome'], ReasonCode | undefined]>> = {
  released: ['released', 'released-by-station'],
  refused: ['refused', undefined],
  'keep-alive-timeout': ['lost', 'keep-alive-timeout'],
  withdrawn: ['lost', undefined],
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
  if (ending === 'refused' && nextCmd !== null) {
    stepVsi(vdp, addBridgeVsi(vdp, vsi.key), { type: 'rxCmd', command: nextCmd }, context)
  }
}

export function send(
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
