/**
 * What a station's charts ask for, done: TLVs queued, timers armed, outcomes told, and what becomes of a wish that
 * failed. Source: 802.1Q-2018 §41.5 (station).
 */
import { ASSOCIATION_TYPES } from '../vdp/association-tlv.ts'
import { deassociation, requestItem, type VsiCommand, withAssigned } from '../vdp/command.ts'
import type { StationDelay, StationEvent, StationFailure } from '../vdp/station.machine.ts'
import { stationMachine } from '../vdp/station.machine.ts'
import { reinitKeepAlive } from '../vdp/timers.ts'
import { itemSize } from '../vdp/ulpdu.ts'
import type { VsiKey } from '../vdp/vsi-id.ts'
import { advance, type ChartAction } from './chart.ts'
import { queueTlv, unqueueTlv } from './ecp-channel.ts'
import { type Reason, type ReasonCode, reasonOfVdpError } from './reason.ts'
import { answer, currentCommand, NO_TICKETS, report, type StationVsi, turnDown } from './station-vsi.ts'
import { type VdpContext, waitWhileTimer } from './vdp-context.ts'

export const RETRY_TIMER = 'vdp.retry'

export interface StationVdp {
  readonly vsis: Map<VsiKey, StationVsi>
  /** VSIs that are wanted and not granted, to be asked for again. */
  readonly lost: Set<VsiKey>
  /** Milliseconds until the next retry; doubles while nothing succeeds. */
  retryDelay: number
  retryArmed: boolean
}

/** Advances the chart of a VSI and does what it asks for. What a VSI that has ended had to say is not sent any more. */
export function stepVsi(vdp: StationVdp, vsi: StationVsi, event: StationEvent, context: VdpContext): void {
  if (event.type === 'newCmd') vsi.held = null // it comes after whatever waited
  const [chart, actions] = advance(stationMachine, vsi.chart, event)
  vsi.chart = chart
  for (const action of actions) perform(vdp, vsi, action, context)
  if (chart.value === 'init') unqueueTlv(context.channel, vsi.key)
  drop(vdp, vsi)
}

/** Forgets a VSI that has nothing and wants nothing. */
export function drop(vdp: StationVdp, vsi: StationVsi): void {
  if (vsi.chart.value !== 'init' || vsi.wanted !== null || vsi.held !== null) return
  vdp.vsis.delete(vsi.key)
  vdp.lost.delete(vsi.key)
}

function perform(vdp: StationVdp, vsi: StationVsi, { type, params }: ChartAction, context: VdpContext): void {
  const { out } = context
  switch (type) {
    case 'transmitSysCmd':
      return transmitSysCmd(vsi, context)
    case 'transmitKeepAlive':
      out.count('VdpTxKeepAliveCount')
      return transmit(vsi.key, vsi.chart.context.operCmd!, context)
    case 'transmitDeassociate':
      return transmit(vsi.key, deassociation(vsi.chart.context.operCmd!), context)
    case 'setWaitWhile':
      return setWaitWhile(vsi, (params as { delay: StationDelay }).delay, context)
    case 'stopWaitWhile':
      return out.cancel(waitWhileTimer(vsi.key))
    case 'granted':
      return grant(vdp, vsi, context)
    case 'kept':
      return keep(vsi, reasonOf(params as StationFailure, vsi, context), context)
    case 'released':
      return release(vdp, vsi, context)
    case 'failed':
      return endRequest(vdp, vsi, params as StationFailure, context)
    case 'lost':
      return lose(vdp, vsi, params as StationFailure, context)
    case 'keepAliveAnswered':
      vsi.counters.keepAlives++
  }
}

function transmitSysCmd(vsi: StationVsi, context: VdpContext): void {
  vsi.processing = vsi.chart.context.sysCmd
  vsi.tickets = vsi.nextTickets
  vsi.nextTickets = NO_TICKETS
  transmitRequest(vsi, context)
}

function transmitRequest({ key, chart }: StationVsi, context: VdpContext): void {
  const { sysCmd, operCmd } = chart.context
  transmit(key, withAssigned(sysCmd!, operCmd), context)
}

function transmit(vsi: VsiKey, command: VsiCommand, { channel }: VdpContext): void {
  queueTlv(channel, { vsi, managerId: command.managerId, item: requestItem(command) })
}

/** What waits for its answer is sent once more: to another bridge, in the place of one that never acknowledged it. */
export function transmitAgain(vsi: StationVsi, context: VdpContext): void {
  const { key, chart } = vsi
  const { operCmd } = chart.context
  if (chart.value === 'stationProcessing') transmitRequest(vsi, context)
  else if (chart.value === 'transmitKeepAlive') transmit(key, operCmd!, context)
  else if (chart.value === 'transmitDeassoc') transmit(key, deassociation(operCmd!), context)
}

/** respWaitDelay starts when the TLV is on the wire (`stationTransmitted`), not while it queues for an ECPDU. */
function setWaitWhile(vsi: StationVsi, delay: StationDelay, { out, operating }: VdpContext): void {
  if (delay === 'reinitKeepAlive') out.arm(waitWhileTimer(vsi.key), reinitKeepAlive(operating))
  else out.cancel(waitWhileTimer(vsi.key))
}

function grant(vdp: StationVdp, vsi: StationVsi, context: VdpContext): void {
  vsi.wanted = vsi.processing
  vsi.restored = false
  vsi.reason = undefined
  vsi.counters.succeeded++
  context.out.count('VDPCommandsSucceeded')
  vdp.lost.delete(vsi.key)
  vdp.retryDelay = 0
  answer(vsi, 'granted', context)
}

function keep(vsi: StationVsi, reason: Reason, context: VdpContext): void {
  vsi.reason = reason
  vsi.counters.reverts++
  context.out.count('VDPCommandReverts')
  if (vsi.chart.value !== 'transmitDeassoc') answer(vsi, 'kept', context)
}

function release(vdp: StationVdp, vsi: StationVsi, context: VdpContext): void {
  vsi.wanted = null
  vsi.reason = { code: 'released-by-station' }
  context.out.count('VDPCommandsSucceeded')
  vdp.lost.delete(vsi.key)
  answer(vsi, 'released', context)
}

/** The request being processed came to nothing. */
function endRequest(vdp: StationVdp, vsi: StationVsi, failure: StationFailure, context: VdpContext): void {
  const waits = failure.kind === 'link-down' && vsi.tickets.length > 0
  if (waits && vsi.processing?.type !== ASSOCIATION_TYPES.deassociate) return holdProcessing(vsi, context)
  if (failure.kind === 'response') vsi.wanted = null
  fail(vdp, vsi, reasonOf(failure, vsi, context), context)
}

/** The link went down before the answer came: the request waits, unless a newer one already does. */
function holdProcessing(vsi: StationVsi, context: VdpContext): void {
  const command = vsi.processing!
  const { tickets } = vsi
  vsi.processing = null
  vsi.tickets = NO_TICKETS
  if (vsi.held !== null) return turnDown(vsi, command, tickets, { code: 'superseded' }, context)
  vsi.nextTickets = tickets
  hold(vsi, command, 'link-down', context)
}

export function fail(vdp: StationVdp, vsi: StationVsi, reason: Reason, context: VdpContext): void {
  const retried = vsi.tickets.length === 0
  if (
    retried &&
    vsi.restored &&
    vsi.wanted !== null &&
    (context.bridgeAssumed || context.obstacle !== undefined)
  )
    return wait(vdp, vsi, context)
  const repeated = retried && vsi.reason?.code === reason.code && vsi.wanted !== null
  vsi.reason = reason
  vsi.counters.failed++
  context.out.count('VDPCommandsFailed')
  if (!repeated) answer(vsi, retried && vsi.wanted !== null ? 'lost' : 'refused', context)
  vsi.processing = null
  if (vsi.wanted !== null) retryLater(vdp, vsi, context)
}

/** There may be no bridge after all: the VSI of an earlier life is not lost, it waits for one. */
function wait(vdp: StationVdp, vsi: StationVsi, context: VdpContext): void {
  const code = context.obstacle ?? 'no-evb-bridge'
  const repeated = vsi.reason?.code === code
  vsi.reason = { code }
  vsi.processing = null
  if (!repeated) report(vsi, 'waiting', [], context)
  retryLater(vdp, vsi, context)
}

/** What was granted is gone. Only the bridge's own word ends the wish for it: also that it has no group IDs. */
function lose(vdp: StationVdp, vsi: StationVsi, failure: StationFailure, context: VdpContext): void {
  const command = vsi.wanted!
  const unheard = failure.kind === 'group-ids-not-agreed' && context.obstacle !== undefined
  if (['response', 'keep-alive-refused', 'group-ids-not-agreed'].includes(failure.kind) && !unheard) {
    vsi.wanted = null
  }
  vsi.reason = reasonOf(failure, vsi, context)
  report(vsi, 'lost', [], context, command)
  if (vsi.wanted !== null) retryLater(vdp, vsi, context)
}

function retryLater(vdp: StationVdp, vsi: StationVsi, { out, config, obstacle }: VdpContext): void {
  vdp.lost.add(vsi.key)
  if (vdp.retryArmed || obstacle !== undefined) return
  vdp.retryDelay = Math.min(
    config.maxRetryDelay,
    vdp.retryDelay === 0 ? config.retryDelay : 2 * vdp.retryDelay,
  )
  vdp.retryArmed = true
  out.arm(RETRY_TIMER, vdp.retryDelay)
}

/** The interface can send a request for it. */
export function fitsFrame(command: VsiCommand, { itemSpace }: VdpContext): boolean {
  return itemSize(requestItem(command)) <= itemSpace
}

function reasonOf(failure: StationFailure, vsi: StationVsi, context: VdpContext): Reason {
  if (failure.kind === 'ecp-no-acknowledgement' && !fitsFrame(currentCommand(vsi), context))
    return { code: 'mtu-too-small' }
  if (failure.kind === 'keep-alive-refused') return vsi.reason ?? { code: 'other-failure' }
  if (failure.kind !== 'response') return { code: failure.kind }
  const { verdict, error, hard } = failure.response
  if (verdict === 'mismatch') return { code: 'response-mismatch' }
  return error === 0 ? { code: 'deassociated-by-bridge' } : reasonOfVdpError(error, hard)
}

/** A request that waits for the port to be ready. */
export function hold(vsi: StationVsi, command: VsiCommand, code: ReasonCode, context: VdpContext): void {
  vsi.held = command
  vsi.reason = { code }
  report(vsi, 'waiting', [], context, command)
}
