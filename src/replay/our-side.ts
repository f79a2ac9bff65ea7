/**
 * Our own machine in the place of one side of a capture, on virtual time. It is told what the recorded side's owner
 * wanted, at the moment when that shows: a station's requests, a switch's decisions. All else it has to do by itself.
 */
import type { Effect, TimerId } from '../../protocol/engine/effect.ts'
import type { Decision, Input, VsiCommand } from '../../protocol/engine/input.ts'
import { DEFAULT_PORT_CONFIG, type PortConfig } from '../../protocol/engine/port-config.ts'
import { createPort, type PortState, stepAll } from '../../protocol/engine/step.ts'
import { ASSOCIATION_TYPES, type AssociationTlv } from '../../protocol/vdp/association-tlv.ts'
import { type FilterInfo, isFilledIn } from '../../protocol/vdp/filter-info.ts'
import { decodeRequestStatus, decodeResponseStatus, isResponse } from '../../protocol/vdp/status.ts'
import { formatVsiId, type VsiKey } from '../../protocol/vdp/vsi-id.ts'
import type { MacAddress } from '../../protocol/wire/mac-address.ts'
import { TimerQueue } from '../runtime/timer-queue.ts'
import { VirtualClock } from '../runtime/virtual-clock.ts'
import type { Observation } from './observation.ts'

export interface SentFrame {
  readonly at: number
  readonly octets: Uint8Array
}

/** Answers to a decision that the capture never shows come when the recorded side had its last chance. */
type Waiting = Extract<Effect, { type: 'vsi.decide' }>

export class OurSide {
  readonly sent: SentFrame[] = []
  readonly role: 'station' | 'bridge'
  readonly mac: MacAddress
  readonly #clock = new VirtualClock()
  readonly #timers = new TimerQueue<TimerId>(this.#clock, (due) =>
    this.#step(due.map((timer) => ({ type: 'timer.expired', timer }))),
  )
  readonly #state: PortState
  readonly #undecided = new Map<VsiKey, Waiting>()
  /** What the recorded station has asked for, so that its keep-alives are not taken for requests. */
  readonly #asked = new Map<VsiKey, string>()
  #ticket = 0

  constructor(role: 'station' | 'bridge', mac: MacAddress, config: PortConfig) {
    this.role = role
    this.mac = mac
    this.#state = createPort(role, config)
    this.#step([{ type: 'link.changed', up: true, mac }])
  }

  /** Lets time pass up to the frame, then does with it what it is for. */
  observe(observation: Observation, fresh: boolean): void {
    this.#clock.advanceTo(observation.at)
    if (observation.source !== this.mac)
      return this.#step([{ type: 'frame.received', octets: observation.octets }])
    const { content } = observation
    if (content.kind === 'lldp' && content.lldpdu.ttl === 0) return this.#step([{ type: 'admin.shutdown' }])
    if (!fresh || content.kind !== 'ecp' || !content.ulpdu) return
    const { items, managerId } = content.ulpdu
    for (const item of items) if ('association' in item) this.#want(item.association, managerId)
  }

  /** What is still due within `duration` milliseconds after the last frame. */
  finish(end: number): void {
    this.#clock.advanceTo(end)
  }

  #want(tlv: AssociationTlv, managerId: string): void {
    const vsi = formatVsiId(tlv.vsiId)
    if (this.role === 'bridge') return this.#decide(vsi, tlv)
    if (tlv.type === ASSOCIATION_TYPES.deassociate) {
      this.#asked.delete(vsi)
      return this.#step([{ type: 'vsi.released', ticket: ++this.#ticket, vsi }])
    }
    const command = toCommand(tlv, managerId)
    const key = JSON.stringify([command.type, command.managerId, command.typeId, command.typeVersion, vsi])
    if (this.#asked.get(vsi) === key) return
    this.#asked.set(vsi, key)
    this.#step([{ type: 'vsi.requested', ticket: ++this.#ticket, command }])
  }

  #decide(vsi: VsiKey, tlv: AssociationTlv): void {
    const waiting = this.#undecided.get(vsi)
    if (!isResponse(tlv.status)) return this.#step([{ type: 'vsi.withdrawn', vsi }])
    if (waiting === undefined) return
    this.#undecided.delete(vsi)
    const answer = decisionOf(tlv, waiting.command.filter)
    this.#step([{ type: 'vsi.decided', vsi, decision: waiting.decision, answer }])
  }

  #step(inputs: readonly Input[]): void {
    const { effects, failures } = stepAll(this.#state, inputs, this.#clock.now())
    if (failures.length > 0) throw failures[0]!.error
    const answers = effects.flatMap((effect) => this.#perform(effect))
    if (answers.length > 0) this.#step(answers)
  }

  #perform(effect: Effect): Input[] {
    switch (effect.type) {
      case 'frame.send':
        this.sent.push({ at: this.#clock.now(), octets: effect.octets })
        return []
      case 'timer.arm':
        this.#timers.arm(effect.timer, effect.at)
        return []
      case 'timer.cancel':
        this.#timers.cancel(effect.timer)
        return []
      case 'vsi.decide':
        this.#undecided.set(effect.vsi, effect)
        return []
      case 'relay.set':
        return [{ type: 'relay.applied', enabled: effect.enabled }]
      default:
        return []
    }
  }
}

function toCommand(tlv: AssociationTlv, managerId: string): VsiCommand {
  const { type, typeId, typeVersion, vsiId, filter, status } = tlv
  return {
    type,
    vsiId,
    managerId,
    typeId,
    typeVersion,
    filter,
    hint: decodeRequestStatus(status),
    organizational: [],
  }
}

/** A switch that changes what was asked for has still granted it: with what was asked for, our machine's answer is right. */
function decisionOf({ status, filter, type }: AssociationTlv, asked: FilterInfo): Decision {
  const { error, keep, hard } = decodeResponseStatus(status)
  const granted = isFilledIn(asked, filter) ? filter : asked
  if (error === 0 && type !== ASSOCIATION_TYPES.deassociate) return { outcome: 'grant', filter: granted }
  return { outcome: 'refuse', error: error === 0 ? 4 : error, keep, hard } as Decision
}

/** The settings that the recorded side shows in its LLDPDUs. */
export function configOf(observations: readonly Observation[], mac: MacAddress): PortConfig {
  const first = observations.find(
    ({ source, content }) => source === mac && content.kind === 'lldp' && content.evb,
  )
  if (first?.content.kind !== 'lldp' || !first.content.evb) return DEFAULT_PORT_CONFIG
  const { evb, lldpdu } = first.content
  const { r, rte, rwd, rka, bridge, station, mode } = evb
  const { lldp } = DEFAULT_PORT_CONFIG
  return {
    ...DEFAULT_PORT_CONFIG,
    lldp: { ...lldp, msgTxInterval: Math.max(1, Math.round((lldpdu.ttl - 1) / lldp.msgTxHold)) },
    evb: {
      ...DEFAULT_PORT_CONFIG.evb,
      local: { r, rte, rwd, rka },
      reflectiveRelay: mode === 1 ? bridge.rrcap : station.rrreq,
      groupId: mode === 1 ? bridge.bgid : station.sgid,
    },
    vdp: { ...DEFAULT_PORT_CONFIG.vdp, requireEvbBridge: false },
  }
}
