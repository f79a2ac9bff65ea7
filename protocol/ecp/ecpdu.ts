/**
 * ECPDU: the header of the Edge Control Protocol and its ULPDU. Source: 802.1Q-2018 §43.2.
 *
 *     octets 0-1   15-12 version (1) | 11-10 op | 9-0 subtype
 *     octets 2-3   sequence number
 *     octets 4-    ULPDU of a request; nothing (padding) in an acknowledgement
 */
import { type Decoded, decoded, faulty } from '../wire/decoded.ts'
import { OctetWriter } from '../wire/octet-writer.ts'

export const ECP_VERSION = 1
export const ECP_OPS = { request: 0, acknowledge: 1 } as const
export type EcpOp = (typeof ECP_OPS)[keyof typeof ECP_OPS]
export const ECP_SUBTYPES = { vdp: 1, pecsp: 2 } as const
export type EcpSubtype = (typeof ECP_SUBTYPES)[keyof typeof ECP_SUBTYPES]
export const ECP_HEADER_LENGTH = 4

export interface EcpHeader {
  readonly op: EcpOp
  readonly subtype: EcpSubtype
  /** 0 to 65535. */
  readonly sequence: number
}

/** Decodes the header at `start`. Frames it refuses are dropped without acknowledgement. */
export function decodeEcpHeader(octets: Uint8Array, start = 0): Decoded<EcpHeader> {
  if (octets.length - start < ECP_HEADER_LENGTH) {
    return faulty('frame-too-short', octets.length, '802.1Q-2018 §43.2')
  }
  const word = (octets[start]! << 8) | octets[start + 1]!
  const op = (word >>> 10) & 3
  const subtype = word & 0x3ff
  if (word >>> 12 !== ECP_VERSION) return faulty('ecp-version', start, '802.1Q-2018 §43.2')
  if (op > ECP_OPS.acknowledge) return faulty('ecp-operation', start, '802.1Q-2018 §43.2')
  if (subtype !== ECP_SUBTYPES.vdp && subtype !== ECP_SUBTYPES.pecsp) {
    return faulty('ecp-subtype', start, '802.1Q-2018 §43.2')
  }
  const sequence = (octets[start + 2]! << 8) | octets[start + 3]!
  return decoded({ op: op as EcpOp, subtype, sequence })
}

/** The ECPDU with `ulpdu` after the header. Throws RangeError when the sequence number does not fit. */
export function encodeEcpdu(
  { op, subtype, sequence }: EcpHeader,
  ulpdu: Uint8Array = new Uint8Array(),
): Uint8Array {
  return new OctetWriter(ECP_HEADER_LENGTH + ulpdu.length)
    .uint16((ECP_VERSION << 12) | (op << 10) | subtype)
    .uint16(sequence)
    .bytes(ulpdu)
    .finish()
}
