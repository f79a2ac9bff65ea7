/**
 * Organisation TLV of VDP: type 127, three octets OUI, then whatever the organisation defines.
 * Source: 802.1Q-2018 §41.3. It belongs to the VSI TLV it follows; unknown ones are kept and passed on.
 */
import type { OctetReader } from '../wire/octet-reader.ts'
import type { OctetWriter } from '../wire/octet-writer.ts'
import { ORGANIZATIONAL_TLV, writeTlvHeader } from '../wire/tlv.ts'

export interface OrganizationalTlv {
  /** 6 lower-case hexadecimal digits. */
  readonly oui: string
  /** What follows the OUI, hexadecimal, at most 508 octets. */
  readonly data: string
}

const OUI_LENGTH = 3

/** Reads one of `length` octets; undefined when it is too short for an OUI. */
export function readOrganizationalTlv(reader: OctetReader, length: number): OrganizationalTlv | undefined {
  return length < OUI_LENGTH
    ? undefined
    : { oui: reader.hex(OUI_LENGTH), data: reader.hex(length - OUI_LENGTH) }
}

export function writeOrganizationalTlv(writer: OctetWriter, { oui, data }: OrganizationalTlv): void {
  writeTlvHeader(writer, ORGANIZATIONAL_TLV, OUI_LENGTH + data.length / 2)
  writer.hex(oui).hex(data)
}

/** Length with its header. */
export function organizationalTlvSize({ data }: OrganizationalTlv): number {
  return 2 + OUI_LENGTH + data.length / 2
}
