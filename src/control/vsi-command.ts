/** From a request of the API to the engine's `VsiCommand`, and the parameters of a command back to JSON. */
import type { VsiCommand } from '../../protocol/engine/input.ts'
import {
  ASSOCIATION_TYPES,
  type AssociationType,
  fitsAssociationTlv,
} from '../../protocol/vdp/association-tlv.ts'
import { formatManagerId } from '../../protocol/vdp/manager-id-tlv.ts'
import { ITEM_SPACE, itemSize } from '../../protocol/vdp/ulpdu.ts'
import { formatFilter } from './filter-text.ts'
import { type Parsed, parsed, unparsable } from './parsed.ts'
import type { Parameters } from './schema/vsi.ts'
import type { AssociateRequest, Mode } from './schema/vsi-request.ts'

const TYPES: Readonly<Record<Mode, AssociationType>> = {
  associate: ASSOCIATION_TYPES.associate,
  preassociate: ASSOCIATION_TYPES.preassociate,
  'preassociate-rr': ASSOCIATION_TYPES.preassociateRr,
  deassociate: ASSOCIATION_TYPES.deassociate,
}

const MODE_OF = Object.fromEntries(Object.entries(TYPES).map(([mode, type]) => [type, mode])) as Readonly<
  Record<AssociationType, Mode>
>

export function modeOf(type: AssociationType): Mode {
  return MODE_OF[type]
}

/** The command a validated request stands for, or why no frame can carry it. */
export function toVsiCommand(request: AssociateRequest): Parsed<VsiCommand> {
  const { mode, id, typeId, typeVersion, managerId, filter, hint } = request
  const organizational = request.organizational.map(({ oui, data }) => ({
    oui: oui.toLowerCase(),
    data: data.toLowerCase(),
  }))
  if (!fitsAssociationTlv(filter)) {
    return unparsable(
      `filter: ${filter.entries.length} entries do not fit one VSI TLV (at most 243 of VID, 60 of MAC/VID, 81 of group:ID/VID, 40 of group:ID/MAC/VID)`,
    )
  }
  const association = { type: TYPES[mode], status: 0, typeId, typeVersion, vsiId: id, filter }
  const size = itemSize({ association, organizational })
  if (size > ITEM_SPACE) {
    return unparsable(`the request takes ${size} octets; filter and organisation TLVs may take ${ITEM_SPACE}`)
  }
  return parsed({
    type: TYPES[mode],
    vsiId: id,
    managerId,
    typeId,
    typeVersion,
    filter,
    hint,
    organizational,
  })
}

export function toParameters(command: VsiCommand): Parameters {
  const { type, typeId, typeVersion, managerId, filter, hint, organizational } = command
  return {
    mode: modeOf(type),
    typeId,
    typeVersion,
    managerId: formatManagerId(managerId),
    filter: formatFilter(filter),
    hint,
    organizational: organizational.map(({ oui, data }) => ({ oui, data })),
  }
}
