/**
 * ECP on one port: the two machines, what waits behind the transmit machine, and when the next ECPDU may go.
 * Source: 802.1Q-2018 §43.3.
 *
 * Pacing: lldpad keeps one received ECPDU only and loses it when the next one comes before it has looked
 * (reference.md 4.6). So the next ECPDU waits for the VDP responses to the last or for `pacingDelay`, unless the
 * peer has shown that it is not lldpad: it ends its ULPDUs with an End TLV, which lldpad never does.
 */
import { ECP_OPS, ECP_SUBTYPES, type EcpHeader, type EcpSubtype, encodeEcpdu } from '../ecp/ecpdu.ts'
import { receiveMachine } from '../ecp/receive.machine.ts'
import { transmitMachine } from '../ecp/transmit.machine.ts'
import { encodeUlpdu } from '../vdp/ulpdu.ts'
import type { VsiKey } from '../vdp/vsi-id.ts'
import { ETHERTYPE_ECP, encodeEthernetFrame } from '../wire/ethernet-frame.ts'
import { exponentTime } from '../wire/exponent-time.ts'
import { type MacAddress, NEAREST_CUSTOMER_BRIDGE } from '../wire/mac-address.ts'
import type { OperatingValues } from '../wire/operating-values.ts'
import { advance, type ChartState, initialSnapshot } from './chart.ts'
import {
  type Batch,
  clearOutbox,
  createOutbox,
  type Outbox,
  type Outgoing,
  outboxSize,
  putOutgoing,
  removeOutgoing,
  takeBatch,
} from './outbox.ts'
import type { Outlet } from './outlet.ts'
import type { VdpConfig } from './port-config.ts'

export const ACK_TIMER = 'ecp.ackTimer'
export const PACING_TIMER = 'ecp.pacing'

/**
 * T(20), 10.5 s. RTE goes up to six hours, and a neighbour may announce what it likes: nobody who is there takes longer,
 * and who is not must be noticed.
 */
const MAX_ACK_WAIT = exponentTime(20)

export interface EcpChannel {
  transmit: ChartState<typeof transmitMachine>
  receive: ChartState<typeof receiveMachine>
  /** When the last request came. */
  heardAt: number
  readonly outbox: Outbox
  /** The ECPDU that waits for its acknowledgement. */
  inFlight: InFlight | null
  /** While pacing: the VSIs of the last ECPDU whose response has not come. Null when the next one may go. */
  unanswered: Set<VsiKey> | null
  /** The peer showed that it queues what it receives. */
  peerQueues: boolean
}

interface InFlight {
  readonly frame: Uint8Array
  readonly vsis: readonly VsiKey[]
  /** Those of `vsis` whose VDP response has not come; a response may come before the acknowledgement. */
  readonly unanswered: Set<VsiKey>
}

/** What the channel needs to know of its port at the moment of a call. */
export interface EcpContext {
  readonly out: Outlet
  readonly mac: MacAddress
  /** Octets that items may take in an ECPDU: less than the standard allows when the MTU is smaller. */
  readonly itemSpace: number
  readonly operating: OperatingValues
  readonly config: VdpConfig
}

/** What the transmit machine says of the VSIs of an ECPDU. */
export interface EcpOutcome {
  readonly failed: readonly VsiKey[]
}

export function createEcpChannel({ lastSequence = 0 }: Pick<VdpConfig, 'lastSequence'>): EcpChannel {
  const transmit = initialSnapshot(transmitMachine)
  return {
    transmit: { ...transmit, context: { ...transmit.context, sequence: lastSequence } },
    receive: initialSnapshot(receiveMachine),
    heardAt: Number.NEGATIVE_INFINITY,
    outbox: createOutbox(),
    inFlight: null,
    unanswered: null,
    peerQueues: false,
  }
}

/**
 * Queues a VSI TLV, in place of one of the same VSI. What a VSI in the tables has to say always fits, because
 * there are no more than `maxVsis` of them; whoever brings something new asks `queueIsFull` first.
 */
export function queueTlv(channel: EcpChannel, outgoing: Outgoing): void {
  putOutgoing(channel.outbox, outgoing)
}

/** Takes back what a VSI had to say, when it has not been sent. */
export function unqueueTlv({ outbox }: EcpChannel, vsi: VsiKey): void {
  removeOutgoing(outbox, vsi)
}

/** True when the VSI's TLV has not been sent yet. */
export function tlvWaits({ outbox }: EcpChannel, vsi: VsiKey): boolean {
  return outbox.managerOf.has(vsi)
}

/** True when nothing new is to be queued; counted. */
export function queueIsFull(channel: EcpChannel, { config, out }: EcpContext): boolean {
  if (outboxSize(channel.outbox) < config.maxQueued) return false
  out.count('VdpTxQueueFullCount')
  return true
}

/** Sends the next ECPDU if one may go; the VSIs whose TLV is now on the wire. */
export function flushEcp(channel: EcpChannel, context: EcpContext): readonly VsiKey[] {
  if (channel.inFlight !== null || channel.unanswered !== null) return []
  const batch = takeBatch(channel.outbox, context.itemSpace)
  if (batch === undefined) return []
  const sequence = (channel.transmit.context.sequence + 1) % 0x10000
  const vsis = batch.items.map(({ vsi }) => vsi)
  channel.inFlight = { frame: batchFrame(batch, sequence, context.mac), vsis, unanswered: new Set(vsis) }
  advanceTransmit(channel, { type: 'ecpduReady' }, context)
  return vsis
}

/** A received ECPDU with a valid header. True when its ULPDU is to be delivered to VDP. */
export function receiveEcpdu(channel: EcpChannel, header: EcpHeader, context: EcpContext): boolean {
  if (header.op === ECP_OPS.acknowledge) {
    receiveAck(channel, header, context)
    return false
  }
  forgetOldNumber(channel, context)
  const [receive, actions] = advance(receiveMachine, channel.receive, {
    type: 'requestReceived',
    sequence: header.sequence,
  })
  channel.receive = receive
  context.out.count('EcpRxFrameCount')
  let deliver = false
  for (const { type } of actions) {
    if (type === 'sendAck') sendAck(header, context)
    if (type === 'countDuplicate') context.out.count('EcpRxDuplicateCount')
    if (type === 'deliver') deliver = header.subtype === ECP_SUBTYPES.vdp
  }
  return deliver
}

/**
 * An ECPDU is sent R + 1 times, T(RTE) apart. Later than that the same number is no repetition but the first ECPDU of
 * a peer that was restarted: lldpad starts at 1 again, and its LLDP does not always give it away.
 */
function forgetOldNumber(channel: EcpChannel, { out, operating: { r, rte } }: EcpContext): void {
  if (out.now - channel.heardAt > (r + 2) * exponentTime(rte)) {
    channel.receive = advance(receiveMachine, channel.receive, { type: 'restart' })[0]
  }
  channel.heardAt = out.now
}

/** One of the channel's timers. Undefined when it is not; otherwise what failed. */
export function ecpTimer(channel: EcpChannel, timer: string, context: EcpContext): EcpOutcome | undefined {
  if (timer === PACING_TIMER) {
    channel.unanswered = null
    return { failed: [] }
  }
  if (timer !== ACK_TIMER) return undefined
  const vsis = channel.inFlight?.vsis ?? []
  const exhausted = advanceTransmit(
    channel,
    { type: 'ackTimerExpired', maxRetries: context.operating.r },
    context,
  )
  return { failed: exhausted ? vsis : [] }
}

/** A VSI of the last ECPDU was answered: when all are, the next ECPDU need not wait. */
export function responseSeen(channel: EcpChannel, vsi: VsiKey, { out }: EcpContext): void {
  channel.inFlight?.unanswered.delete(vsi)
  const { unanswered } = channel
  if (unanswered === null || !unanswered.delete(vsi) || unanswered.size > 0) return
  channel.unanswered = null
  out.cancel(PACING_TIMER)
}

/** The peer wrote an End TLV: it is not lldpad, ECPDUs may follow each other at once. */
export function peerWritesEndTlv(channel: EcpChannel, { out }: EcpContext): void {
  if (channel.peerQueues) return
  channel.peerQueues = true
  if (channel.unanswered !== null) out.cancel(PACING_TIMER)
  channel.unanswered = null
}

/** The peer was found, replaced or restarted: its numbering starts anew, and nothing is known of its queue. */
export function peerRestarted(channel: EcpChannel): void {
  channel.receive = advance(receiveMachine, channel.receive, { type: 'restart' })[0]
  channel.peerQueues = false
}

/**
 * Port down: queue empty, timers stopped, sequence reset. Where the numbers do not begin with 1 because a peer may
 * remember those of our last run, they go on instead: the peer's link may have stayed up.
 */
export function restartEcp(channel: EcpChannel, context: EcpContext): void {
  const goesOn = context.config.lastSequence !== undefined
  const sequence = goesOn ? channel.transmit.context.sequence : 0
  advanceTransmit(channel, { type: 'restart', sequence }, context)
  peerRestarted(channel)
  if (channel.unanswered !== null) context.out.cancel(PACING_TIMER)
  channel.unanswered = null
}

/** An acknowledgement repeats the subtype, and all that is sent here is VDP. Source: reference.md 4.4. */
function receiveAck(channel: EcpChannel, { subtype, sequence }: EcpHeader, context: EcpContext): void {
  const { inFlight } = channel
  context.out.count('EcpRxAckCount')
  if (subtype === ECP_SUBTYPES.vdp) advanceTransmit(channel, { type: 'ackReceived', sequence }, context)
  if (channel.inFlight === inFlight) context.out.count('EcpRxUnexpectedAckCount')
}

/** Advances the transmit machine and does what it asks for; true when the ECPDU was given up. */
function advanceTransmit(
  channel: EcpChannel,
  event: Parameters<typeof advance<typeof transmitMachine>>[2],
  context: EcpContext,
): boolean {
  const { out, operating } = context
  const [transmit, actions] = advance(transmitMachine, channel.transmit, event)
  channel.transmit = transmit
  let exhausted = false
  for (const { type } of actions) {
    switch (type) {
      case 'sendEcpdu':
        out.send(channel.inFlight!.frame)
        out.count(transmit.context.retries > 1 ? 'EcpTxRetryCount' : 'EcpTxFrameCount')
        break
      case 'startAckTimer':
        out.arm(ACK_TIMER, Math.min(exponentTime(operating.rte), MAX_ACK_WAIT))
        break
      case 'stopAckTimer':
        out.cancel(ACK_TIMER)
        break
      case 'delivered':
        settle(channel, context)
        break
      case 'exhausted':
        out.count('EcpTxFailures')
        channel.inFlight = null
        exhausted = true
        break
      case 'flush':
        channel.inFlight = null
        clearOutbox(channel.outbox)
    }
  }
  return exhausted
}

/** The ECPDU was acknowledged: the next one may go at once, or is paced. */
function settle(channel: EcpChannel, { config, out }: EcpContext): void {
  const unanswered = channel.inFlight!.unanswered
  channel.inFlight = null
  if (unanswered.size === 0) return
  if (config.pacing === 'never' || (config.pacing === 'auto' && channel.peerQueues)) return
  channel.unanswered = unanswered
  out.arm(PACING_TIMER, config.pacingDelay)
}

function batchFrame({ managerId, items }: Batch, sequence: number, mac: MacAddress): Uint8Array {
  const ulpdu = encodeUlpdu(
    managerId,
    items.map(({ item }) => item),
  )
  return ecpFrame(mac, ECP_OPS.request, ECP_SUBTYPES.vdp, sequence, ulpdu)
}

function sendAck({ subtype, sequence }: EcpHeader, { out, mac }: EcpContext): void {
  out.send(ecpFrame(mac, ECP_OPS.acknowledge, subtype, sequence))
  out.count('EcpTxAckCount')
}

function ecpFrame(
  source: MacAddress,
  op: 0 | 1,
  subtype: EcpSubtype,
  sequence: number,
  ulpdu?: Uint8Array,
): Uint8Array {
  const header = { destination: NEAREST_CUSTOMER_BRIDGE, source, etherType: ETHERTYPE_ECP }
  return encodeEthernetFrame(header, encodeEcpdu({ op, subtype, sequence }, ulpdu))
}
