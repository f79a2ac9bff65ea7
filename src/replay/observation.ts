/** One frame of a capture as evidence: who sent it, when, and what it says. Nothing is judged here. */
import { crc32 } from 'node:zlib'
import { decodeEcpHeader, ECP_HEADER_LENGTH, ECP_OPS, type EcpHeader } from '../../protocol/ecp/ecpdu.ts'
import { EVB_DATA_LENGTH, EVB_OUI, EVB_SUBTYPE, type EvbTlv } from '../../protocol/evb/evb-tlv.ts'
import { findEvbTlv, RECOGNIZED_EVB_TLV } from '../../protocol/evb/organizational.ts'
import { decodeLldpdu, type ReceivedLldpdu } from '../../protocol/lldp/lldpdu.ts'
import { decodeUlpdu, type ReceivedUlpdu } from '../../protocol/vdp/ulpdu.ts'
import type { Fault } from '../../protocol/wire/decoded.ts'
import { ETHERNET_HEADER_LENGTH, ETHERTYPE_ECP, ETHERTYPE_LLDP } from '../../protocol/wire/ethernet-frame.ts'
import { type MacAddress, readMacAddress } from '../../protocol/wire/mac-address.ts'
import { fromHex } from '../../protocol/wire/octets.ts'
import { ORGANIZATIONAL_TLV, type TlvSpan, walkTlvs } from '../../protocol/wire/tlv.ts'
import { type CapturedPacket, ETHERNET, toMilliseconds } from '../pcap/captured-packet.ts'

export type Content =
  | LldpContent
  | EcpContent
  /** 802.1Qbg draft 0.2: shown by `qbg decode`, not judged. */
  | { readonly kind: 'draft' }
  /** LLDP or ECP behind a VLAN tag, where neither belongs. */
  | { readonly kind: 'tagged' }
  /** Cannot be read at all. */
  | { readonly kind: 'broken'; readonly protocol: 'lldp' | 'ecp'; readonly fault: Fault }
  /** The capture holds too little of it to read. */
  | { readonly kind: 'cut'; readonly protocol: 'lldp' | 'ecp' }

export interface LldpContent extends ReceivedLldpdu {
  readonly kind: 'lldp'
  /** TLVs in their order, End TLV not among them. */
  readonly tlvs: readonly TlvSpan[]
  readonly endTlv: boolean
  readonly evb: EvbTlv | undefined
  /** Every EVB TLV, also an unusable one. */
  readonly evbSpans: readonly TlvSpan[]
}

export interface EcpContent {
  readonly kind: 'ecp'
  readonly header: EcpHeader
  /** Of a request. */
  readonly ulpdu: ReceivedUlpdu | undefined
  /** Why a request has no ULPDU that can be read. */
  readonly fault: Fault | undefined
}

export interface Observation {
  /** As Wireshark numbers frames. */
  readonly number: number
  /** Milliseconds since the first packet of the capture. */
  readonly at: number
  /** False: the packet has no time, or one before that of the packet ahead of it, and is given that one's. */
  readonly timed: boolean
  /** Of the capture: one wire each. */
  readonly interface: number
  readonly source: MacAddress
  readonly destination: MacAddress
  readonly octets: Uint8Array
  /** The capture holds less than was on the wire. */
  readonly cut: boolean
  readonly content: Content
}

const FCS_LENGTH = 4
const ETHERTYPE_DRAFT_ECP = 0x88b7
const VLAN_TAGS = new Set([0x8100, 0x88a8, 0x9100])
const DRAFT_EVB = '001b3f00'

/**
 * Undefined for what is neither LLDP nor ECP. `start` is the time of the first packet, milliseconds since 1970;
 * `before` that of the packet ahead, milliseconds since the first.
 */
export function observe(packet: CapturedPacket, start: number, before = 0): Observation | undefined {
  const { number, time } = packet
  const cut = packet.octets.length < packet.originalLength
  const octets = cut ? packet.octets : withoutFcs(packet)
  if (packet.interface.linkType !== ETHERNET || octets.length < ETHERNET_HEADER_LENGTH) return undefined
  const read = readContent(octets)
  if (read === undefined) return undefined
  const content = cut ? withoutGuesses(read) : read
  const at = time === undefined ? Number.NEGATIVE_INFINITY : toMilliseconds(time) - start
  return {
    number,
    at: Math.max(at, before),
    timed: at >= before,
    interface: packet.interface.index,
    source: readMacAddress(octets, 6),
    destination: readMacAddress(octets, 0),
    octets,
    cut,
    content,
  }
}

/** Some cards hand on the frame check sequence; only some captures say so. Left on, it would be taken for a TLV. */
function withoutFcs({ octets, interface: { fcsLength } }: CapturedPacket): Uint8Array {
  const length = octets.length - (fcsLength || FCS_LENGTH)
  if (length < ETHERNET_HEADER_LENGTH) return octets
  const view = new DataView(octets.buffer, octets.byteOffset)
  const found = fcsLength > 0 || view.getUint32(length, true) === crc32(octets.subarray(0, length))
  return found ? octets.subarray(0, length) : octets
}

/** What a cut frame lacks is not its sender's fault; an ECP header is enough for numbers and acknowledgements. */
function withoutGuesses(content: Content): Content {
  if (content.kind === 'broken') return { kind: 'cut', protocol: content.protocol }
  if (content.kind === 'lldp') return content.endTlv ? content : { kind: 'cut', protocol: 'lldp' }
  if (content.kind !== 'ecp' || content.ulpdu?.endTlv) return content
  return { ...content, ulpdu: undefined, fault: undefined }
}

function readContent(octets: Uint8Array): Content | undefined {
  const etherType = (octets[12]! << 8) | octets[13]!
  if (etherType === ETHERTYPE_LLDP) return readLldp(octets)
  if (etherType === ETHERTYPE_ECP) return readEcp(octets)
  if (etherType === ETHERTYPE_DRAFT_ECP) return { kind: 'draft' }
  return VLAN_TAGS.has(etherType) && isOurs(octets) ? { kind: 'tagged' } : undefined
}

function isOurs(octets: Uint8Array): boolean {
  let at = 12
  while (VLAN_TAGS.has(((octets[at] ?? 0) << 8) | (octets[at + 1] ?? 0))) at += 4
  const inner = ((octets[at] ?? 0) << 8) | (octets[at + 1] ?? 0)
  return inner === ETHERTYPE_LLDP || inner === ETHERTYPE_ECP
}

function readLldp(octets: Uint8Array): Content {
  const result = decodeLldpdu(octets, ETHERNET_HEADER_LENGTH, [RECOGNIZED_EVB_TLV])
  if (!result.ok) return { kind: 'broken', protocol: 'lldp', fault: result.fault }
  const { tlvs, end } = walkTlvs(octets, ETHERNET_HEADER_LENGTH)
  const evbSpans = tlvs.filter((span) => isOrganizational(octets, span, EVB))
  if (evbSpans.length === 0 && tlvs.some((span) => isOrganizational(octets, span, DRAFT))) {
    return { kind: 'draft' }
  }
  const evb = findEvbTlv(result.value.lldpdu.organizational)
  return { kind: 'lldp', ...result.value, tlvs, endTlv: end.kind === 'end-tlv', evb, evbSpans }
}

const EVB = fromHex(EVB_OUI + EVB_SUBTYPE.toString(16).padStart(2, '0'))
const DRAFT = fromHex(DRAFT_EVB)

function isOrganizational(
  octets: Uint8Array,
  { type, offset, length }: TlvSpan,
  prefix: Uint8Array,
): boolean {
  return (
    type === ORGANIZATIONAL_TLV &&
    length >= prefix.length &&
    prefix.every((octet, index) => octets[offset + index] === octet)
  )
}

/** Octets of a usable EVB TLV behind OUI and subtype. */
export function evbData(octets: Uint8Array, { offset }: TlvSpan): Uint8Array {
  return octets.subarray(offset + EVB.length, offset + EVB.length + EVB_DATA_LENGTH)
}

function readEcp(octets: Uint8Array): Content {
  const header = decodeEcpHeader(octets, ETHERNET_HEADER_LENGTH)
  if (!header.ok) return { kind: 'broken', protocol: 'ecp', fault: header.fault }
  const nothing = { kind: 'ecp', header: header.value, ulpdu: undefined, fault: undefined } as const
  if (header.value.op !== ECP_OPS.request) return nothing
  const ulpdu = decodeUlpdu(octets, ETHERNET_HEADER_LENGTH + ECP_HEADER_LENGTH)
  return ulpdu.ok ? { ...nothing, ulpdu: ulpdu.value } : { ...nothing, fault: ulpdu.fault }
}
