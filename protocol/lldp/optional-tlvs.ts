/**
 * What follows the three mandatory TLVs of an LLDPDU. Source: 802.1AB-2016 §8.5.4 to §8.6, §9.2.7.7.
 * Each TLV stands alone: a faulty one is discarded with a located reason and the others stay.
 * Of a kind that may occur once the first counts; 802.1AB's editions and lldpad differ about the later ones.
 */
import { type Fault, type FaultCode, shiftFault } from '../wire/decoded.ts'
import { OctetReader } from '../wire/octet-reader.ts'
import type { OctetWriter } from '../wire/octet-writer.ts'
import { fromHex, toHex } from '../wire/octets.ts'
import { ORGANIZATIONAL_TLV, type TlvSpan, writeTlvHeader } from '../wire/tlv.ts'
import { decodeAdminString, encodeAdminString, MAX_ADMIN_STRING_LENGTH } from './admin-string.ts'
import {
  decodeManagementAddress,
  MANAGEMENT_ADDRESS_TLV,
  type ManagementAddress,
  writeManagementAddress,
} from './management-address.ts'
import {
  findRecognized,
  ORGANIZATIONAL_HEADER_LENGTH,
  type OrganizationalTlv,
  type RecognizedTlv,
  readOrganizationalTlv,
  writeOrganizationalTlv,
} from './organizational.ts'
import {
  readSystemCapabilities,
  SYSTEM_CAPABILITIES_LENGTH,
  SYSTEM_CAPABILITIES_TLV,
  type SystemCapabilities,
  writeSystemCapabilities,
} from './system-capabilities.ts'

/** A TLV of a reserved type, 9 to 126. */
export interface UnknownTlv {
  readonly type: number
  /** Hexadecimal. */
  readonly data: string
}

export interface OptionalTlvs {
  readonly portDescription?: string
  readonly systemName?: string
  readonly systemDescription?: string
  readonly systemCapabilities?: SystemCapabilities
  readonly managementAddresses: readonly ManagementAddress[]
  /** Recognized and unrecognized ones, in the order received. */
  readonly organizational: readonly OrganizationalTlv[]
  readonly unknown: readonly UnknownTlv[]
}

export interface ReceivedOptionalTlvs {
  readonly tlvs: OptionalTlvs
  /** One for each TLV that was discarded. Offsets count from the start of the octets. */
  readonly faults: readonly Fault[]
  /** Reserved types, and organisational TLVs nobody recognizes. */
  readonly unrecognized: number
}

const TEXTS = { 4: 'portDescription', 5: 'systemName', 6: 'systemDescription' } as const
type TextType = keyof typeof TEXTS

type Single = 'portDescription' | 'systemName' | 'systemDescription' | 'systemCapabilities'

/** `OptionalTlvs` while it is being filled. */
type Draft = { -readonly [Key in Single]?: OptionalTlvs[Key] & {} } & {
  readonly managementAddresses: ManagementAddress[]
  readonly organizational: OrganizationalTlv[]
  readonly unknown: UnknownTlv[]
}

/** Reads the TLVs at `spans`; `recognized` are the organisational ones that occur once and are checked. */
export function decodeOptionalTlvs(
  octets: Uint8Array,
  spans: readonly TlvSpan[],
  recognized: readonly RecognizedTlv[],
): ReceivedOptionalTlvs {
  const collector = new Collector(octets, recognized)
  for (const span of spans) collector.take(span)
  return { tlvs: collector.tlvs, faults: collector.faults, unrecognized: collector.unrecognized }
}

/** Writes what there is, in the order of the types. */
export function writeOptionalTlvs(writer: OctetWriter, tlvs: OptionalTlvs): void {
  for (const [type, key] of Object.entries(TEXTS)) {
    const text = tlvs[key]
    if (text === undefined) continue
    const octets = encodeAdminString(text)
    writeTlvHeader(writer, Number(type), octets.length).bytes(octets)
  }
  if (tlvs.systemCapabilities) writeSystemCapabilities(writer, tlvs.systemCapabilities)
  for (const address of tlvs.managementAddresses) writeManagementAddress(writer, address)
  for (const tlv of tlvs.unknown) writeUnknown(writer, tlv)
  for (const tlv of tlvs.organizational) writeOrganizationalTlv(writer, tlv)
}

function writeUnknown(writer: OctetWriter, { type, data }: UnknownTlv): void {
  if (type <= MANAGEMENT_ADDRESS_TLV || type >= ORGANIZATIONAL_TLV)
    throw new RangeError(`TLV type ${type} is not reserved`)
  writeTlvHeader(writer, type, data.length / 2).hex(data)
}

class Collector {
  readonly tlvs: Draft = { managementAddresses: [], organizational: [], unknown: [] }
  readonly faults: Fault[] = []
  unrecognized = 0
  private readonly octets: Uint8Array
  private readonly recognized: readonly RecognizedTlv[]
  private readonly seen = new Set<RecognizedTlv>()

  constructor(octets: Uint8Array, recognized: readonly RecognizedTlv[]) {
    this.octets = octets
    this.recognized = recognized
  }

  take(span: TlvSpan): void {
    const fault = this.read(span)
    if (fault) this.faults.push(fault)
  }

  private read(span: TlvSpan): Fault | undefined {
    if (span.type in TEXTS) return this.text(span, TEXTS[span.type as TextType])
    if (span.type === SYSTEM_CAPABILITIES_TLV) return this.systemCapabilities(span)
    if (span.type === MANAGEMENT_ADDRESS_TLV) return this.managementAddress(span)
    if (span.type === ORGANIZATIONAL_TLV) return this.organizational(span)
    return this.reserved(span)
  }

  private text(span: TlvSpan, key: (typeof TEXTS)[TextType]): Fault | undefined {
    if (this.tlvs[key] !== undefined) return located('tlv-repeated', span, '802.1AB-2016 §8.5.1')
    if (span.length > MAX_ADMIN_STRING_LENGTH) return located('tlv-length', span, '802.1AB-2016 §8.5.5')
    this.tlvs[key] = decodeAdminString(this.octets, span.offset, span.offset + span.length)
    return undefined
  }

  private systemCapabilities(span: TlvSpan): Fault | undefined {
    if (this.tlvs.systemCapabilities) return located('tlv-repeated', span, '802.1AB-2016 §8.5.8')
    if (span.length !== SYSTEM_CAPABILITIES_LENGTH) return located('tlv-length', span, '802.1AB-2016 §8.5.8')
    this.tlvs.systemCapabilities = readSystemCapabilities(new OctetReader(this.octets, span.offset))
    return undefined
  }

  private managementAddress(span: TlvSpan): Fault | undefined {
    const address = decodeManagementAddress(this.octets, span.offset, span.offset + span.length)
    if (!address) return located('tlv-length', span, '802.1AB-2016 §8.5.9')
    this.tlvs.managementAddresses.push(address)
    return undefined
  }

  private organizational(span: TlvSpan): Fault | undefined {
    if (span.length < ORGANIZATIONAL_HEADER_LENGTH) return located('tlv-length', span, '802.1AB-2016 §8.6')
    const tlv = readOrganizationalTlv(this.octets, span)
    const kind = findRecognized(this.recognized, tlv)
    const fault = kind && this.accept(kind, tlv, span)
    if (fault) return fault
    if (!kind) this.unrecognized++
    this.tlvs.organizational.push(tlv)
    return undefined
  }

  /** Nothing when `tlv` is the first well-formed one of its kind. */
  private accept(kind: RecognizedTlv, tlv: OrganizationalTlv, span: TlvSpan): Fault | undefined {
    const fault = kind.check(fromHex(tlv.data))
    if (fault) return shiftFault(fault, span.offset + ORGANIZATIONAL_HEADER_LENGTH)
    if (this.seen.has(kind)) return located('tlv-repeated', span, '802.1AB-2016 §8.6')
    this.seen.add(kind)
    return undefined
  }

  private reserved(span: TlvSpan): undefined {
    this.unrecognized++
    const data = toHex(this.octets, span.offset, span.offset + span.length)
    this.tlvs.unknown.push({ type: span.type, data })
  }
}

function located(code: FaultCode, span: TlvSpan, clause: string): Fault {
  return { code, offset: span.start, clause }
}
