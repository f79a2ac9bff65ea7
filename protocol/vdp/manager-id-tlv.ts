/**
 * VSI manager ID TLV: 16 octets that name the server holding the VSI types. Source: 802.1Q-2018 §41.1.3.
 * An IPv6 or IPv4-mapped address in the standard; all zero means the bridge's default manager. Peers also put a
 * number into the first octet (libvirt) or text (vdptool), so it is 16 opaque octets with several text forms.
 */
import { formatIpv6, parseIpv4, parseIpv6 } from '../wire/ip-address.ts'
import type { OctetWriter } from '../wire/octet-writer.ts'
import { writeTlvHeader } from '../wire/tlv.ts'

export const MANAGER_ID_TLV = 5
export const MANAGER_ID_LENGTH = 16
export const MANAGER_ID_TLV_SIZE = 2 + MANAGER_ID_LENGTH

/** 32 lower-case hexadecimal digits. */
export type ManagerId = string

export const DEFAULT_MANAGER_ID: ManagerId = '0'.repeat(32)

/** `0`, a number 1 to 255 (first octet, as libvirt has it), an IP address, `"text"`, or `0x` and 32 digits. */
export function parseManagerId(text: string): ManagerId | undefined {
  if (text === '0') return DEFAULT_MANAGER_ID
  if (/^\d{1,3}$/.test(text)) {
    const number = Number(text)
    return number <= 255 ? number.toString(16).padStart(2, '0').padEnd(32, '0') : undefined
  }
  const raw = /^0x([0-9a-f]{32})$/i.exec(text)?.[1]
  if (raw !== undefined) return raw.toLowerCase()
  const quoted = /^"([\x20-\x7e]{1,16})"$/.exec(text)?.[1]
  if (quoted !== undefined) return textToHex(quoted)
  const ipv4 = parseIpv4(text)
  return ipv4 !== undefined ? `${'0'.repeat(20)}ffff${ipv4}` : parseIpv6(text)
}

/** The shortest form that `parseManagerId` reads back as the same octets. */
export function formatManagerId(id: ManagerId): string {
  if (/^..0{30}$/.test(id)) return String(Number.parseInt(id.slice(0, 2), 16))
  const text = id
    .match(/../g)!
    .map((octet) => String.fromCharCode(Number.parseInt(octet, 16)))
    .join('')
  const printable = /^([\x20-\x7e]+)\0*$/.exec(text)?.[1]
  return printable !== undefined ? `"${printable}"` : formatIpv6(id)
}

export function writeManagerIdTlv(writer: OctetWriter, id: ManagerId): void {
  writeTlvHeader(writer, MANAGER_ID_TLV, MANAGER_ID_LENGTH)
  writer.hex(id)
}

function textToHex(text: string): string {
  let hex = ''
  for (const character of text) hex += character.charCodeAt(0).toString(16).padStart(2, '0')
  return hex.padEnd(32, '0')
}
