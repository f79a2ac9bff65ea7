/**
 * Tells frame by frame what each one is in the exchange: the first, a change, the same again, the answer to which. Looks
 * at a reconstruction that has just taken the frame.
 */
import { Dissection } from '../../protocol/dissect/dissection.ts'
import { ECP_OPS } from '../../protocol/ecp/ecpdu.ts'
import type { EvbTlv } from '../../protocol/evb/evb-tlv.ts'
import { isResponse } from '../../protocol/vdp/status.ts'
import { formatVsiId } from '../../protocol/vdp/vsi-id.ts'
import { equalOctets } from '../../protocol/wire/octets.ts'
import { summarize } from '../decode/frame-summary.ts'
import { dissectPacket } from '../decode/packet-dissection.ts'
import type { CapturedPacket } from '../pcap/captured-packet.ts'
import type { EcpContent, LldpContent, Observation } from '../replay/observation.ts'
import type { Reconstruction, Wire } from '../replay/reconstruction.ts'
import type { EcpRequest, Side } from '../replay/side.ts'
import { describeChange } from './evb-table.ts'
import type { FrameKind } from './model.ts'
import { PartyList, type Sender } from './party-list.ts'
import { round } from './vsi-lane.ts'

/** What is said of a frame. VSIs are `interface/ID`. */
export interface Told {
  readonly from: number
  readonly kind: FrameKind
  /** Undefined: what `summaryOf` says. */
  readonly text: string | undefined
  readonly vsis: readonly string[]
  readonly to: number | undefined
  readonly took: number | undefined
}

type Story = Pick<Told, 'kind'> & Partial<Omit<Told, 'kind' | 'from'>>

const MAX_TEXT = 400

export class FrameRecorder {
  readonly parties = new PartyList()
  /** `5:1` of each VSI, as it was named last. */
  readonly types = new Map<string, string>()
  readonly #d = new Dissection()
  readonly #reconstruction: Reconstruction

  constructor(reconstruction: Reconstruction) {
    this.#reconstruction = reconstruction
  }

  /** `packet` is what `observation` was made of. */
  tell(packet: CapturedPacket, observation: Observation): Told {
    const sender = this.parties.senderOf(observation, packet.interface.name)
    const wire = this.#reconstruction.wires.get(observation.interface)
    const { kind, text, vsis = [], to, took } = this.#story(sender, wire, observation)
    return { from: sender.index, kind, text, vsis, to, took }
  }

  /** A frame in a line. */
  summaryOf(packet: CapturedPacket): string {
    dissectPacket(this.#d, packet)
    const { text } = summarize(this.#d)
    return text.length > MAX_TEXT ? `${text.slice(0, MAX_TEXT - 1)}…` : text
  }

  #story(sender: Sender, wire: Wire | undefined, observation: Observation): Story {
    const { content } = observation
    if (content.kind === 'broken' || content.kind === 'cut') return { kind: 'unreadable' }
    const side = wire?.conversation.sides.get(observation.source)
    if (content.kind === 'draft' || content.kind === 'tagged' || !wire || !side)
      return { kind: content.kind === 'draft' ? 'draft' : 'tagged' }
    if (content.kind === 'lldp') return tellLldpdu(sender, side, observation, content)
    if (content.header.op === ECP_OPS.acknowledge) return this.#acknowledgement(wire, observation)
    return this.#request(sender, wire, side, observation, content)
  }

  #acknowledgement({ conversation }: Wire, { number }: Observation): Story {
    const partner = [...conversation.askers].find(({ request }) => request?.ackedIn === number)
    const request = partner?.request
    if (!partner || !request) return { kind: 'ecp-ack' }
    const last = this.parties.find(conversation.interface, partner.mac)?.request
    const { frame, at } = request.sent[0]!
    return {
      kind: isQuiet(last?.kind) ? 'ecp-quiet-ack' : 'ecp-ack',
      vsis: last?.vsis ?? [],
      to: frame,
      took: round(request.ackedAt! - at),
    }
  }

  #request(sender: Sender, wire: Wire, side: Side, observation: Observation, content: EcpContent): Story {
    const { request } = side
    const repeated = request ? repetitionOf(request, observation) : undefined
    if (repeated) return { kind: 'ecp-repeat', vsis: sender.request?.vsis ?? [], ...repeated }
    const story = this.#vdp(wire, observation, content)
    sender.request = { kind: story.kind, vsis: story.vsis ?? [] }
    return story
  }

  #vdp({ lives }: Wire, { number, interface: index }: Observation, { ulpdu }: EcpContent): Story {
    const tlvs = (ulpdu?.items ?? []).flatMap((item) => ('association' in item ? [item.association] : []))
    if (tlvs.length === 0) return { kind: 'ecp-request' }
    for (const { vsiId, typeId, typeVersion } of tlvs)
      this.types.set(`${index}/${formatVsiId(vsiId)}`, `${typeId}:${typeVersion}`)
    const ids = [...new Set(tlvs.map(({ vsiId }) => formatVsiId(vsiId)))]
    const vsis = ids.map((id) => `${index}/${id}`)
    const known = ids.map((id) => lives.get(id))
    if (!tlvs.some(({ status }) => isResponse(status))) {
      const quiet = known.every((life) => life?.pending?.frame === number && life.pending.keepAlive)
      return { kind: quiet ? 'vdp-keep-alive' : 'vdp-request', vsis }
    }
    const answers = known.map((life) => (life?.lastAnswer?.frame === number ? life.lastAnswer : undefined))
    const [first] = answers.filter((answer) => answer !== undefined)
    const quiet = answers.every((answer) => answer?.keepAlive)
    const kind = quiet ? 'vdp-kept-alive' : 'vdp-response'
    return first ? { kind, vsis, to: first.request, took: round(first.took) } : { kind, vsis }
  }
}

/** Of a request that was sent before: which frame that was, and how long ago. */
function repetitionOf(
  { sent }: EcpRequest,
  { number, at }: Observation,
): Pick<Told, 'to' | 'took'> | undefined {
  const first = sent[0]
  if (sent.length < 2 || sent.at(-1)!.frame !== number || !first) return undefined
  return { to: first.frame, took: round(at - first.at) }
}

function isQuiet(kind: FrameKind | undefined): boolean {
  return kind === 'vdp-keep-alive' || kind === 'vdp-kept-alive'
}

function tellLldpdu(
  sender: Sender,
  side: Side,
  { octets, number }: Observation,
  content: LldpContent,
): Story {
  const before = sender.lldpdu
  const known = sender.evb
  sender.lldpdu = octets.slice()
  sender.name = content.lldpdu.systemName ?? sender.name
  if (content.lldpdu.ttl === 0) return { kind: 'lldp-shutdown' }
  sender.evb = content.evb
  if (content.evb && (known === undefined || side.evb?.frame === number)) sender.evbSince = number
  if (before === undefined) return { kind: 'lldp-first' }
  const change = changeOf(known, content, side.evb?.frame === number)
  if (change !== undefined) return { kind: 'evb-change', text: change }
  return { kind: equalOctets(before, octets) ? 'lldp-periodic' : 'lldp-change' }
}

function changeOf(before: EvbTlv | undefined, { evb }: LldpContent, fresh: boolean): string | undefined {
  if (evb === undefined) return before === undefined ? undefined : 'EVB TLV is no longer sent'
  if (!fresh) return undefined
  const change = describeChange(before, evb)
  return `EVB ${before ? '' : 'TLV from now on: '}${change || 'reserved bits changed'}`
}
