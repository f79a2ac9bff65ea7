/**
 * Organisationally specific TLV, type 127: OUI, subtype and up to 507 octets that only the organisation
 * understands. Source: 802.1AB-2016 §8.6. All of them are kept; what they mean is for the layers above.
 */
import type { Fault } from '../wire/decoded.ts'
import { OctetReader } from '../wire/octet-reader.ts'
import type { OctetWriter } from '../wire/octet-writer.ts'
import { ORGANIZATIONAL_TLV, type TlvSpan, writeTlvHeader } from '../wire/tlv.ts'

export interface OrganizationalTlv {
  /** 6 lower-case hexadecimal digits. */
  readonly oui: string
  readonly subtype: number
  /** What follows the subtype, hexadecimal, at most 507 octets. */
  readonly data: string
}

/**
 * A kind of organisational TLV that somebody above acts on: it may occur once in an LLDPDU, and one that
 * `check` finds faulty is treated as absent. `check` sees the data alone and counts offsets from its start.
 */
export interface RecognizedTlv {
  readonly oui: string
  readonly subtype: number
  readonly check: (data: Uint8Array) => Fault | undefined
}

/** OUI and subtype. */
export const ORGANIZATIONAL_HEADER_LENGTH = 4

/** Reads the TLV at `span`. The caller has checked that it has at least four octets. */
export function readOrganizationalTlv(octets: Uint8Array, span: TlvSpan): OrganizationalTlv {
  const reader = new OctetReader(octets, span.offset, span.offset + span.length)
  return { oui: reader.hex(3), subtype: reader.uint8(), data: reader.hex(reader.remaining) }
}

/** Throws RangeError beyond 507 octets of data. */
export function writeOrganizationalTlv(writer: OctetWriter, { oui, subtype, data }: OrganizationalTlv): void {
  writeTlvHeader(writer, ORGANIZATIONAL_TLV, ORGANIZATIONAL_HEADER_LENGTH + data.length / 2)
  writer.hex(oui).uint8(subtype).hex(data)
}

/** The recognized kind that `tlv` is of. */
export function findRecognized(
  recognized: readonly RecognizedTlv[],
  { oui, subtype }: OrganizationalTlv,
): RecognizedTlv | undefined {
  return recognized.find((kind) => kind.oui === oui && kind.subtype === subtype)
}
