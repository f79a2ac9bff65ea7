/** A capture read as evidence: who is station and who is bridge, what became of each VSI, and what was wrong. */
import { ECP_OPS, ECP_SUBTYPES } from '../../protocol/ecp/ecpdu.ts'
import type { VsiKey } from '../../protocol/vdp/vsi-id.ts'
import { exponentTime } from '../../protocol/wire/exponent-time.ts'
import { equalOctets } from '../../protocol/wire/octets.ts'
import { type CapturedPacket, toMilliseconds } from '../pcap/captured-packet.ts'
import { Conversation, rememberLldpdu } from './conversation.ts'
import { judgeEcp, judgeLastRequest } from './ecp-judge.ts'
import { judgeEvb } from './evb-judge.ts'
import { codeOfFault, Findings } from './finding.ts'
import { Judge } from './judge.ts'
import { judgeLldpdu } from './lldp-judge.ts'
import { type EcpContent, type LldpContent, type Observation, observe } from './observation.ts'
import { operatingValues, type Side, valuesInForce } from './side.ts'
import { judgeVdp, nameOverdue } from './vdp-judge.ts'
import type { VsiLife } from './vsi-life.ts'

/** One wire of the capture. */
export interface Wire {
  readonly conversation: Conversation
  readonly lives: Map<VsiKey, VsiLife>
  /** Frame whose ULPDU was cut: what was asked before it may have been answered in it. */
  unread: number
}

export class Reconstruction {
  readonly findings = new Findings()
  /** By interface of the capture. */
  readonly wires = new Map<number, Wire>()
  readonly frames = { packets: 0, lldp: 0, ecp: 0, draft: 0, broken: 0, other: 0 }
  #start: number | undefined
  #last: Observation | undefined
  /** Milliseconds from the first packet to the latest one that counts. */
  duration = 0

  /** Packets in the order of the capture. What was observed, for those who go on with it. */
  add(packet: CapturedPacket): Observation | undefined {
    this.frames.packets++
    if (this.#start === undefined && packet.time) this.#start = toMilliseconds(packet.time)
    const observation = observe(packet, this.#start ?? 0, this.duration)
    if (observation === undefined) {
      this.frames.other++
      return undefined
    }
    this.#last = observation
    this.duration = Math.max(this.duration, observation.at)
    this.#judge(observation)
    return observation
  }

  /** After the last packet: what is still waited for, and cannot come any more. */
  end(): void {
    const last = this.#last
    if (last === undefined) return
    for (const { conversation, lives, unread } of this.wires.values()) {
      const station = [...conversation.sides.values()].find(({ role }) => role === 'station')
      const bridge = [...conversation.sides.values()].find(({ role }) => role === 'bridge')
      const side = bridge ?? station
      if (side === undefined) continue
      const values = valuesInForce(side, side === bridge ? station : undefined)
      const judge = new Judge(this.findings, { ...last, source: side.mac })
      for (const one of conversation.sides.values()) {
        judgeLastRequest(judge.about(one.mac), one, conversation.partnerOf(one), last.at, values)
      }
      for (const life of lives.values())
        nameOverdue(
          { judge, unread, values, observation: last, side, partner: conversation.partnerOf(side) },
          life,
        )
    }
  }

  #judge(observation: Observation): void {
    const { content, source } = observation
    const judge = new Judge(this.findings, observation)
    if (content.kind === 'tagged') {
      this.frames.other++
      return judge.error('tagged', 7, 'LLDP or ECP behind a VLAN tag')
    }
    if (content.kind === 'cut') {
      this.frames[content.protocol]++
      return sayCut(judge, observation)
    }
    this.frames[content.kind]++
    if (content.kind === 'draft') return
    if (content.kind === 'broken') {
      const { code, offset, clause } = content.fault
      return judge.error(
        codeOfFault(content.protocol, code),
        RULE_OF_FAULT[code] ?? null,
        `octet ${offset}: ${code} (${clause})`,
      )
    }
    const wire = this.#wireOf(observation)
    const side = wire.conversation.recognize(observation)
    const partner = wire.conversation.partnerOf(wire.conversation.sideOf(source))
    if (!isAcknowledgement(content) && isCopy(side, partner, observation))
      return judge.note('captured-twice', null, 'the frame before, captured once more')
    if (content.kind === 'lldp') this.#lldp(judge, side, partner, observation, content)
    else this.#ecp(judge, wire, side, partner, observation, content)
  }

  #lldp(
    judge: Judge,
    side: Side,
    partner: Side | undefined,
    observation: Observation,
    content: LldpContent,
  ): void {
    judgeLldpdu(judge, side, observation, content)
    judgeEvb(judge, side, partner, observation, content)
    rememberLldpdu(side, observation)
  }

  #ecp(
    judge: Judge,
    wire: Wire,
    side: Side,
    partner: Side | undefined,
    observation: Observation,
    content: EcpContent,
  ): void {
    const values = valuesInForce(side, partner)
    const { op, subtype, sequence } = content.header
    if (op === ECP_OPS.request) wire.conversation.asks(side)
    const other = op === ECP_OPS.request ? partner : wire.conversation.askerOf(side, sequence)
    const { fresh } = judgeEcp(judge, side, other, observation, content, values)
    if (!fresh || op !== ECP_OPS.request || subtype !== ECP_SUBTYPES.vdp) return
    if (observation.cut && content.ulpdu === undefined) {
      wire.unread = observation.number
      return sayCut(judge, observation)
    }
    const { lives, unread } = wire
    judgeVdp({ judge, lives, unread, values, side, partner, observation }, content)
  }

  #wireOf({ interface: index }: Observation): Wire {
    const known = this.wires.get(index)
    if (known) return known
    const wire = { conversation: new Conversation(index), lives: new Map<VsiKey, VsiLife>(), unread: 0 }
    this.wires.set(index, wire)
    return wire
  }
}

function sayCut(judge: Judge, { octets }: Observation): void {
  judge.warning(
    'frame-cut',
    null,
    `only ${octets.length} octets of it were captured: what they do not show is not judged`,
  )
}

/** Of these more than one is nothing. */
function isAcknowledgement(content: LldpContent | EcpContent): boolean {
  return content.kind === 'ecp' && content.header.op === ECP_OPS.acknowledge
}

/** A mirror port shows frames on their way in and out. Nobody sends the same again as fast as that. Milliseconds. */
const COPY = 0.5

function isCopy(side: Side, partner: Side | undefined, { octets, at, timed }: Observation): boolean {
  const last = side.lastFrame
  const same = timed && last !== undefined && at - last.at < COPY && equalOctets(octets, last.octets)
  if (same && exponentTime(operatingValues(side, partner).rte) > 2 * COPY) return true
  side.lastFrame = { octets: octets.slice(), at }
  return false
}

const RULE_OF_FAULT: Readonly<Record<string, number>> = {
  'tlv-order': 10,
  'chassis-id-invalid': 11,
  'port-id-invalid': 11,
  'ttl-invalid': 12,
  'tlv-repeated': 13,
  'ecp-version': 123,
  'ecp-subtype': 124,
  'ecp-operation': 125,
  'frame-too-short': 126,
}
