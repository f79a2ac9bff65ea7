/**
 * The LLDPDU: chassis ID, port ID and time to live, then optional TLVs, then the End TLV.
 * Source: 802.1AB-2016 §8.2, §8.5, and §9.2.7.7 for the order in which a received one is validated.
 *
 * A fault in the mandatory part discards the LLDPDU; a fault behind it costs one TLV. Nothing is acted on here:
 * an LLDPDU is decoded completely before anybody sees a part of it.
 */
import { type Decoded, decoded, type Fault, faulty } from '../wire/decoded.ts'
import { OctetReader } from '../wire/octet-reader.ts'
import { OctetWriter } from '../wire/octet-writer.ts'
import { type TlvSpan, type TlvWalk, walkTlvs, writeTlvHeader } from '../wire/tlv.ts'
import { CHASSIS_ID_TLV, type ChassisId } from './chassis-id.ts'
import {
  type Identifier,
  MAX_IDENTIFIER_LENGTH,
  MIN_IDENTIFIER_LENGTH,
  readIdentifier,
  writeIdentifier,
} from './identifier.ts'
import { decodeOptionalTlvs, type OptionalTlvs, writeOptionalTlvs } from './optional-tlvs.ts'
import type { RecognizedTlv } from './organizational.ts'
import { PORT_ID_TLV, type PortId } from './port-id.ts'

export const TTL_TLV = 3
export const TTL_LENGTH = 2
export const MAX_TTL = 65535
export const MAX_LLDPDU_LENGTH = 1500

export interface Lldpdu extends OptionalTlvs {
  readonly chassisId: ChassisId
  readonly portId: PortId
  /** Seconds, 0 to 65535; 0 says goodbye. */
  readonly ttl: number
}

export interface ReceivedLldpdu {
  readonly lldpdu: Lldpdu
  /** One for each TLV that was discarded; the others stand. Offsets count from the start of the octets. */
  readonly faults: readonly Fault[]
  /** TLVs kept without knowing what they mean. */
  readonly unrecognizedTlvs: number
  /** Where the LLDPDU ends: what follows is padding. */
  readonly end: number
}

export const NO_OPTIONAL_TLVS: OptionalTlvs = { managementAddresses: [], organizational: [], unknown: [] }

const CLAUSE = '802.1AB-2016 §9.2.7.7'

/**
 * The LLDPDU in `octets` from `start` on. `recognized` are the organisational TLVs that are acted on: see there.
 * With TTL 0 the other TLVs are not looked at.
 */
export function decodeLldpdu(
  octets: Uint8Array,
  start: number,
  recognized: readonly RecognizedTlv[] = [],
): Decoded<ReceivedLldpdu> {
  const walk = walkTlvs(octets, start)
  const fault = findMandatoryFault(walk) ?? findRepetition(walk.tlvs)
  if (fault) return { ok: false, fault }
  const [chassis, port, ttl] = walk.tlvs as [TlvSpan, TlvSpan, TlvSpan]
  const mandatory = {
    chassisId: identifierAt(octets, chassis),
    portId: identifierAt(octets, port),
    ttl: new OctetReader(octets, ttl.offset).uint16(),
  }
  const end = walk.end.offset
  if (mandatory.ttl === 0) {
    return decoded({ lldpdu: { ...mandatory, ...NO_OPTIONAL_TLVS }, faults: [], unrecognizedTlvs: 0, end })
  }
  const { tlvs, faults, unrecognized } = decodeOptionalTlvs(octets, walk.tlvs.slice(3), recognized)
  return decoded({
    lldpdu: { ...mandatory, ...tlvs },
    faults: [...faults, ...truncation(walk)],
    unrecognizedTlvs: unrecognized,
    end,
  })
}

/** The octets of an LLDPDU with its End TLV. Throws RangeError for a value that does not fit, or beyond 1500. */
export function encodeLldpdu(lldpdu: Lldpdu): Uint8Array {
  const writer = new OctetWriter(128)
  writeIdentifier(writer, CHASSIS_ID_TLV, lldpdu.chassisId)
  writeIdentifier(writer, PORT_ID_TLV, lldpdu.portId)
  writeTlvHeader(writer, TTL_TLV, TTL_LENGTH).uint16(lldpdu.ttl)
  writeOptionalTlvs(writer, lldpdu)
  writer.uint16(0)
  if (writer.length > MAX_LLDPDU_LENGTH) throw new RangeError(`LLDPDU of ${writer.length} octets`)
  return writer.finish()
}

/** The first of the three mandatory TLVs that is missing, misplaced or of an impossible length. */
function findMandatoryFault(walk: TlvWalk): Fault | undefined {
  const rules = [
    {
      type: CHASSIS_ID_TLV,
      min: MIN_IDENTIFIER_LENGTH,
      max: MAX_IDENTIFIER_LENGTH,
      code: 'chassis-id-invalid',
    },
    { type: PORT_ID_TLV, min: MIN_IDENTIFIER_LENGTH, max: MAX_IDENTIFIER_LENGTH, code: 'port-id-invalid' },
    { type: TTL_TLV, min: TTL_LENGTH, max: 511, code: 'ttl-invalid' },
  ] as const
  for (const [index, { type, min, max, code }] of rules.entries()) {
    const tlv = walk.tlvs[index]
    if (!tlv) return missing(walk)
    if (tlv.type !== type) return { code: 'tlv-order', offset: tlv.start, clause: CLAUSE }
    if (tlv.length < min || tlv.length > max) return { code, offset: tlv.start, clause: CLAUSE }
  }
  return undefined
}

/** The octets, or the TLVs before the End TLV, ran out within the mandatory part. */
function missing({ end }: TlvWalk): Fault {
  return {
    code: end.kind === 'truncated' ? 'tlv-truncated' : 'tlv-order',
    offset: end.offset,
    clause: CLAUSE,
  }
}

/** A mandatory TLV where an optional one belongs. */
function findRepetition(tlvs: readonly TlvSpan[]): Fault | undefined {
  const repeated = tlvs.slice(3).find((tlv) => tlv.type <= TTL_TLV)
  return repeated && faulty('tlv-repeated', repeated.start, CLAUSE).fault
}

/** The TLV that runs past the end of the frame, as the fault it is. */
function truncation({ end }: TlvWalk): Fault[] {
  return end.kind === 'truncated' ? [{ code: 'tlv-truncated', offset: end.offset, clause: CLAUSE }] : []
}

function identifierAt(octets: Uint8Array, span: TlvSpan): Identifier {
  return readIdentifier(new OctetReader(octets, span.offset), span.length)
}
