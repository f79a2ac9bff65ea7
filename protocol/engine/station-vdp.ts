/**
 * VDP of a station port: one chart per VSI, what was asked for it and by whom, and what happens to it when the
 * bridge or the link goes and comes back. Source: 802.1Q-2018 §41.5 (station).
 *
 * What was granted once stays wanted: when it is lost without the bridge having said no (silence, link down), it
 * is asked for again, at once when the port is ready again, otherwise after `retryDelay`. A request that never was
 * granted fails for good; one that could not be sent yet waits.
 */
import { ASSOCIATION_TYPES, fitsAssociationTlv } from '../vdp/association-tlv.ts'
import { deassociation, equalCommands, requestItem, type VsiCommand } from '../vdp/command.ts'
import { hasGroupId } from '../vdp/filter-info.ts'
import { judgeResponse } from '../vdp/response-matching.ts'
import {
  type StationDelay,
  type StationEvent,
  type StationFailure,
  stationMachine,
} from '../vdp/station.machine.ts'
import { decodeResponseStatus } from '../vdp/status.ts'
import { reinitKeepAlive, respWaitDelay } from '../vdp/timers.ts'
import { ITEM_SPACE, itemSize, type ReceivedUlpdu, type VsiItem } from '../vdp/ulpdu.ts'
import { formatVsiId, type VsiKey } from '../vdp/vsi-id.ts'
import { advance, type ChartAction, type ChartState, initialSnapshot } from './chart.ts'
import { queueIsFull, queueTlv, responseSeen } from './ecp-channel.ts'
import type { VsiReport } from './effect.ts'
import { type Reason, type ReasonCode, reasonOfVdpError } from './reason.ts'
import { type VdpContext, vsiOfTimer, waitWhileTimer } from './vdp-context.ts'

export const RETRY_TIMER = 'vdp.retry'

export interface StationVsi {
  readonly key: VsiKey
  chart: ChartState<typeof stationMachine>
  /** What was granted last, as it was asked for; asked for again when it is lost. */
  wanted: VsiCommand | null
  /** A request that waits for the port to be ready. */
  held: VsiCommand | null
  /** The request on its way, as it was asked for. */
  processing: VsiCommand | null
  /** Who waits for the answer to `processing`. */
  tickets: number[]
  /** Who waits for the answer to the request after it. */
  nextTickets: number[]
  reason: Reason | undefined
  readonly counters: { succeeded: number; failed: number; reverts: number; keepAlives: number }
}

export interface StationVdp {
  readonly vsis: Map<VsiKey, StationVsi>
  /** VSIs that are wanted and not granted, to be asked for again. */
  readonly lost: Set<VsiKey>
  /** Milliseconds until the next retry; doubles while nothing succeeds. */
  retryDelay: number
  retryArmed: boolean
}

export function createStationVdp(): StationVdp {
  return { vsis: new Map(), lost: new Set(), retryDelay: 0, retryArmed: false }
}

/** Somebody asks for a VSI. Exactly one final report will carry `ticket`. */
export function requestVsi(vdp: StationVdp, ticket: number, command: VsiCommand, context: VdpContext): void {
  const key = formatVsiId(command.vsiId)
  if (command.type === ASSOCIATION_TYPES.deassociate) return releaseVsi(vdp, ticket, key, context, command)
  const refusal = refuseRequest(vdp, key, command, context)
  if (refusal !== undefined) return refuse(key, command, [ticket], { code: refusal }, context)
  const vsi = vdp.vsis.get(key) ?? createVsi(vdp, key)
  if (
    vsi.processing !== null &&
    vsi.chart.context.newCmd === null &&
    equalCommands(vsi.processing, command)
  ) {
    vsi.tickets.push(ticket)
    return
  }
  takeNext(vsi, ticket, command, context)
  const idle = vsi.chart.value === 'init'
  if (idle && context.obstacle !== undefined) hold(vsi, command, context.obstacle, context)
  else run(vdp, vsi, { type: 'newCmd', command }, context)
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
  if (idle && (context.obstacle !== undefined || vsi.wanted === null)) forget(vdp, vsi, context)
  else run(vdp, vsi, { type: 'newCmd', command }, context)
}

/** A ULPDU from the bridge. */
export function stationReceives(vdp: StationVdp, ulpdu: ReceivedUlpdu, context: VdpContext): void {
  for (const item of ulpdu.items) {
    if ('association' in item) receiveItem(vdp, item, ulpdu, context)
    else context.out.count('VdpRxTlvDiscardCount')
  }
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
  if (vsi !== undefined) run(vdp, vsi, { type: 'waitWhileExpired' }, context)
  return true
}

/** The TLVs of these VSIs are on the wire: from now on they wait for their response. */
export function stationTransmitted(vdp: StationVdp, keys: readonly VsiKey[], context: VdpContext): void {
  const delay = respWaitDelay(context.operating)
  for (const key of keys) if (vdp.vsis.has(key)) context.out.arm(waitWhileTimer(key), delay)
}

/** Nobody acknowledged the ECPDU with these VSIs. */
export function stationEcpFailed(vdp: StationVdp, keys: readonly VsiKey[], context: VdpContext): void {
  for (const key of keys) {
    const vsi = vdp.vsis.get(key)
    const newerWaits = context.channel.outbox.managerOf.has(key)
    if (vsi !== undefined && !newerWaits) run(vdp, vsi, { type: 'ecpFailed' }, context)
  }
}

/** The port may talk (again): what waited is sent, what was granted is confirmed. */
export function stationReady(vdp: StationVdp, context: VdpContext): void {
  vdp.retryDelay = 0
  for (const vsi of [...vdp.vsis.values()]) {
    if (vsi.chart.value === 'init') askAgain(vdp, vsi, context)
    else run(vdp, vsi, { type: 'refresh' }, context)
  }
}

/** The bridge may have been replaced, or is gone: ask for every granted VSI now instead of at its next keep-alive. */
export function stationRefresh(vdp: StationVdp, context: VdpContext): void {
  for (const vsi of [...vdp.vsis.values()]) run(vdp, vsi, { type: 'refresh' }, context)
}

export function stationPortDown(vdp: StationVdp, context: VdpContext): void {
  if (vdp.retryArmed) context.out.cancel(RETRY_TIMER)
  vdp.retryArmed = false
  for (const vsi of [...vdp.vsis.values()]) {
    vsi.held ??= vsi.chart.context.newCmd
    run(vdp, vsi, { type: 'portDown' }, context)
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

/** What is in force; when nothing is, what was asked for last. */
export function currentCommand(vsi: StationVsi): VsiCommand {
  const { operCmd, newCmd } = vsi.chart.context
  const command = operCmd ?? vsi.processing ?? newCmd ?? vsi.held ?? vsi.wanted
  if (command === null) throw new Error(`VSI ${vsi.key} without a command`)
  return command
}

function createVsi(vdp: StationVdp, key: VsiKey): StationVsi {
  const vsi: StationVsi = {
    key,
    chart: initialSnapshot(stationMachine),
    wanted: null,
    held: null,
    processing: null,
    tickets: [],
    nextTickets: [],
    reason: undefined,
    counters: { succeeded: 0, failed: 0, reverts: 0, keepAlives: 0 },
  }
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
  if (context.obstacle === undefined && needsGroups(command) && !context.groupIds)
    return 'group-ids-not-agreed'
  if (!vdp.vsis.has(key) && vdp.vsis.size >= context.config.maxVsis) return 'too-many-vsis'
  return queueIsFull(context.channel, context) ? 'queue-full' : undefined
}

function needsGroups({ filter }: VsiCommand): boolean {
  return hasGroupId(filter.format)
}

/** Puts `command` next in line; whoever waited for another one before it is told. */
function takeNext(vsi: StationVsi, ticket: number, command: VsiCommand, context: VdpContext): void {
  const waiting = vsi.held ?? vsi.chart.context.newCmd
  if (waiting !== null && !equalCommands(waiting, command)) {
    if (vsi.nextTickets.length > 0) refuse(vsi.key, waiting, vsi.nextTickets, { code: 'superseded' }, context)
    vsi.nextTickets = []
  }
  vsi.nextTickets.push(ticket)
}

function hold(vsi: StationVsi, command: VsiCommand, code: ReasonCode, context: VdpContext): void {
  vsi.held = command
  vsi.reason = { code }
  report(vsi, 'waiting', [], context, command)
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
  if (command === null || vsi.chart.value !== 'init') return
  vsi.held = null
  if (needsGroups(command) && !context.groupIds) {
    vsi.wanted = null
    vsi.processing = command
    vsi.tickets = vsi.nextTickets
    vsi.nextTickets = []
    fail(vdp, vsi, { code: 'group-ids-not-agreed' }, context)
    drop(vdp, vsi)
  } else run(vdp, vsi, { type: 'newCmd', command }, context)
}

function receiveItem(
  vdp: StationVdp,
  { association }: VsiItem,
  { managerId }: ReceivedUlpdu,
  context: VdpContext,
): void {
  const vsi = vdp.vsis.get(formatVsiId(association.vsiId))
  const { sysCmd, operCmd } = vsi?.chart.context ?? { sysCmd: null, operCmd: null }
  const request = sysCmd ?? operCmd
  const verdict = request === null ? 'unrelated' : judgeResponse(request, managerId, association)
  if (vsi === undefined || verdict === 'unrelated') return context.out.count('VdpRxTlvDiscardCount')
  responseSeen(context.channel, vsi.key, context)
  const { error, hard } = decodeResponseStatus(association.status)
  run(vdp, vsi, { type: 'rxResp', response: { verdict, filter: association.filter, error, hard } }, context)
}

/** Advances the chart of a VSI and does what it asks for. */
function run(vdp: StationVdp, vsi: StationVsi, event: StationEvent, context: VdpContext): void {
  const [chart, actions] = advance(stationMachine, vsi.chart, event)
  vsi.chart = chart
  for (const action of actions) perform(vdp, vsi, action, context)
  drop(vdp, vsi)
}

/** Forgets a VSI that has nothing and wants nothing. */
function drop(vdp: StationVdp, vsi: StationVsi): void {
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
      return transmit(vsi, vsi.chart.context.operCmd!, context)
    case 'transmitDeassociate':
      return transmit(vsi, deassociation(vsi.chart.context.operCmd!), context)
    case 'setWaitWhile':
      return setWaitWhile(vsi, (params as { delay: StationDelay }).delay, context)
    case 'stopWaitWhile':
      return out.cancel(waitWhileTimer(vsi.key))
    case 'granted':
      return grant(vdp, vsi, context)
    case 'kept':
      return keep(vsi, reasonOf(params as StationFailure, vsi), context)
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
  vsi.nextTickets = []
  transmit(vsi, vsi.processing!, context)
}

function transmit(vsi: StationVsi, command: VsiCommand, { channel }: VdpContext): void {
  queueTlv(channel, { vsi: vsi.key, managerId: command.managerId, item: requestItem(command) })
}

/** respWaitDelay starts when the TLV is on the wire (`stationTransmitted`), not while it queues for an ECPDU. */
function setWaitWhile(vsi: StationVsi, delay: StationDelay, { out, operating }: VdpContext): void {
  if (delay === 'reinitKeepAlive') out.arm(waitWhileTimer(vsi.key), reinitKeepAlive(operating))
  else out.cancel(waitWhileTimer(vsi.key))
}

function grant(vdp: StationVdp, vsi: StationVsi, context: VdpContext): void {
  vsi.wanted = vsi.processing
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
  fail(vdp, vsi, reasonOf(failure, vsi), context)
}

/** The link went down before the answer came: the request waits, unless a newer one already does. */
function holdProcessing(vsi: StationVsi, context: VdpContext): void {
  const command = vsi.processing!
  const { tickets } = vsi
  vsi.processing = null
  vsi.tickets = []
  if (vsi.held !== null) return refuse(vsi.key, command, tickets, { code: 'superseded' }, context)
  vsi.nextTickets = tickets
  hold(vsi, command, 'link-down', context)
}

function fail(vdp: StationVdp, vsi: StationVsi, reason: Reason, context: VdpContext): void {
  const retried = vsi.tickets.length === 0
  const repeated = retried && vsi.reason?.code === reason.code && vsi.wanted !== null
  vsi.reason = reason
  vsi.counters.failed++
  context.out.count('VDPCommandsFailed')
  if (!repeated) answer(vsi, retried && vsi.wanted !== null ? 'lost' : 'refused', context)
  vsi.processing = null
  if (vsi.wanted !== null) retryLater(vdp, vsi, context)
}

/** What was granted is gone. Only the bridge's own word ends the wish for it. */
function lose(vdp: StationVdp, vsi: StationVsi, failure: StationFailure, context: VdpContext): void {
  const command = vsi.wanted!
  if (failure.kind === 'response' || failure.kind === 'keep-alive-refused') vsi.wanted = null
  vsi.reason = reasonOf(failure, vsi)
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

function reasonOf(failure: StationFailure, vsi: StationVsi): Reason {
  if (failure.kind === 'keep-alive-refused') return vsi.reason ?? { code: 'other-failure' }
  if (failure.kind !== 'response') return { code: failure.kind }
  const { verdict, error, hard } = failure.response
  if (verdict === 'mismatch') return { code: 'response-mismatch' }
  return error === 0 ? { code: 'deassociated-by-bridge' } : reasonOfVdpError(error, hard)
}

/** The final report of the request being processed. */
function answer(vsi: StationVsi, outcome: VsiReport['outcome'], context: VdpContext): void {
  report(vsi, outcome, vsi.tickets, context)
  vsi.tickets = []
  if (vsi.chart.value !== 'stationProcessing') vsi.processing = null
}

function report(
  vsi: StationVsi,
  outcome: VsiReport['outcome'],
  tickets: readonly number[],
  { out }: VdpContext,
  command = currentCommand(vsi),
): void {
  const { key, reason, chart } = vsi
  const state = chart.context.vsiState
  out.push({
    type: 'vsi.reported',
    report: { vsi: key, state, command, outcome, ...(reason && { reason }), tickets },
  })
}

/** A request that never became, or no longer is, part of a VSI. */
function refuse(
  vsi: VsiKey,
  command: VsiCommand | null,
  tickets: readonly number[],
  reason: Reason,
  { out }: VdpContext,
): void {
  out.push({
    type: 'vsi.reported',
    report: { vsi, state: 'none', command, outcome: 'refused', reason, tickets },
  })
}
