/**
 * Whether a VSI TLV from the bridge answers a station's request, and what it says.
 * Source: 802.1Q-2018 §41.5 (procedure RxResp), §41.2.9; reference.md 5.9.
 */
import type { AssociationTlv } from './association-tlv.ts'
import { ASSOCIATION_TYPES } from './association-tlv.ts'
import type { VsiCommand } from './command.ts'
import { isFilledIn } from './filter-info.ts'
import type { ManagerId } from './manager-id-tlv.ts'
import { decodeResponseStatus, isResponse } from './status.ts'

/**
 * granted        success; the filter is the request's with the open fields filled in
 * kept           refused with Keep
 * refused        an error without Keep
 * deassociated   a De-Associate, asked for or not
 * mismatch       an answer to this request whose filter is not what was asked
 * unrelated      not an answer to this request: to be ignored
 */
export type ResponseVerdict = 'granted' | 'kept' | 'refused' | 'deassociated' | 'mismatch' | 'unrelated'

/** A TLV of the bridge, perhaps one whose filter cannot be read: that a VSI ends is said without it. */
export type BridgeTlv = AssociationTlv | (Omit<AssociationTlv, 'filter'> & { readonly filter?: never })

/** `request` is what the VSI waits on, or has in force. The VSIID is known to be equal. */
export function judgeResponse(request: VsiCommand, managerId: ManagerId, tlv: BridgeTlv): ResponseVerdict {
  const deassociate = tlv.type === ASSOCIATION_TYPES.deassociate
  if (!isResponse(tlv.status)) return deassociate ? 'deassociated' : 'unrelated'
  const sameProfile = request.typeId === tlv.typeId && request.typeVersion === tlv.typeVersion
  if (!sameProfile || request.managerId !== managerId) return 'unrelated'
  if (deassociate) return 'deassociated'
  if (tlv.type !== request.type || tlv.filter === undefined) return 'unrelated'
  if (tlv.filter.format !== request.filter.format) return 'unrelated'
  if (!isFilledIn(request.filter, tlv.filter)) return 'mismatch'
  const { error, keep } = decodeResponseStatus(tlv.status)
  return error === 0 ? 'granted' : keep ? 'kept' : 'refused'
}
