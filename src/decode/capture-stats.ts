/** What a capture holds, counted. Bounded, however many ports a capture names. */
import type { Dissection } from '../../protocol/dissect/dissection.ts'
import { DRAFT_ECP_MODE, DRAFT_VDP_MODE, DRAFT_VDP_RESPONSE } from '../../protocol/dissect/draft-fields.ts'
import { CDCP, DRAFT_EVB, EVB } from '../../protocol/dissect/edge-tlvs.ts'
import type { Field } from '../../protocol/dissect/field.ts'
import { TTL_SECONDS } from '../../protocol/dissect/lldp-fields.ts'
import { readBits } from '../../protocol/dissect/value.ts'
import { ASSOCIATIONS, ECP_OP, ERROR, REQ_ACK } from '../../protocol/dissect/vdp-fields.ts'
import type { FaultCode } from '../../protocol/wire/decoded.ts'
import { readMacAddress } from '../../protocol/wire/mac-address.ts'
import { type CapturedPacket, type CaptureTime, ETHERNET } from '../pcap/captured-packet.ts'
import { isMalformed } from './packet-dissection.ts'

const MAX_PORTS = 10_000

/** Requests, responses with success, responses with an error. */
export type VdpCount = { requests: number; granted: number; refused: number }

export interface PortCount {
  frames: number
  lldp: number
  requests: number
  acknowledgements: number
  malformed: number
}

const VDP_NAMES = ['preassociate', 'preassociate-rr', 'associate', 'deassociate'] as const
type VdpName = (typeof VDP_NAMES)[number]

export class CaptureStats {
  frames = 0
  octets = 0
  malformed = 0
  cut = 0
  first: CaptureTime | undefined
  last: CaptureTime | undefined
  readonly protocols = { lldp: 0, ecp: 0, 'ecp-draft': 0, other: 0 }
  readonly lldp = { shutdowns: 0, evb: 0, cdcp: 0, 'evb-draft': 0 }
  readonly ecp = { requests: 0, acknowledgements: 0 }
  readonly draftEcp = { requests: 0, acknowledgements: 0 }
  readonly vdp: Readonly<Record<VdpName, VdpCount>> = vdpCounts()
  /** Draft 0.2 tells no request from a successful response: both are `requests`. */
  readonly draftVdp: Readonly<Record<VdpName, VdpCount>> = vdpCounts()
  readonly faults = new Map<FaultCode, number>()
  /** By MAC address as a number. */
  readonly #ports = new Map<number, PortCount>()
  /** Ports beyond those that are counted one by one. */
  readonly otherPorts: PortCount = newPort()
  #kind: VdpCount | undefined

  count(packet: CapturedPacket, d: Dissection): void {
    this.frames++
    this.octets += packet.originalLength
    if (packet.time !== undefined) {
      this.first ??= packet.time
      this.last = packet.time
    }
    this.protocols[d.protocol]++
    const malformed = d.faults.length > 0 && isMalformed(d)
    if (malformed) this.malformed++
    if (d.cut) this.cut++
    for (const { code } of d.faults) this.faults.set(code, (this.faults.get(code) ?? 0) + 1)
    const port = packet.interface.linkType === ETHERNET && d.end >= 12 ? this.#port(d.octets) : undefined
    if (port !== undefined) {
      port.frames++
      if (malformed) port.malformed++
      if (d.protocol === 'lldp') port.lldp++
    }
    if (d.protocol !== 'other') this.#countFields(d, port)
  }

  /** With their MAC addresses, busiest first. */
  ports(): { mac: string; count: PortCount }[] {
    const rows = [...this.#ports].map(([key, count]) => ({ mac: macOf(key), count }))
    return rows.sort((a, b) => b.count.frames - a.count.frames)
  }

  #port(octets: Uint8Array): PortCount {
    const high = (octets[6]! << 16) | (octets[7]! << 8) | octets[8]!
    const key = high * 0x1000000 + ((octets[9]! << 16) | (octets[10]! << 8) | octets[11]!)
    const known = this.#ports.get(key)
    if (known !== undefined) return known
    if (this.#ports.size >= MAX_PORTS) return this.otherPorts
    const port = newPort()
    this.#ports.set(key, port)
    return port
  }

  #countFields(d: Dissection, port: PortCount | undefined): void {
    for (let index = 0; index < d.count; index++) {
      const tell = TELLING[d.fields[index]!.index]
      if (tell !== undefined) tell(this, readNumber(d, index), port)
    }
  }

  vdpKind(count: VdpCount | undefined): void {
    this.#kind = count
  }

  vdpRequest(): void {
    if (this.#kind !== undefined) this.#kind.requests++
  }

  vdpAnswer(error: number): void {
    if (this.#kind === undefined) return
    if (error === 0) this.#kind.granted++
    else this.#kind.refused++
  }
}

/** What a field adds to the counts. */
type Tell = (stats: CaptureStats, value: number, port: PortCount | undefined) => void

/** By index of the field: an array, because every field of every frame is asked. */
const TELLING: (Tell | undefined)[] = []
const tell = (field: Field, how: Tell) => {
  TELLING[field.index] = how
}
tell(TTL_SECONDS, (stats, value) => {
  if (value === 0) stats.lldp.shutdowns++
})
tell(EVB, (stats) => stats.lldp.evb++)
tell(CDCP, (stats) => stats.lldp.cdcp++)
tell(DRAFT_EVB, (stats) => stats.lldp['evb-draft']++)
tell(ECP_OP, (stats, value, port) => countExchange(stats.ecp, value, port))
tell(DRAFT_ECP_MODE, (stats, value, port) => countExchange(stats.draftEcp, value, port))
for (const [index, name] of VDP_NAMES.entries())
  tell(ASSOCIATIONS[index + 1]!, (stats) => stats.vdpKind(stats.vdp[name]))
tell(REQ_ACK, (stats, value) => {
  if (value === 0) stats.vdpRequest()
})
tell(ERROR, (stats, value) => stats.vdpAnswer(value))
tell(DRAFT_VDP_MODE, (stats, value) => {
  const name = VDP_NAMES[value]
  stats.vdpKind(name && stats.draftVdp[name])
})
tell(DRAFT_VDP_RESPONSE, (stats, value) => {
  if (value === 0) stats.vdpRequest()
  else stats.vdpAnswer(value)
})

function readNumber({ fields, octets, starts, ends }: Dissection, index: number): number {
  const field = fields[index]!
  return field.kind === 'group' ? 0 : readBits(field, octets, starts[index]!, ends[index]!)
}

function countExchange(
  counts: { requests: number; acknowledgements: number },
  op: number,
  port: PortCount | undefined,
): void {
  if (op === 0) {
    counts.requests++
    if (port !== undefined) port.requests++
  } else if (op === 1) {
    counts.acknowledgements++
    if (port !== undefined) port.acknowledgements++
  }
}

function vdpCounts(): Record<VdpName, VdpCount> {
  const none = () => ({ requests: 0, granted: 0, refused: 0 })
  return { preassociate: none(), 'preassociate-rr': none(), associate: none(), deassociate: none() }
}

function newPort(): PortCount {
  return { frames: 0, lldp: 0, requests: 0, acknowledgements: 0, malformed: 0 }
}

function macOf(key: number): string {
  return readMacAddress(Buffer.from(key.toString(16).padStart(12, '0'), 'hex'), 0)
}
