/**
 * EVB TLV, organisationally specific TLV 00-80-C2 subtype 0x0D. Source: 802.1Q-2018 §D.2.12.
 *
 *     0  bridge status   7-3 reserved | 2 BGID | 1 RRCAP | 0 RRCTR
 *     1  station status  7-4 reserved | 3 SGID | 2 RRREQ | 1-0 RRSTAT
 *     2  7-5 R | 4-0 RTE
 *     3  7-6 mode | 5 ROL | 4-0 RWD
 *     4  7-6 reserved | 5 ROL | 4-0 RKA
 *
 * Here only octets and fields; who fills what is in `negotiation.ts`.
 */
import { type Decoded, decoded, faulty } from '../wire/decoded.ts'
import { OctetReader } from '../wire/octet-reader.ts'
import { OctetWriter } from '../wire/octet-writer.ts'

export const EVB_OUI = '0080c2'
export const EVB_SUBTYPE = 0x0d
/** Octets after OUI and subtype. */
export const EVB_DATA_LENGTH = 5

export const EVB_MODES = { notSupported: 0, bridge: 1, station: 2, nvo3: 3 } as const
export type EvbMode = (typeof EVB_MODES)[keyof typeof EVB_MODES]

/** RRSTAT: how a station sees RRCTR. 2 and 3 both mean unknown; 3 is sent. */
export const RRSTAT = { off: 0, on: 1, unknown: 3 } as const

export interface EvbBridgeStatus {
  readonly bgid: boolean
  readonly rrcap: boolean
  readonly rrctr: boolean
}

export interface EvbStationStatus {
  readonly sgid: boolean
  readonly rrreq: boolean
  /** 0 to 3 as received. */
  readonly rrstat: number
}

export interface EvbTlv {
  readonly bridge: EvbBridgeStatus
  readonly station: EvbStationStatus
  readonly r: number
  readonly rte: number
  readonly mode: EvbMode
  /** The sender operates on its partner's RWD. */
  readonly rwdRemote: boolean
  readonly rwd: number
  /** The sender operates on its partner's RKA. */
  readonly rkaRemote: boolean
  readonly rka: number
}

export const NO_BRIDGE_STATUS: EvbBridgeStatus = { bgid: false, rrcap: false, rrctr: false }
export const NO_STATION_STATUS: EvbStationStatus = { sgid: false, rrreq: false, rrstat: RRSTAT.off }

/** Decodes the octets after OUI and subtype; reserved bits are ignored. A fault unless there are exactly five. */
export function decodeEvbTlv(data: Uint8Array): Decoded<EvbTlv> {
  if (data.length !== EVB_DATA_LENGTH) return faulty('evb-length', 0, '802.1Q-2018 §D.2.12')
  const reader = new OctetReader(data)
  const bridge = reader.uint8()
  const station = reader.uint8()
  const retry = reader.uint8()
  const wait = reader.uint8()
  const keepAlive = reader.uint8()
  return decoded({
    bridge: { bgid: (bridge & 4) !== 0, rrcap: (bridge & 2) !== 0, rrctr: (bridge & 1) !== 0 },
    station: { sgid: (station & 8) !== 0, rrreq: (station & 4) !== 0, rrstat: station & 3 },
    r: retry >>> 5,
    rte: retry & 0x1f,
    mode: (wait >>> 6) as EvbMode,
    rwdRemote: (wait & 0x20) !== 0,
    rwd: wait & 0x1f,
    rkaRemote: (keepAlive & 0x20) !== 0,
    rka: keepAlive & 0x1f,
  })
}

/** The five octets after OUI and subtype, reserved bits zero. Throws RangeError when a number does not fit. */
export function encodeEvbTlv(tlv: EvbTlv): Uint8Array {
  const { bridge, station, r, rte, mode, rwd, rka } = tlv
  if (r > 7 || rte > 31 || rwd > 31 || rka > 31 || station.rrstat > 3)
    throw new RangeError('EVB value out of range')
  return new OctetWriter(EVB_DATA_LENGTH)
    .uint8((bridge.bgid ? 4 : 0) | (bridge.rrcap ? 2 : 0) | (bridge.rrctr ? 1 : 0))
    .uint8((station.sgid ? 8 : 0) | (station.rrreq ? 4 : 0) | station.rrstat)
    .uint8((r << 5) | rte)
    .uint8((mode << 6) | (tlv.rwdRemote ? 0x20 : 0) | rwd)
    .uint8((tlv.rkaRemote ? 0x20 : 0) | rka)
    .finish()
}
