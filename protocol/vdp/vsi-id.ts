/**
 * VSI instance identifier: a format octet and 16 octets of value. Source: 802.1Q-2018 §41.2.6, §41.2.7.
 *
 *     format  value
 *     1 IPv4  sent as the IPv4-mapped form ::ffff:a.b.c.d
 *     2 IPv6  the address
 *     3 MAC   right-justified: 10 zero octets, then the address
 *     4 local any 16 octets
 *     5 UUID  in text order
 *
 * On receipt the value is 16 opaque octets: peers differ in how they fill formats 1 and 3.
 */
import { formatIpv6, parseIpv4, parseIpv6 } from '../wire/ip-address.ts'
import { parseMacAddress } from '../wire/mac-address.ts'

export const VSI_ID_FORMATS = { ipv4: 1, ipv6: 2, mac: 3, local: 4, uuid: 5 } as const
export type VsiIdFormatName = keyof typeof VSI_ID_FORMATS

export interface VsiId {
  /** 1 to 5; other values can be received and are refused by a bridge. */
  readonly format: number
  /** 32 lower-case hexadecimal digits. */
  readonly value: string
}

/** Identity of a VSI on one port, usable as a key: the text form of its VSIID. Source: reference.md 5.8. */
export type VsiKey = string

export function isKnownVsiIdFormat(format: number): boolean {
  return format >= 1 && format <= 5
}

/** The text form: a bare UUID, or the format's name, a colon and the value. Inverse of `parseVsiId`. */
export function formatVsiId({ format, value }: VsiId): VsiKey {
  switch (format) {
    case VSI_ID_FORMATS.uuid:
      return formatUuid(value)
    case VSI_ID_FORMATS.ipv4:
      if (!/^0{20}(ffff|0000)/.test(value)) break
      return value.startsWith('0'.repeat(24)) ? `ipv4:0x${value}` : `ipv4:${formatIpv4(value.slice(24))}`
    case VSI_ID_FORMATS.ipv6:
      return `ipv6:${formatIpv6(value)}`
    case VSI_ID_FORMATS.mac:
      if (!value.startsWith('0'.repeat(20))) break
      return `mac:${value.slice(20).replace(/(..)(?=.)/g, '$1:')}`
    case VSI_ID_FORMATS.local:
      return `local:${value}`
  }
  const name = Object.entries(VSI_ID_FORMATS).find(([, code]) => code === format)?.[0] ?? `format${format}`
  return `${name}:0x${value}`
}

/**
 * Parses a UUID, or `ipv4:192.0.2.1`, `ipv6:2001:db8::1`, `mac:52:54:00:12:34:56`, `local:<32 hex digits>`;
 * `ipv4:0x...` and `mac:0x...` give all 16 octets. Undefined when it is none of them.
 */
export function parseVsiId(text: string): VsiId | undefined {
  const uuid = /^(?:uuid:)?([0-9a-f]{8})-([0-9a-f]{4})-([0-9a-f]{4})-([0-9a-f]{4})-([0-9a-f]{12})$/i.exec(
    text,
  )
  if (uuid) return { format: VSI_ID_FORMATS.uuid, value: uuid.slice(1).join('').toLowerCase() }
  const colon = text.indexOf(':')
  if (colon < 0) return undefined
  const name = text.slice(0, colon).toLowerCase()
  const rest = text.slice(colon + 1)
  const raw = /^0x([0-9a-f]{32})$/i.exec(rest)?.[1]?.toLowerCase()
  if (!(name in VSI_ID_FORMATS)) {
    const format = Number(/^format(\d{1,3})$/.exec(name)?.[1] ?? Number.NaN)
    return raw !== undefined && format <= 255 ? { format, value: raw } : undefined
  }
  const value = raw ?? parseValue(name as VsiIdFormatName, rest)
  return value === undefined ? undefined : { format: VSI_ID_FORMATS[name as VsiIdFormatName], value }
}

function parseValue(format: VsiIdFormatName, text: string): string | undefined {
  switch (format) {
    case 'ipv4': {
      const address = parseIpv4(text)
      return address && `${'0'.repeat(20)}ffff${address}`
    }
    case 'ipv6':
      return parseIpv6(text)
    case 'mac': {
      const mac = parseMacAddress(text)
      return mac && '0'.repeat(20) + mac.replaceAll(':', '')
    }
    case 'local':
      return /^[0-9a-f]{32}$/i.test(text) ? text.toLowerCase() : undefined
    case 'uuid':
      return undefined
  }
}

/** Joined: a text made by a template keeps its pieces as long as it lives, and this is what VSIs are found by. */
function formatUuid(hex: string): string {
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-')
}

function formatIpv4(hex: string): string {
  return (hex.match(/../g) ?? []).map((octet) => Number.parseInt(octet, 16)).join('.')
}
