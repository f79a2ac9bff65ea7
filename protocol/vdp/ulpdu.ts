/**
 * The ULPDU of VDP: one manager ID TLV, VSI TLVs of that manager with their organisation TLVs, an End TLV.
 * Source: 802.1Q-2018 §41.1. A receiver takes it as a whole or not at all; TLVs of unknown type are skipped.
 */
import { type Decoded, decoded, type Fault, faulty } from '../wire/decoded.ts'
import { OctetReader } from '../wire/octet-reader.ts'
import { OctetWriter } from '../wire/octet-writer.ts'
import { ORGANIZATIONAL_TLV, type TlvSpan, walkTlvs } from '../wire/tlv.ts'
import {
  type AssociationTlv,
  associationTlvSize,
  decodeAssociationTlv,
  isAssociationType,
  type UnreadableAssociation,
  writeAssociationTlv,
} from './association-tlv.ts'
import {
  MANAGER_ID_LENGTH,
  MANAGER_ID_TLV,
  MANAGER_ID_TLV_SIZE,
  type ManagerId,
  writeManagerIdTlv,
} from './manager-id-tlv.ts'
import {
  type OrganizationalTlv,
  organizationalTlvSize,
  readOrganizationalTlv,
  writeOrganizationalTlv,
} from './organizational-tlv.ts'

/** 1500 octets of Ethernet payload less the ECP header. Source: 802.1Q-2018 §43. */
export const MAX_ULPDU_LENGTH = 1496
const END_TLV_SIZE = 2

/** Nearly every VSI TLV comes alone. */
const NO_ORGANIZATIONAL: readonly OrganizationalTlv[] = []

/** One VSI TLV and the organisation TLVs that follow it. */
export interface VsiItem {
  readonly association: AssociationTlv
  readonly organizational: readonly OrganizationalTlv[]
}

/** A VSI TLV to be repeated octet for octet, in answer to one that could not be read. */
export interface VerbatimItem {
  readonly octets: Uint8Array
}

export interface ReceivedUlpdu {
  readonly managerId: ManagerId
  /** In the order of the ULPDU. */
  readonly items: readonly (VsiItem | UnreadableAssociation)[]
  /** TLVs that were skipped although their type is known. */
  readonly faults: readonly Fault[]
  /** TLVs of reserved type, or organisation TLVs before any VSI TLV. */
  readonly unrecognized: number
  /** The sender wrote an End TLV. lldpad never does. */
  readonly endTlv: boolean
}

/** Decodes `octets[start, ...)`; offsets in faults count from the beginning of `octets`. */
export function decodeUlpdu(octets: Uint8Array, start = 0): Decoded<ReceivedUlpdu> {
  const { tlvs, end } = walkTlvs(octets, start)
  if (end.kind === 'truncated') return faulty('tlv-truncated', end.offset, '802.1Q-2018 §41.1')
  const invalid = checkManagerIdTlvs(tlvs, start)
  if (invalid !== undefined) return { ok: false, fault: invalid }
  const managerId = new OctetReader(octets, tlvs[0]!.offset).hex(MANAGER_ID_LENGTH)
  return decoded({ managerId, endTlv: end.kind === 'end-tlv', ...readItems(octets, tlvs.slice(1)) })
}

function checkManagerIdTlvs(tlvs: readonly TlvSpan[], start: number): Fault | undefined {
  const [first] = tlvs
  if (first?.type !== MANAGER_ID_TLV) {
    return faulty('ulpdu-without-manager-id', first?.start ?? start, '802.1Q-2018 §41.1.3').fault
  }
  const second = tlvs.find(({ type }, index) => type === MANAGER_ID_TLV && index > 0)
  if (second !== undefined)
    return faulty('ulpdu-second-manager-id', second.start, '802.1Q-2018 §41.1.3').fault
  if (first.length === MANAGER_ID_LENGTH) return undefined
  return faulty('manager-id-length', first.start, '802.1Q-2018 §41.1.3').fault
}

function readItems(octets: Uint8Array, tlvs: readonly TlvSpan[]) {
  const items: (VsiItem | UnreadableAssociation)[] = []
  const faults: Fault[] = []
  let unrecognized = 0
  let item: { association: AssociationTlv; organizational: readonly OrganizationalTlv[] } | undefined
  for (const span of tlvs) {
    if (isAssociationType(span.type)) {
      const result = decodeAssociationTlv(octets, span)
      item = result.ok ? { association: result.value, organizational: NO_ORGANIZATIONAL } : undefined
      if (item) items.push(item)
      if (!result.ok) faults.push(result.fault)
      if (!result.ok && 'unreadable' in result) items.push(result.unreadable)
    } else {
      const reader = new OctetReader(octets, span.offset, span.offset + span.length)
      const own = span.type === ORGANIZATIONAL_TLV ? readOrganizationalTlv(reader, span.length) : undefined
      if (own !== undefined && item !== undefined) item.organizational = [...item.organizational, own]
      else unrecognized++
    }
  }
  return { items, faults, unrecognized }
}

/** Octets that `item` takes in a ULPDU. */
export function itemSize(item: VsiItem | VerbatimItem): number {
  if ('octets' in item) return item.octets.length
  const own = item.organizational.reduce((sum, tlv) => sum + organizationalTlvSize(tlv), 0)
  return associationTlvSize(item.association.filter) + own
}

/** Octets of a ULPDU with these items. */
export function ulpduSize(items: readonly (VsiItem | VerbatimItem)[]): number {
  return items.reduce((sum, item) => sum + itemSize(item), MANAGER_ID_TLV_SIZE + END_TLV_SIZE)
}

/** Room for items in one ULPDU. */
export const ITEM_SPACE = MAX_ULPDU_LENGTH - ulpduSize([])

/** A ULPDU with its End TLV. Throws RangeError when it does not fit. */
export function encodeUlpdu(managerId: ManagerId, items: readonly (VsiItem | VerbatimItem)[]): Uint8Array {
  const writer = new OctetWriter(MAX_ULPDU_LENGTH)
  writeManagerIdTlv(writer, managerId)
  for (const item of items) {
    if ('octets' in item) writer.bytes(item.octets)
    else {
      writeAssociationTlv(writer, item.association)
      for (const tlv of item.organizational) writeOrganizationalTlv(writer, tlv)
    }
  }
  writer.uint16(0)
  if (writer.length > MAX_ULPDU_LENGTH) throw new RangeError(`ULPDU of ${writer.length} octets`)
  return writer.finish()
}
