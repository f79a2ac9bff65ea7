/**
 * ECPDU of draft 0.2, in the OUI-extended EtherType 88-B7. Source: reference.md 4.7. For reading only.
 *
 *     0-2 OUI 00-1B-3F | 3-4 protocol 0 | 5 subtype 0 | 6 mode | 7-8 sequence number | 9- VDP TLVs, End TLV
 *
 * An acknowledgement has the length of the request and zeros for its TLVs.
 */
import { type Decoded, decoded, faulty } from '../wire/decoded.ts'

export const ETHERTYPE_OUI_EXTENDED = 0x88b7
export const DRAFT_ECP_OUI = 0x001b3f
export const DRAFT_ECP_HEADER_LENGTH = 9
export const DRAFT_ECP_CLAUSE = '802.1Qbg draft 0.2, ECP'
export const DRAFT_ECP_MODES = { request: 0, acknowledge: 1 } as const

export interface DraftEcpHeader {
  readonly mode: 0 | 1
  readonly sequence: number
}

/** Whether `octets` at `start`, after EtherType 88-B7, are the draft's: others extend this EtherType as well. */
export function isDraftEcp(octets: Uint8Array, start: number): boolean {
  return octets[start] === 0x00 && octets[start + 1] === 0x1b && octets[start + 2] === 0x3f
}

export function decodeDraftEcpHeader(octets: Uint8Array, start = 0): Decoded<DraftEcpHeader> {
  if (octets.length - start < DRAFT_ECP_HEADER_LENGTH)
    return faulty('frame-too-short', octets.length, DRAFT_ECP_CLAUSE)
  if ((octets[start + 3]! | octets[start + 4]! | octets[start + 5]!) !== 0)
    return faulty('ecp-subtype', start + 3, DRAFT_ECP_CLAUSE)
  const mode = octets[start + 6]!
  if (mode !== DRAFT_ECP_MODES.request && mode !== DRAFT_ECP_MODES.acknowledge)
    return faulty('ecp-operation', start + 6, DRAFT_ECP_CLAUSE)
  return decoded({ mode, sequence: (octets[start + 7]! << 8) | octets[start + 8]! })
}
