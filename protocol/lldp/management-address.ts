/**
 * Management address TLV, type 8, as often as a system has addresses. Source: 802.1AB-2016 §8.5.9.
 *
 *     1 string length (subtype and address, 2 to 32) | 1 subtype (IANA address family) | 1-31 address
 *     1 interface numbering subtype | 4 interface number | 1 OID length (0 to 128) | OID
 */
import { formatIpv6, parseIpv4, parseIpv6 } from '../wire/ip-address.ts'
import { parseMacAddress, readMacAddress } from '../wire/mac-address.ts'
import { OctetReader } from '../wire/octet-reader.ts'
import type { OctetWriter } from '../wire/octet-writer.ts'
import { fromHex } from '../wire/octets.ts'
import { writeTlvHeader } from '../wire/tlv.ts'

export const MANAGEMENT_ADDRESS_TLV = 8

/** IANA address family numbers. */
export const ADDRESS_FAMILIES = { ipv4: 1, ipv6: 2, mac: 6 } as const

export const INTERFACE_NUMBERING = { unknown: 1, ifIndex: 2, systemPortNumber: 3 } as const

export interface ManagementAddress {
  readonly family: number
  /** 1 to 31 octets, hexadecimal. */
  readonly address: string
  readonly interfaceNumbering: number
  /** 32 bits. */
  readonly interfaceNumber: number
  /** BER octets, hexadecimal; empty when there is none. */
  readonly oid: string
}

const MAX_ADDRESS_LENGTH = 31
const MAX_OID_LENGTH = 128
/** Interface numbering subtype, interface number, OID length. */
const INTERFACE_LENGTH = 6

/** The address in `octets[start, end)`; undefined when its inner lengths are impossible. */
export function decodeManagementAddress(
  octets: Uint8Array,
  start: number,
  end: number,
): ManagementAddress | undefined {
  const reader = new OctetReader(octets, start, end)
  if (reader.remaining === 0) return undefined
  const addressLength = reader.uint8() - 1
  if (addressLength < 1 || addressLength > MAX_ADDRESS_LENGTH) return undefined
  if (reader.remaining < 1 + addressLength + INTERFACE_LENGTH) return undefined
  const family = reader.uint8()
  const address = reader.hex(addressLength)
  const interfaceNumbering = reader.uint8()
  const interfaceNumber = reader.uint32()
  const oidLength = reader.uint8()
  if (oidLength > MAX_OID_LENGTH || oidLength > reader.remaining) return undefined
  return { family, address, interfaceNumbering, interfaceNumber, oid: reader.hex(oidLength) }
}

/** Throws RangeError when the address or the OID is too long, or the address empty. */
export function writeManagementAddress(writer: OctetWriter, value: ManagementAddress): void {
  const addressLength = value.address.length / 2
  const oidLength = value.oid.length / 2
  if (addressLength < 1 || addressLength > MAX_ADDRESS_LENGTH || oidLength > MAX_OID_LENGTH) {
    throw new RangeError(`management address of ${addressLength} octets with an OID of ${oidLength}`)
  }
  writeTlvHeader(writer, MANAGEMENT_ADDRESS_TLV, 2 + addressLength + INTERFACE_LENGTH + oidLength)
    .uint8(1 + addressLength)
    .uint8(value.family)
    .hex(value.address)
    .uint8(value.interfaceNumbering)
    .uint32(value.interfaceNumber)
    .uint8(oidLength)
    .hex(value.oid)
}

/** An IPv4, IPv6 or MAC address of the interface with this index (0: unknown); undefined when it is none of them. */
export function parseManagementAddress(text: string, interfaceIndex: number): ManagementAddress | undefined {
  const known = parseAddress(text)
  if (known === undefined) return undefined
  const interfaceNumbering = interfaceIndex > 0 ? INTERFACE_NUMBERING.ifIndex : INTERFACE_NUMBERING.unknown
  return { ...known, interfaceNumbering, interfaceNumber: interfaceIndex, oid: '' }
}

/** For people: the address alone, or `family:hex` for a family we do not know. */
export function formatManagementAddress({
  family,
  address,
}: Pick<ManagementAddress, 'family' | 'address'>): string {
  if (family === ADDRESS_FAMILIES.ipv4 && address.length === 8) return fromHex(address).join('.')
  if (family === ADDRESS_FAMILIES.ipv6 && address.length === 32) return formatIpv6(address)
  if (family === ADDRESS_FAMILIES.mac && address.length === 12) return readMacAddress(fromHex(address), 0)
  return `${family}:${address}`
}

function parseAddress(text: string): Pick<ManagementAddress, 'family' | 'address'> | undefined {
  const ipv4 = parseIpv4(text)
  if (ipv4 !== undefined) return { family: ADDRESS_FAMILIES.ipv4, address: ipv4 }
  const ipv6 = parseIpv6(text)
  if (ipv6 !== undefined) return { family: ADDRESS_FAMILIES.ipv6, address: ipv6 }
  const mac = parseMacAddress(text)
  return mac && { family: ADDRESS_FAMILIES.mac, address: mac.replaceAll(':', '') }
}
