/**
 * VDP TLV of draft 0.2, organisationally specific TLV 00-1B-3F subtype 2. Source: reference.md 6.1, 6.2. For reading only.
 *
 *     0 mode | 1 response | 2 manager ID | 3-5 VSI type ID | 6 VSI type version | 7-22 VSI instance ID (UUID)
 *     23 filter format | 24-25 number of entries | 26- entries: MAC (6), VLAN (2)
 */
import { type Decoded, decoded, faulty } from '../wire/decoded.ts'
import type { MacAddress } from '../wire/mac-address.ts'
import { OctetReader } from '../wire/octet-reader.ts'

export const DRAFT_VDP_SUBTYPE = 2
export const DRAFT_VDP_CLAUSE = '802.1Qbg draft 0.2, VDP TLV'
export const DRAFT_VDP_FIXED_LENGTH = 26
export const DRAFT_ENTRY_LENGTH = 8
/** The one filter format in use: MAC/VLAN. */
export const DRAFT_MAC_VLAN = 2
export const MAX_DRAFT_MODE = 3
export const MAX_DRAFT_RESPONSE = 6

export const DRAFT_VDP_MODES = { preassociate: 0, preassociateRr: 1, associate: 2, deassociate: 3 } as const

export interface DraftFilterEntry {
  readonly mac: MacAddress
  readonly vlan: number
}

export interface DraftAssociationTlv {
  readonly mode: number
  /** 0 in requests; there is no bit that tells a request from a response. */
  readonly response: number
  readonly managerId: number
  readonly typeId: number
  readonly typeVersion: number
  /** UUID, 32 hexadecimal digits. */
  readonly instanceId: string
  readonly entries: readonly DraftFilterEntry[]
}

/** Decodes the octets after OUI and subtype. Offsets in faults count from there. */
export function decodeDraftAssociationTlv(data: Uint8Array): Decoded<DraftAssociationTlv> {
  if (data.length < DRAFT_VDP_FIXED_LENGTH) return faulty('association-too-short', 0, DRAFT_VDP_CLAUSE)
  const reader = new OctetReader(data)
  const fixed = {
    mode: reader.uint8(),
    response: reader.uint8(),
    managerId: reader.uint8(),
    typeId: reader.uint24(),
    typeVersion: reader.uint8(),
    instanceId: reader.hex(16),
  }
  if (fixed.mode > MAX_DRAFT_MODE) return faulty('vdp-mode', 0, DRAFT_VDP_CLAUSE)
  if (fixed.response > MAX_DRAFT_RESPONSE) return faulty('vdp-response', 1, DRAFT_VDP_CLAUSE)
  if (reader.uint8() !== DRAFT_MAC_VLAN) return faulty('filter-format', 23, DRAFT_VDP_CLAUSE)
  const count = reader.uint16()
  if (count === 0 || count * DRAFT_ENTRY_LENGTH !== reader.remaining)
    return faulty('filter-count', 24, DRAFT_VDP_CLAUSE)
  const entries = Array.from({ length: count }, () => ({ mac: reader.mac(), vlan: reader.uint16() & 0xfff }))
  return decoded({ ...fixed, entries })
}
