/**
 * VSI TLV: Pre-Associate, Pre-Associate RR, Associate, De-Associate. Source: 802.1Q-2018 §41.1, §41.2.
 *
 *      0- 1  type | length = 25 + entries x size
 *      2     status
 *      3- 5  VSI type ID
 *      6     VSI type version
 *      7     VSIID format
 *      8-23  VSIID
 *     24     filter info format
 *     25-26  number of entries
 *     27-..  entries
 */
import { type Decoded, decoded, type Fault, faulty } from '../wire/decoded.ts'
import { OctetReader } from '../wire/octet-reader.ts'
import type { OctetWriter } from '../wire/octet-writer.ts'
import { MAX_TLV_LENGTH, type TlvSpan, writeTlvHeader } from '../wire/tlv.ts'
import {
  entrySize,
  type FilterInfo,
  isFilterFormat,
  readFilterEntries,
  writeFilterInfo,
} from './filter-info.ts'
import type { VsiId } from './vsi-id.ts'

export const ASSOCIATION_TYPES = { preassociate: 1, preassociateRr: 2, associate: 3, deassociate: 4 } as const
export type AssociationType = (typeof ASSOCIATION_TYPES)[keyof typeof ASSOCIATION_TYPES]

/** Octets before the entries, header not counted. */
export const ASSOCIATION_FIXED_LENGTH = 25

export interface AssociationTlv {
  readonly type: AssociationType
  /** The status octet, see `status.ts`. */
  readonly status: number
  /** 24 bits. With `typeVersion` and the manager ID it names the port profile. */
  readonly typeId: number
  readonly typeVersion: number
  readonly vsiId: VsiId
  readonly filter: FilterInfo
}

/** A VSI TLV whose fixed part can be read and whose filter cannot: enough to refuse it, or to end a VSI, by name. */
export interface UnreadableAssociation {
  readonly fault: Fault
  readonly type: AssociationType
  readonly status: number
  readonly typeId: number
  readonly typeVersion: number
  readonly vsiId: VsiId
  /** The whole TLV, header included, for the refusal that repeats it. */
  readonly octets: Uint8Array
}

export type DecodedAssociation =
  | Decoded<AssociationTlv>
  | { readonly ok: false; readonly fault: Fault; readonly unreadable: UnreadableAssociation }

export function isAssociationType(type: number): type is AssociationType {
  return type >= 1 && type <= 4
}

/** Length of the TLV with its header. */
export function associationTlvSize({ format, entries }: FilterInfo): number {
  return 2 + ASSOCIATION_FIXED_LENGTH + entries.length * entrySize(format)
}

/** True when the filter fits one TLV: 243, 60, 81 or 40 entries for formats 1 to 4. */
export function fitsAssociationTlv(filter: FilterInfo): boolean {
  return associationTlvSize(filter) <= 2 + MAX_TLV_LENGTH
}

/** Decodes the TLV at `span`. Its content (VIDs, addresses) is checked by `checkFilterInfo`, not here. */
export function decodeAssociationTlv(octets: Uint8Array, span: TlvSpan): DecodedAssociation {
  if (span.length < ASSOCIATION_FIXED_LENGTH)
    return faulty('association-too-short', span.start, '802.1Q-2018 §41.2')
  const reader = new OctetReader(octets, span.offset, span.offset + span.length)
  const fixed = {
    type: span.type as AssociationType,
    status: reader.uint8(),
    typeId: reader.uint24(),
    typeVersion: reader.uint8(),
    vsiId: { format: reader.uint8(), value: reader.hex(16) },
  }
  const formatOffset = reader.offset
  const format = reader.uint8()
  const count = reader.uint16()
  const unreadable = (code: 'filter-format' | 'filter-count', offset: number, clause: string) => {
    const { fault } = faulty(code, offset, clause)
    const tlv = octets.slice(span.start, span.offset + span.length)
    return { ok: false as const, fault, unreadable: { fault, ...fixed, octets: tlv } }
  }
  if (!isFilterFormat(format)) return unreadable('filter-format', formatOffset, '802.1Q-2018 §41.2.8')
  if (count === 0 || count * entrySize(format) !== reader.remaining) {
    return unreadable('filter-count', formatOffset + 1, '802.1Q-2018 §41.2.9')
  }
  return decoded({ ...fixed, filter: { format, entries: readFilterEntries(reader, format, count) } })
}

/** Appends the TLV. Throws RangeError when a field is out of range or the filter does not fit. */
export function writeAssociationTlv(writer: OctetWriter, tlv: AssociationTlv): void {
  writeTlvHeader(writer, tlv.type, associationTlvSize(tlv.filter) - 2)
  writer.uint8(tlv.status).uint24(tlv.typeId).uint8(tlv.typeVersion)
  writer.uint8(tlv.vsiId.format).hex(tlv.vsiId.value)
  writeFilterInfo(writer, tlv.filter)
}
