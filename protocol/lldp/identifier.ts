/**
 * What chassis ID and port ID have in common: a subtype and 1 to 255 octets that it gives a meaning to.
 * Source: 802.1AB-2016 §8.5.2, §8.5.3. Which number means what differs between the two: see their files.
 */
import { formatIpv6 } from '../wire/ip-address.ts'
import { readMacAddress } from '../wire/mac-address.ts'
import type { OctetReader } from '../wire/octet-reader.ts'
import type { OctetWriter } from '../wire/octet-writer.ts'
import { fromHex } from '../wire/octets.ts'
import { writeTlvHeader } from '../wire/tlv.ts'
import { decodeAdminString } from './admin-string.ts'

export interface Identifier {
  readonly subtype: number
  /** 1 to 255 octets, lower-case hexadecimal. */
  readonly value: string
}

export const MIN_IDENTIFIER_LENGTH = 2
export const MAX_IDENTIFIER_LENGTH = 256

/** What the octets of an identifier are. */
export type IdentifierKind = 'mac' | 'network' | 'text'

/** Reads an information string of `length` octets. The caller has checked that it is 2 to 256. */
export function readIdentifier(reader: OctetReader, length: number): Identifier {
  return { subtype: reader.uint8(), value: reader.hex(length - 1) }
}

/** Throws RangeError unless the value has 1 to 255 octets. */
export function writeIdentifier(writer: OctetWriter, type: number, { subtype, value }: Identifier): void {
  const length = 1 + value.length / 2
  if (length < MIN_IDENTIFIER_LENGTH || length > MAX_IDENTIFIER_LENGTH) {
    throw new RangeError(`identifier of ${length - 1} octets`)
  }
  writeTlvHeader(writer, type, length).uint8(subtype).hex(value)
}

/** For people: a MAC or IP address, a name, or `subtype:hex` when the octets are not what the subtype says. */
export function formatIdentifier({ subtype, value }: Identifier, kind: IdentifierKind | undefined): string {
  const octets = fromHex(value)
  if (kind === 'mac' && octets.length === 6) return readMacAddress(octets, 0)
  if (kind === 'network') return networkAddress(octets) ?? `${subtype}:${value}`
  const text = kind === 'text' ? decodeAdminString(octets, 0, octets.length) : ''
  return /^[\x21-\x7e]([\x20-\x7e]*[\x21-\x7e])?$/.test(text) ? text : `${subtype}:${value}`
}

/** The first octet is the IANA address family: 1 IPv4, 2 IPv6. */
function networkAddress(octets: Uint8Array): string | undefined {
  if (octets[0] === 1 && octets.length === 5) return octets.slice(1).join('.')
  if (octets[0] !== 2 || octets.length !== 17) return undefined
  let hex = ''
  for (const octet of octets.slice(1)) hex += octet.toString(16).padStart(2, '0')
  return formatIpv6(hex)
}
