/**
 * The receive machine of an LLDP agent at work: frames, the remote table, ages, counters.
 * Source: 802.1AB-2016 §9.2.6, §9.2.7, §9.2.9.
 */
import { RECOGNIZED_EVB_TLV } from '../evb/organizational.ts'
import { decodeLldpdu, type ReceivedLldpdu } from '../lldp/lldpdu.ts'
import { type ReceiveEvent, type RxFrame, receiveMachine } from '../lldp/receive.machine.ts'
import { compareToTable, msapIdentifier, type RemoteSystem } from '../lldp/remote-table.ts'
import { ETHERNET_HEADER_LENGTH } from '../wire/ethernet-frame.ts'
import { readMacAddress } from '../wire/mac-address.ts'
import { advance, type ChartAction, type ChartState, initialSnapshot } from './chart.ts'
import { describeNeighbor } from './describe-neighbor.ts'
import type { TimerId } from './effect.ts'
import type { Neighbor, NeighborEvent, NeighborLoss } from './neighbor.ts'
import type { Outlet } from './outlet.ts'

/** A remote system, and how it is described to the rest of the port. */
interface KnownSystem extends RemoteSystem {
  readonly neighbor: Neighbor
  heardAt: number
}

export interface ReceiveLimits {
  readonly maxNeighbors: number
  /** How long one may be silent when its place is wanted, whatever its TTL. Milliseconds. */
  readonly patience: number
}

export interface LldpReceiver {
  chart: ChartState<typeof receiveMachine>
  /** By MSAP identifier, in the order in which they were first heard. */
  readonly remote: Map<string, KnownSystem>
  /** When the tooManyNeighbors timer runs out; meaningful while the flag is set. */
  tooManyUntil: number
}

const AGE_TIMER = 'lldp.age/'
const TOO_MANY_TIMER = 'lldp.tooManyNeighbors'

const BAD_FRAME: RxFrame = { badFrame: true, rxTtl: 0, rxChanges: 'unchanged' }

export function createLldpReceiver(): LldpReceiver {
  return { chart: initialSnapshot(receiveMachine), remote: new Map(), tooManyUntil: 0 }
}

/** A frame to the agent's address. Nothing of it is acted on before all of it is decoded. */
export function receiveLldpdu(
  receiver: LldpReceiver,
  frame: Uint8Array,
  limits: ReceiveLimits,
  out: Outlet,
): NeighborEvent[] {
  out.count('statsFramesInTotal')
  const result = decodeLldpdu(frame, ETHERNET_HEADER_LENGTH, [RECOGNIZED_EVB_TLV])
  if (!result.ok) {
    out.fault(result.fault)
    return advanceReceiver(receiver, { type: 'frameReceived', frame: BAD_FRAME }, out)
  }
  countTlvs(result.value, out)
  const system = remoteSystem(frame, result.value)
  const rxTtl = system.lldpdu.ttl
  const gone = rxTtl > 0 ? makeRoom(receiver, system.msap, limits, out) : []
  const rxChanges = compareToTable(receiver.remote, system, limits.maxNeighbors)
  const rxFrame = { badFrame: false, rxTtl, rxChanges }
  return [...gone, ...advanceReceiver(receiver, { type: 'frameReceived', frame: rxFrame }, out, system)]
}

/**
 * A full table forgets who has been silent longest, when that was too long: a few LLDPDUs of a stranger, each valid for 18
 * hours, would keep everybody else out. Source: 802.1AB-2016 §9.2.7.7.5 leaves the choice.
 */
function makeRoom(
  receiver: LldpReceiver,
  msap: string,
  { maxNeighbors, patience }: ReceiveLimits,
  out: Outlet,
): NeighborEvent[] {
  const { remote } = receiver
  if (remote.has(msap) || remote.size < maxNeighbors) return []
  const [stalest] = [...remote.values()].sort((a, b) => a.heardAt - b.heardAt)
  if (stalest === undefined || out.now - stalest.heardAt <= patience) return []
  out.count('statsAgeoutsTotal')
  return remove(receiver, stalest.msap, 'aged', out)
}

/** The expiry of one of the receiver's timers; any other changes nothing. */
export function receiveTimer(receiver: LldpReceiver, timer: TimerId, out: Outlet): NeighborEvent[] {
  if (timer === TOO_MANY_TIMER) {
    return advanceReceiver(receiver, { type: 'tooManyNeighborsTimerExpired' }, out)
  }
  if (!timer.startsWith(AGE_TIMER)) return []
  const system = receiver.remote.get(timer.slice(AGE_TIMER.length))
  return system ? advanceReceiver(receiver, { type: 'rxInfoAge' }, out, system) : []
}

/** Lets `event` happen. `system` is the neighbour it is about, if it is about one. */
export function advanceReceiver(
  receiver: LldpReceiver,
  event: ReceiveEvent,
  out: Outlet,
  system?: RemoteSystem,
): NeighborEvent[] {
  const [next, actions] = advance(receiveMachine, receiver.chart, event)
  receiver.chart = next
  const loss = event.type === 'portDisabled' ? 'link-down' : 'disabled'
  return actions.flatMap((action) =>
    system ? performFor(system, action, receiver, out) : perform(action, receiver, loss, out),
  )
}

/** Actions that concern one neighbour. */
function performFor(
  system: RemoteSystem,
  { type }: ChartAction,
  receiver: LldpReceiver,
  out: Outlet,
): NeighborEvent[] {
  switch (type) {
    case 'addInfo':
      return store(receiver, system, 'neighbor.new', out)
    case 'updateInfo':
      return store(receiver, system, 'neighbor.updated', out)
    case 'confirmInfo':
      return confirm(receiver.remote.get(system.msap)!, out)
    case 'startRxInfoTtl':
      out.arm(`${AGE_TIMER}${system.msap}`, 1000 * system.lldpdu.ttl)
      return []
    case 'deleteInfo':
      return remove(receiver, system.msap, 'shutdown', out)
    case 'deleteAgedInfo':
      out.count('statsAgeoutsTotal')
      return remove(receiver, system.msap, 'aged', out)
    case 'refuseNeighbor':
      return refuse(receiver, system, out)
    default:
      throw new TypeError(`no such action: ${type}`)
  }
}

/** Actions that concern the agent as a whole. */
function perform(
  { type }: ChartAction,
  receiver: LldpReceiver,
  loss: NeighborLoss,
  out: Outlet,
): NeighborEvent[] {
  switch (type) {
    case 'countBadFrame':
      out.count('statsFramesDiscardedTotal')
      out.count('statsFramesInErrorsTotal')
      return []
    case 'deleteAllInfo':
      return [...receiver.remote.keys()].flatMap((msap) => remove(receiver, msap, loss, out))
    case 'stopTooManyNeighborsTimer':
      receiver.tooManyUntil = 0
      out.cancel(TOO_MANY_TIMER)
      return []
    default:
      throw new TypeError(`no such action: ${type}`)
  }
}

function store(
  { remote }: LldpReceiver,
  system: RemoteSystem,
  type: 'neighbor.new' | 'neighbor.updated',
  out: Outlet,
): NeighborEvent[] {
  const neighbor = describeNeighbor(system)
  remote.set(system.msap, { ...system, neighbor, heardAt: out.now })
  return [{ type, neighbor }]
}

function confirm(known: KnownSystem, out: Outlet): NeighborEvent[] {
  known.heardAt = out.now
  return [{ type: 'neighbor.updated', neighbor: known.neighbor }]
}

function remove(receiver: LldpReceiver, msap: string, reason: NeighborLoss, out: Outlet): NeighborEvent[] {
  const system = receiver.remote.get(msap)
  if (!system) return []
  receiver.remote.delete(msap)
  out.cancel(`${AGE_TIMER}${msap}`)
  return [{ type: 'neighbor.lost', neighbor: system.neighbor, reason }]
}

/** Source: 802.1AB-2016 §9.2.7.7.5. The flag stands until every refused neighbour would have aged. */
function refuse(receiver: LldpReceiver, system: RemoteSystem, out: Outlet): NeighborEvent[] {
  out.count('statsFramesDiscardedTotal')
  const until = Math.max(receiver.tooManyUntil, out.now + 1000 * system.lldpdu.ttl)
  receiver.tooManyUntil = until
  out.arm(TOO_MANY_TIMER, until - out.now)
  return []
}

function countTlvs({ faults, unrecognizedTlvs }: ReceivedLldpdu, out: Outlet): void {
  for (const fault of faults) out.fault(fault)
  out.count('statsTLVsDiscardedTotal', faults.length)
  out.count('statsFramesInErrorsTotal', faults.length > 0 ? 1 : 0)
  out.count('statsTLVsUnrecognizedTotal', unrecognizedTlvs)
}

function remoteSystem(frame: Uint8Array, { lldpdu, end }: ReceivedLldpdu): RemoteSystem {
  const octets = frame.slice(ETHERNET_HEADER_LENGTH, end)
  return { msap: msapIdentifier(lldpdu), mac: readMacAddress(frame, 6), lldpdu, octets }
}
