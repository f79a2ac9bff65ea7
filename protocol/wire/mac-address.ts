/**
 * MAC addresses: `52:54:00:12:34:56`, lower case, as Linux tools print them.
 * Source: 802-2014 §8.2 (bit 0 of the first octet marks a group address).
 */
import { toColonHex } from './octets.ts'

/** Six octets in wire order, as text. Made by `parseMacAddress` or `readMacAddress`. */
export type MacAddress = string & { readonly __brand: 'MacAddress' }

export const ZERO_MAC = '00:00:00:00:00:00' as MacAddress

/** The group addresses LLDP and ECP use. Source: 802.1AB-2016 §7.1, table 7-1. */
export const NEAREST_CUSTOMER_BRIDGE = '01:80:c2:00:00:00' as MacAddress
export const NEAREST_NON_TPMR_BRIDGE = '01:80:c2:00:00:03' as MacAddress
export const NEAREST_BRIDGE = '01:80:c2:00:00:0e' as MacAddress

/** Parses `52:54:00:12:34:56` or `52-54-00-12-34-56` in either case; undefined when it is neither. */
export function parseMacAddress(text: string): MacAddress | undefined {
  if (!/^[0-9a-f]{2}([:-][0-9a-f]{2}){5}$/i.test(text)) return undefined
  return text.toLowerCase().replaceAll('-', ':') as MacAddress
}

/** The address in `octets[offset, offset + 6)`. The caller has checked the bounds. */
export function readMacAddress(octets: Uint8Array, offset: number): MacAddress {
  return toColonHex(octets, offset, offset + 6) as MacAddress
}

/** True for an address that names one station: neither a group address nor all zero. */
export function isIndividual(mac: MacAddress): boolean {
  return (Number.parseInt(mac.slice(0, 2), 16) & 1) === 0 && mac !== ZERO_MAC
}
