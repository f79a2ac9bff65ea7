/**
 * CDCP TLV, organisationally specific TLV 00-80-C2 subtype 0x0E. Source: 802.1Q-2018 §D.2.13, reference.md 3.2.
 *
 *     0-3   31 Role | 30-28 reserved | 27 SComp | 26-12 reserved | 11-0 ChnCap
 *     4-    entries: 23-12 SCID | 11-0 SVID; the first is the default channel (1, 1)
 *
 * Here only octets and fields. Nobody runs CDCP yet.
 */
import { type Decoded, decoded, faulty } from '../wire/decoded.ts'
import { OctetReader } from '../wire/octet-reader.ts'

export const CDCP_OUI = '0080c2'
export const CDCP_SUBTYPE = 0x0e
export const CDCP_CLAUSE = '802.1Q-2018 §D.2.13'
export const CDCP_FIXED_LENGTH = 4
export const CDCP_ENTRY_LENGTH = 3
/** SCID 1 with SVID 1: the untagged channel that always exists. */
export const DEFAULT_CHANNEL = 0x001001
export const CDCP_ROLES = { bridge: 0, station: 1 } as const

export interface SChannel {
  readonly scid: number
  /** 0: a station asks for one. */
  readonly svid: number
}

export interface CdcpTlv {
  readonly role: 'bridge' | 'station'
  /** There is an S-component: S-channels are possible. */
  readonly scomp: boolean
  /** How many S-channels the sender supports, the default one included. */
  readonly chnCap: number
  /** The default channel first. */
  readonly channels: readonly SChannel[]
}

/** True for the length of at least one entry and no part of one. */
export function isCdcpLength(length: number): boolean {
  const entries = length - CDCP_FIXED_LENGTH
  return entries >= CDCP_ENTRY_LENGTH && entries % CDCP_ENTRY_LENGTH === 0
}

/** Decodes the octets after OUI and subtype; reserved bits are ignored. */
export function decodeCdcpTlv(data: Uint8Array): Decoded<CdcpTlv> {
  if (!isCdcpLength(data.length)) return faulty('cdcp-length', 0, CDCP_CLAUSE)
  const reader = new OctetReader(data)
  const word = reader.uint32()
  const channels: SChannel[] = []
  while (reader.remaining > 0) {
    const entry = reader.uint24()
    if (channels.length === 0 && entry !== DEFAULT_CHANNEL)
      return faulty('cdcp-default-channel', CDCP_FIXED_LENGTH, CDCP_CLAUSE)
    channels.push({ scid: entry >>> 12, svid: entry & 0xfff })
  }
  return decoded({
    role: word >>> 31 === CDCP_ROLES.station ? 'station' : 'bridge',
    scomp: (word & 0x08000000) !== 0,
    chnCap: word & 0xfff,
    channels,
  })
}
