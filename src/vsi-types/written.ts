/** A VSI type as it is written in a file, sent by a manager and shown: the inverse of its schema. */
import { formatManagerId } from '../../protocol/vdp/manager-id-tlv.ts'
import type { VsiTypeEntry, VsiTypeInput } from '../control/schema/vsi-type.ts'
import { formatMoment, formatRate, formatVidRange } from '../control/vsi-type-text.ts'

export function toWritten(entry: VsiTypeEntry): VsiTypeInput {
  const { manager, vlans, bandwidth, validFrom, validUntil, ...same } = entry
  return {
    ...same,
    ...(manager !== undefined && { manager: formatManagerId(manager) }),
    ...(vlans && { vlans: vlans.map(formatVidRange) }),
    ...(bandwidth && { bandwidth: { ...bandwidth, rate: formatRate(bandwidth.rate) } }),
    ...(validFrom !== undefined && { validFrom: formatMoment(validFrom) }),
    ...(validUntil !== undefined && { validUntil: formatMoment(validUntil) }),
  }
}
