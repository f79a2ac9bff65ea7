/** From a capture to what its report shows. Memory is bounded by the limits, not by the length of the capture. */
import type { CapturedPacket, CaptureError, CaptureTime } from '../pcap/captured-packet.ts'
import type { Observation } from '../replay/observation.ts'
import { Reconstruction } from '../replay/reconstruction.ts'
import type { Side } from '../replay/side.ts'
import { toVerdict, type Verdict } from '../replay/verdict.ts'
import { evbTable } from './evb-table.ts'
import { FrameRecorder, type Told } from './frame-recorder.ts'
import type { Lane, ReportFinding, ReportFrame, ReportModel } from './model.ts'
import { isLaneCut, MAX_MARKS, round, toLane } from './vsi-lane.ts'

export interface Limits {
  /** Frames that are shown from the start on; those with an error or a warning are shown anyway. */
  readonly frames: number
  /** Octets of frames that are kept for the trees of fields. */
  readonly octets: number
  readonly vsis: number
}

export const DEFAULT_LIMITS: Limits = { frames: 20_000, octets: 8 * 1024 * 1024, vsis: 5000 }

export interface Built {
  readonly model: ReportModel
  readonly verdict: Verdict
}

type Kept = Omit<Told, 'text'> & Pick<ReportFrame, 'number' | 'at' | 'size' | 'text' | 'octets' | 'fcs'>

export class ReportBuilder {
  readonly #limits: Limits
  readonly #reconstruction = new Reconstruction()
  readonly #recorder = new FrameRecorder(this.#reconstruction)
  readonly #frames: Kept[] = []
  #octets = 0
  #leftOut = 0
  #treeless = 0
  #start: CaptureTime | undefined

  constructor(limits: Limits = DEFAULT_LIMITS) {
    this.#limits = limits
  }

  get packets(): number {
    return this.#reconstruction.frames.packets
  }

  /** Packets in the order of the capture; each may be used again afterwards. */
  add(packet: CapturedPacket): void {
    this.#start ??= packet.time
    const { findings } = this.#reconstruction
    const before = findings.all.length
    // What the reconstruction remembers of a frame outlives the piece of the file it is in.
    const owned = { ...packet, octets: packet.octets.slice() }
    const observation = this.#reconstruction.add(owned)
    if (observation === undefined) return
    const told = this.#recorder.tell(owned, observation)
    const telling = findings.all.slice(before).some(({ severity }) => severity !== 'note')
    if (telling || this.#frames.length < this.#limits.frames) this.#keep(owned, observation, told)
    else this.#leftOut++
  }

  #keep(packet: CapturedPacket, { number, at }: Observation, told: Told): void {
    const { octets, originalLength: size, interface: on } = packet
    const text = told.text ?? this.#recorder.summaryOf(packet)
    const frame = { ...told, text, number, at: round(at), size }
    if (this.#octets + octets.length > this.#limits.octets) {
      this.#treeless++
      this.#frames.push(frame)
      return
    }
    this.#octets += octets.length
    const fcs = on.fcsLength > 0 ? { fcs: on.fcsLength } : {}
    this.#frames.push({ ...frame, octets: Buffer.from(octets).toString('base64'), ...fcs })
  }

  /** After the last packet. `broken`: why there are no more. */
  end(title: string, source: string, version: string, broken?: CaptureError): Built {
    this.#reconstruction.end()
    const verdict = toVerdict(source, this.#reconstruction, broken)
    const { parties } = this.#recorder
    const { duration, frames: counts, wires, findings } = this.#reconstruction
    const { vsis, places } = this.#lanes()
    const model: ReportModel = {
      title,
      source,
      version,
      started: this.#start ? isoTime(this.#start) : null,
      duration: round(duration),
      counts: { ...counts },
      severities: verdict.counts,
      parties: parties.toParties(this.#reconstruction),
      frames: this.#frames.map((frame) => toFrame(frame, places)),
      vsis,
      evb: [...wires.values()].flatMap((wire) => {
        const index = wire.conversation.interface
        const columnOf = ({ mac, evb }: Side) => {
          const sender = parties.find(index, mac)
          return { party: sender?.index ?? 0, frame: sender?.evbSince ?? null, sent: evb !== undefined }
        }
        return evbTable(wire, columnOf) ?? []
      }),
      findings: findings.all.map(({ side, ...finding }): ReportFinding => {
        return { ...finding, at: round(finding.at), party: parties.firstOf(side) }
      }),
      limits: this.#limitTexts(vsis.length),
      broken: broken?.message ?? null,
    }
    return { model, verdict }
  }

  #lanes(): { vsis: Lane[]; places: Map<string, number> } {
    const vsis: Lane[] = []
    const places = new Map<string, number>()
    const { wires, duration } = this.#reconstruction
    for (const [index, { lives }] of wires) {
      for (const life of lives.values()) {
        if (vsis.length >= this.#limits.vsis) return { vsis, places }
        const key = `${index}/${life.id}`
        places.set(key, vsis.length)
        vsis.push(toLane(life, index, this.#recorder.types.get(key) ?? null, duration))
      }
    }
    return { vsis, places }
  }

  #limitTexts(lanes: number): string[] {
    const { wires, findings, frames } = this.#reconstruction
    const lives = [...wires.values()].flatMap((wire) => [...wire.lives.values()])
    const lost = Object.values(findings.counts).reduce((sum, count) => sum + count, 0) - findings.all.length
    const cut = lives.filter(isLaneCut).length
    return [
      ...(frames.other > 0
        ? [`${frames.other} packets that are neither LLDP nor ECP are only counted.`]
        : []),
      ...(this.#leftOut > 0
        ? [
            `${this.#leftOut} frames after the first ${this.#limits.frames} are judged and counted, but not drawn; those with errors and warnings are. --max-frames draws more.`,
          ]
        : []),
      ...(this.#treeless > 0
        ? [
            `${this.#treeless} frames have no field tree: the page keeps the octets of as many frames as fit into ${this.#limits.octets} octets.`,
          ]
        : []),
      ...(lives.length > lanes ? [`Of ${lives.length} VSIs the first ${lanes} have a lane.`] : []),
      ...(cut > 0 ? [`${cut} lanes show only the first ${MAX_MARKS} events of their VSI.`] : []),
      ...(lost > 0 ? [`${lost} findings are only counted: 1000 of each code and severity are kept.`] : []),
    ]
  }
}

function toFrame({ vsis, to, took, ...frame }: Kept, places: ReadonlyMap<string, number>): ReportFrame {
  const known = vsis.flatMap((key) => places.get(key) ?? [])
  return {
    ...frame,
    ...(known.length > 0 && { vsis: known }),
    ...(to !== undefined && { to }),
    ...(took !== undefined && { took }),
  }
}

function isoTime({ seconds, nanoseconds }: CaptureTime): string | null {
  const date = new Date(seconds * 1000 + Math.floor(nanoseconds / 1e6))
  return Number.isNaN(date.getTime()) ? null : date.toISOString()
}
