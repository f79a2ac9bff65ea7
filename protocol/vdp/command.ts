/**
 * A VSI and what is asked for it: what a VSI TLV says, with the manager it is addressed to.
 * Source: 802.1Q-2018 §41.5 (sysCmd, operCmd, rxCmd).
 */
import { ASSOCIATION_TYPES, type AssociationType } from './association-tlv.ts'
import { equalFilters, type FilterInfo, isFilledIn } from './filter-info.ts'
import type { ManagerId } from './manager-id-tlv.ts'
import type { OrganizationalTlv } from './organizational-tlv.ts'
import { encodeRequestStatus, type MigrationHint } from './status.ts'
import { encodeUlpdu, ulpduSize, type VsiItem } from './ulpdu.ts'
import type { VsiId } from './vsi-id.ts'

export interface VsiCommand {
  readonly type: AssociationType
  readonly vsiId: VsiId
  readonly managerId: ManagerId
  readonly typeId: number
  readonly typeVersion: number
  readonly filter: FilterInfo
  readonly hint: MigrationHint
  readonly organizational: readonly OrganizationalTlv[]
}

/** What a VSI is granted right now. Source: 802.1Q-2018 §41.5.5.14. */
export type VsiState = 'none' | 'preassociated' | 'preassociated-rr' | 'associated'

/** The state that a granted command leads to. */
export function stateAfter(type: AssociationType): VsiState {
  switch (type) {
    case ASSOCIATION_TYPES.preassociate:
      return 'preassociated'
    case ASSOCIATION_TYPES.preassociateRr:
      return 'preassociated-rr'
    case ASSOCIATION_TYPES.associate:
      return 'associated'
    case ASSOCIATION_TYPES.deassociate:
      return 'none'
  }
}

/** The request TLV of a command. */
export function requestItem({
  type,
  hint,
  typeId,
  typeVersion,
  vsiId,
  filter,
  organizational,
}: VsiCommand): VsiItem {
  return {
    association: { type, status: encodeRequestStatus(hint), typeId, typeVersion, vsiId, filter },
    organizational,
  }
}

/** A TLV that answers or ends `command`: no hints and no organisation TLVs. */
export function answerItem(command: VsiCommand, type: AssociationType, status: number): VsiItem {
  const { typeId, typeVersion, vsiId, filter } = command
  return { association: { type, status, typeId, typeVersion, vsiId, filter }, organizational: [] }
}

/** Throws RangeError when a field of `command` does not fit its octets, or all of it not a ULPDU. */
export function requireEncodable(command: VsiCommand): void {
  const item = requestItem(command)
  const { length } = encodeUlpdu(command.managerId, [item])
  if (length !== ulpduSize([item])) throw new RangeError('an identifier is not of its length')
}

/** The De-Associate of a VSI with the parameters of `command` (procedure buildDea). */
export function deassociation(command: VsiCommand): VsiCommand {
  return { ...command, type: ASSOCIATION_TYPES.deassociate, hint: 'none', organizational: [] }
}

/** True when both ask for exactly the same. */
export function equalCommands(a: VsiCommand, b: VsiCommand): boolean {
  return sameTarget(a, b) && a.hint === b.hint && equalFilters(a.filter, b.filter) && sameOrganizational(a, b)
}

/**
 * True when `request` only repeats `operative`: a keep-alive. Null VIDs match what was assigned; hints do not
 * count. Source: reference.md 5.12.
 */
export function isKeepAlive(operative: VsiCommand, request: VsiCommand): boolean {
  return sameTarget(operative, request) && isFilledIn(request.filter, operative.filter)
}

/**
 * What is sent for `asked` while `operative` is in force: VIDs and PCPs that it leaves open again, and the bridge has
 * chosen, are those. Of another VSI type the bridge chooses anew. Source: checklist 168.
 */
export function withAssigned(asked: VsiCommand, operative: VsiCommand | null): VsiCommand {
  if (operative === null || !sameProfile(asked, operative)) return asked
  return isFilledIn(asked.filter, operative.filter) ? { ...asked, filter: operative.filter } : asked
}

function sameTarget(a: VsiCommand, b: VsiCommand): boolean {
  return a.type === b.type && sameProfile(a, b)
}

function sameProfile(a: VsiCommand, b: VsiCommand): boolean {
  return a.typeId === b.typeId && a.typeVersion === b.typeVersion && a.managerId === b.managerId
}

function sameOrganizational(a: VsiCommand, b: VsiCommand): boolean {
  if (a.organizational.length !== b.organizational.length) return false
  return a.organizational.every((tlv, index) => {
    const other = b.organizational[index]!
    return tlv.oui === other.oui && tlv.data === other.data
  })
}
