/**
 * The other parts of a VSI as people write them: `--type ID[:VERSION]`, `--id`, `--manager`, `--org OUI:HEX`.
 * Each reader says what it accepts when it refuses.
 */
import { type ManagerId, parseManagerId } from '../../protocol/vdp/manager-id-tlv.ts'
import type { OrganizationalTlv } from '../../protocol/vdp/organizational-tlv.ts'
import { parseVsiId, type VsiId } from '../../protocol/vdp/vsi-id.ts'
import { type Parsed, parsed, unparsable } from './parsed.ts'

export interface VsiType {
  readonly typeId: number
  readonly typeVersion: number
}

const MAX_TYPE_ID = 0xffffff
/** 511 octets of a TLV less the OUI. */
const MAX_ORGANIZATIONAL_DATA = 508

/** `5`, `5:1` or `0x000005:1`; the version is 0 when it is left out. */
export function parseVsiType(text: string): Parsed<VsiType> {
  const match = /^(\d{1,8}|0x[0-9a-f]{1,6})(?::(\d{1,3}))?$/i.exec(text.trim())
  const [typeId, typeVersion] = [Number(match?.[1] ?? Number.NaN), Number(match?.[2] ?? 0)]
  if (match && typeId <= MAX_TYPE_ID && typeVersion <= 255) return parsed({ typeId, typeVersion })
  return unparsable(`VSI type "${text}" is not ID or ID:VERSION, with ID 0 to 16777215 and VERSION 0 to 255`)
}

export function formatVsiType({ typeId, typeVersion }: VsiType): string {
  return typeVersion === 0 ? String(typeId) : `${typeId}:${typeVersion}`
}

export function readVsiId(text: string): Parsed<VsiId> {
  const id = parseVsiId(text.trim())
  if (id !== undefined && /[1-9a-f]/.test(id.value)) return parsed(id)
  if (id !== undefined) return unparsable(`VSI ID "${text}" is all zero, which names no VSI`)
  return unparsable(
    `VSI ID "${text}" is not a UUID, nor mac:52:54:00:11:22:33, ipv4:192.0.2.1, ipv6:2001:db8::1 or local: and 32 hex digits`,
  )
}

export function readManagerId(text: string): Parsed<ManagerId> {
  const id = parseManagerId(text.trim())
  if (id !== undefined) return parsed(id)
  return unparsable(
    `VSI manager "${text}" is not a number from 0 (the bridge's default) to 255, an IP address, "text" in double quotes (1 to 16 characters), or 0x and 32 hex digits`,
  )
}

/** `0001c8:00112233` or `00-01-c8:00112233`. */
export function parseOrganizational(text: string): Parsed<OrganizationalTlv> {
  const match = /^([0-9a-f]{6}|[0-9a-f]{2}(?:-[0-9a-f]{2}){2}):((?:[0-9a-f]{2})*)$/i.exec(text.trim())
  if (!match) return unparsable(`organisation TLV "${text}" is not OUI:HEX, such as 0001c8:00112233`)
  const [oui, data] = [match[1]!.replaceAll('-', '').toLowerCase(), match[2]!.toLowerCase()]
  if (data.length / 2 <= MAX_ORGANIZATIONAL_DATA) return parsed({ oui, data })
  return unparsable(`organisation TLV of OUI ${oui} has more than ${MAX_ORGANIZATIONAL_DATA} octets`)
}
