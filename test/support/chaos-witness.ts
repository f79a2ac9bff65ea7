/**
 * What is asked of a station or a bridge at every step of `chaos.ts`, whatever has happened to it: what it says, to its neighbour
 * and to who asked, is what it has; what it has was granted, and not long ago; nothing waits for ever, nothing grows.
 */
import type { VsiReport } from '../../protocol/engine/effect.ts'
import type { Decision, VsiCommand } from '../../protocol/engine/input.ts'
import { describePort, findVsi, listVsis } from '../../protocol/engine/step.ts'
import type { VsiView } from '../../protocol/engine/view.ts'
import type { AssociationTlv } from '../../protocol/vdp/association-tlv.ts'
import { isKeepAlive, stateAfter } from '../../protocol/vdp/command.ts'
import { equalFilters } from '../../protocol/vdp/filter-info.ts'
import { formatVsiId } from '../../protocol/vdp/vsi-id.ts'
import { toHex } from '../../protocol/wire/octets.ts'
import { findDisorder } from './port-order.ts'
import type { TestPort } from './test-port.ts'
import { DEASSOC, ecpdus, type SentEcpdu } from './vdp.ts'

/** Milliseconds in which a TLV gets out behind others: an ECPDU sent R + 1 times, the pause after it, and the next one. */
const QUEUE_TIME = 200
const EVB_TLV = 'fe090080c20d'
const RRCTR = 1
const SUCCESS = 0x40
const KEEP = 0x20
const WAIT_WHILE = 'vdp.waitWhile/'

export class Witness {
  /** Answers that are owed, and to what; undefined: to the wish that a VSI ends. */
  readonly owed = new Map<number, VsiCommand | undefined>()
  /** How often it has told anything. */
  told = 0
  /** Bridge: frames turn round. */
  relayPath = false
  /** LLDP was changed on the way, so the sides may work with other values and have other neighbours: no bound of time is looked at. */
  readonly #isDeceived: boolean
  readonly #port: TestPort
  /**
   * Bridge: what the switch said last, and before that: of one step it may have been asked again before it is told what
   * became of the first answer. Undefined: no grant.
   */
  readonly #granted = new Map<string, readonly (VsiCommand | undefined)[]>()
  /** What is in force, as it was told. */
  readonly #inForce = new Map<string, VsiCommand>()
  /** Station: when something was heard of a VSI. */
  readonly #heardOf = new Map<string, number>()
  /** Station: VSIs in force that the bridge has ended in this step. */
  readonly #ended = new Set<string>()
  #relayHeard = false
  #lastSequence = -1

  constructor(port: TestPort, isDeceived: boolean) {
    this.#port = port
    this.#isDeceived = isDeceived
  }

  /** The switch's answer, passed on. */
  decides(asked: VsiCommand, answer: Decision | undefined): Decision | undefined {
    const granted = answer?.outcome === 'grant' ? { ...asked, filter: answer.filter } : undefined
    const key = formatVsiId(asked.vsiId)
    this.#granted.set(key, [granted, this.#granted.get(key)?.[0]])
    return answer
  }

  /** Before the step in which a frame is taken. */
  hears(octets: Uint8Array): void {
    this.#relayHeard = relayOf(octets) ?? this.#relayHeard
    const { state, time } = this.#port
    for (const { sequence, tlvs, ulpdu } of readable(octets))
      for (const tlv of tlvs) {
        const key = formatVsiId(tlv.vsiId)
        this.#heardOf.set(key, time.now)
        const vsi = findVsi(state, key)
        const isNew = sequence !== state.ecp.receive.context.lastSequence
        const isOver = tlv.type === DEASSOC && ulpdu?.managerId === vsi?.command.managerId
        if (isNew && isOver && vsi?.machine === 'WAIT_SYSTEM_CMD' && isOf(vsi, tlv)) this.#ended.add(key)
      }
  }

  /** It stood still: what it heard is as old as it was then. */
  goesOn(stillFor: number): void {
    for (const [vsi, at] of this.#heardOf) this.#heardOf.set(vsi, at + stillFor)
  }

  /** Throws when a bridge says what is not so. A repetition may be of yesterday. */
  sends(octets: Uint8Array): void {
    if (this.#port.state.role === 'station') return
    if (relayOf(octets) && !this.relayPath) this.#wrong(['RRCTR is sent, and no frame turns round'])
    for (const { op, sequence, tlvs } of readable(octets)) {
      if (op !== 0 || sequence === this.#lastSequence) continue
      this.#lastSequence = sequence
      this.#wrong(tlvs.flatMap((tlv) => untrue(tlv, findVsi(this.#port.state, formatVsiId(tlv.vsiId)))))
    }
  }

  /** After a step. `isLate`: inputs of before wait, expired timers among them. Throws when something is not as it must be. */
  inspect(reports: readonly VsiReport[], isLate: boolean): void {
    const { state } = this.#port
    const { ecp, neighbors } = describePort(state)
    const vsis = listVsis(state)
    const { maxVsis, maxQueued } = state.config.vdp
    for (const { vsi, state } of reports) if (state === 'none') this.#ended.delete(vsi)
    this.#wrong([
      ...[...this.#ended].map((vsi) => `${vsi} goes on though its bridge has ended it`),
      ...reports.flatMap((report) => this.#hear(report)),
      ...findDisorder(state),
      ...vsis.flatMap((vsi) => this.#inspectVsi(vsi)),
      ...[...this.#inForce.keys()].flatMap((vsi) =>
        findVsi(state, vsi) ? [] : [`${vsi} is gone without a word`],
      ),
      ...this.#inspectTimers(isLate),
      ...this.#inspectRelay(),
      ...(vsis.length <= maxVsis ? [] : [`${vsis.length} VSIs`]),
      // A VSI that has ended may have its last word waiting.
      ...(ecp.queued <= maxVsis + maxQueued ? [] : [`${ecp.queued} TLVs wait`]),
      ...(neighbors.length <= state.config.lldp.maxNeighbors ? [] : [`${neighbors.length} neighbours`]),
    ])
  }

  #wrong(problems: readonly string[]): void {
    const { state, time } = this.#port
    if (problems.length > 0) throw new Error(`${state.role} at ${time.now}: ${problems.join('; ')}`)
  }

  /** Notes what is told, and says what is wrong with it. */
  #hear(report: VsiReport): string[] {
    const { vsi, outcome, command, tickets, reason } = report
    this.told++
    if (report.state === 'none') this.#inForce.delete(vsi)
    else this.#inForce.set(vsi, command!)
    const { ecp, role } = this.#port.state
    const isUnsaid = !ecp.outbox.managerOf.has(vsi) && !ecp.inFlight?.vsis.includes(vsi)
    const granted = this.#granted.get(vsi) ?? []
    return [
      ...(isCoherent(report) ? [] : [`told ${JSON.stringify(report)}`]),
      ...tickets.flatMap((ticket) => this.#answer(ticket, report)),
      ...(role === 'bridge' && outcome === 'granted' && !granted.some((one) => one && isSame(one, command!))
        ? [`${vsi} was granted by nobody`]
        : []),
      ...(role === 'bridge' && outcome === 'lost' && reason?.code !== 'link-down' && isUnsaid
        ? [`${vsi} ended, and its station is not told`]
        : []),
    ]
  }

  #answer(ticket: number, { outcome, command }: VsiReport): string[] {
    if (!this.owed.has(ticket)) return [`ticket ${ticket} was answered twice, or never given`]
    const asked = this.owed.get(ticket)
    this.owed.delete(ticket)
    const fits =
      outcome === 'granted'
        ? asked !== undefined && isKeepAlive(command!, asked)
        : outcome !== 'released' || asked === undefined
    return fits ? [] : [`ticket ${ticket} was answered ${outcome}, which it did not ask for`]
  }

  #inspectVsi({ vsi, state, command }: VsiView): string[] {
    const told = this.#inForce.get(vsi)
    const isTold =
      told === undefined ? state === 'none' : stateAfter(told.type) === state && isKeepAlive(command, told)
    const { role } = this.#port.state
    const { reinitKeepAlive, respWaitDelay } = describePort(this.#port.state).vdp.timers
    const silence = this.#port.time.now - (this.#heardOf.get(vsi) ?? 0)
    const isBelief = role === 'station' && state !== 'none' && !this.#isDeceived
    return [
      ...(isTold ? [] : [`${vsi} is ${state}, and was told as ${told ? stateAfter(told.type) : 'none'}`]),
      ...(isBelief && silence > reinitKeepAlive + QUEUE_TIME + respWaitDelay
        ? [`${vsi} is believed in after ${silence} ms of silence`]
        : []),
    ]
  }

  /** Timers armed are timers known, and none is longer than what it is for. */
  #inspectTimers(isLate: boolean): string[] {
    const { state, time, mac } = this.#port
    const armed = time.armedOf(`${state.role} ${mac} `)
    const { timers } = describePort(state).vdp
    const bounds: Readonly<Record<string, number>> = {
      STATION_PROCESSING: timers.respWaitDelay,
      TRANSMIT_KEEPALIVE: timers.respWaitDelay,
      TRANSMIT_DEASSOC: timers.respWaitDelay,
      WAIT_SYSTEM_CMD: timers.reinitKeepAlive,
      BRIDGE_PROCESSING: timers.resourceWaitDelay,
      WAIT_STATION_CMD: timers.toutKeepAlive,
    }
    const unarmed = [...state.timers].filter(([timer, at]) => armed.get(timer) !== at)
    const tooLong = listVsis(state).filter(
      ({ vsi, machine }) => (state.timers.get(WAIT_WHILE + vsi) ?? 0) > time.now + (bounds[machine] ?? 0),
    )
    return [
      ...(unarmed.length === 0 || isLate ? [] : [`timers known and not armed: ${unarmed}`]),
      ...(armed.size <= state.timers.size
        ? []
        : [`${armed.size} timers are armed, ${state.timers.size} known`]),
      ...(this.#isDeceived ? [] : tooLong.map(({ vsi, machine }) => `${vsi} waits too long in ${machine}`)),
    ]
  }

  #inspectRelay(): string[] {
    const { state } = this.#port
    const { relay, peer } = describePort(state)
    const isBridge = state.role === 'bridge'
    return [
      ...(relay.active && peer === null ? ['relay without a neighbour that grants or wants it'] : []),
      ...((relay.active || this.relayPath) && !relay.requested ? ['relay that nobody asked for'] : []),
      ...(relay.active && !relay.capable && (isBridge || !this.#isDeceived)
        ? ['relay of a bridge that cannot do it']
        : []),
      ...(relay.active && isBridge && !this.relayPath ? ['relay, and no frame turns round'] : []),
      ...(relay.active && !isBridge && !this.#isDeceived && !this.#relayHeard
        ? ['relay that the bridge did not grant']
        : []),
    ]
  }
}

/** An outcome with the state it leads to, and a reason for everything but a yes. */
function isCoherent({ outcome, state, command, reason, tickets }: VsiReport): boolean {
  switch (outcome) {
    case 'granted':
      return command !== null && state === stateAfter(command.type) && reason === undefined
    case 'kept':
      return state !== 'none' && reason !== undefined
    case 'waiting':
    case 'progress':
      return tickets.length === 0
    default:
      return state === 'none' && reason !== undefined
  }
}

/** What a bridge says of a VSI, for the first time, against what it has. */
function untrue(tlv: AssociationTlv, vsi: VsiView | undefined): string[] {
  const { type, status } = tlv
  const state = vsi?.state ?? 'none'
  if (type === DEASSOC) return state === 'none' ? [] : [`a De-Associate of ${vsi?.vsi}, which is ${state}`]
  if (status !== SUCCESS && (status & KEEP) !== 0)
    return state === 'associated' ? [] : [`Keep of ${vsi?.vsi}, which is ${state}`]
  const isSo = vsi && state === stateAfter(type) && isOf(vsi, tlv)
  return status === SUCCESS && isSo ? [] : [`status ${status} of type ${type} for a VSI that is ${state}`]
}

function isOf({ command }: VsiView, { typeId, typeVersion, filter }: AssociationTlv): boolean {
  const isType = command.typeId === typeId && command.typeVersion === typeVersion
  return isType && equalFilters(command.filter, filter)
}

function isSame(one: VsiCommand, other: VsiCommand): boolean {
  return one.type === other.type && one.typeId === other.typeId && equalFilters(one.filter, other.filter)
}

/** RRCTR of a frame with an EVB TLV. */
function relayOf(octets: Uint8Array): boolean | undefined {
  if (octets[12] !== 0x88) return undefined
  const at = toHex(octets).indexOf(EVB_TLV) / 2
  return at < 14 ? undefined : (octets[at + EVB_TLV.length / 2]! & RRCTR) !== 0
}

/** The ECPDU in a frame, when it has one. */
function readable(octets: Uint8Array): SentEcpdu[] {
  try {
    return ecpdus([octets])
  } catch {
    return []
  }
}
