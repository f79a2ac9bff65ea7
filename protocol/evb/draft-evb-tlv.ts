/**
 * EVB TLV of draft 0.2, organisationally specific TLV 00-1B-3F subtype 0. Source: reference.md 2.8. For reading only.
 *
 *     0 smode | 1 scap | 2 cmode | 3 ccap | 4-5 svsi | 6-7 cvsi | 8 rte
 *
 *     modes         7 standard bridging | 6 reflective relay
 *     capabilities  2 RTE | 1 ECP | 0 VDP
 */
import { type Decoded, decoded, faulty } from '../wire/decoded.ts'
import { OctetReader } from '../wire/octet-reader.ts'

export const DRAFT_OUI = '001b3f'
export const DRAFT_EVB_SUBTYPE = 0
export const DRAFT_EVB_DATA_LENGTH = 9
export const DRAFT_EVB_CLAUSE = '802.1Qbg draft 0.2, EVB TLV'

export const DRAFT_FORWARDING = { standard: 0x80, reflectiveRelay: 0x40 } as const
export const DRAFT_CAPABILITIES = { rte: 0x04, ecp: 0x02, vdp: 0x01 } as const

/** Modes and capabilities as they are on the wire. */
export interface DraftEvbTlv {
  readonly supportedModes: number
  readonly supportedCapabilities: number
  readonly configuredMode: number
  readonly configuredCapabilities: number
  readonly supportedVsis: number
  readonly configuredVsis: number
  readonly rte: number
}

/** Decodes the octets after OUI and subtype. A fault unless there are exactly nine. */
export function decodeDraftEvbTlv(data: Uint8Array): Decoded<DraftEvbTlv> {
  if (data.length !== DRAFT_EVB_DATA_LENGTH) return faulty('evb-length', 0, DRAFT_EVB_CLAUSE)
  const reader = new OctetReader(data)
  return decoded({
    supportedModes: reader.uint8(),
    supportedCapabilities: reader.uint8(),
    configuredMode: reader.uint8(),
    configuredCapabilities: reader.uint8(),
    supportedVsis: reader.uint16(),
    configuredVsis: reader.uint16(),
    rte: reader.uint8(),
  })
}
