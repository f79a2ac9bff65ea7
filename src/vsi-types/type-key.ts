/** What names a VSI type: manager ID, type ID and version. Source: 802.1Q-2018 §41.1.3, §41.2.4, §41.2.5. */
import type { VsiCommand } from '../../protocol/vdp/command.ts'
import { DEFAULT_MANAGER_ID, formatManagerId, type ManagerId } from '../../protocol/vdp/manager-id-tlv.ts'

export interface TypeKey {
  readonly managerId: ManagerId
  readonly typeId: number
  readonly typeVersion: number
}

/** As one text, to look it up by. `*` stands for every version. */
export type TypeKeyText = string

export function keyText(managerId: ManagerId, typeId: number, typeVersion: number | undefined): TypeKeyText {
  return `${managerId}/${typeId}/${typeVersion ?? '*'}`
}

export function textOfKey({ managerId, typeId, typeVersion }: TypeKey): TypeKeyText {
  return keyText(managerId, typeId, typeVersion)
}

export function keyOfCommand({ managerId, typeId, typeVersion }: VsiCommand): TypeKey {
  return { managerId, typeId, typeVersion }
}

/** `type 5:1`, `type 5:1 of manager 11`. */
export function describeKey({ managerId, typeId, typeVersion }: TypeKey): string {
  const manager = managerId === DEFAULT_MANAGER_ID ? '' : ` of manager ${formatManagerId(managerId)}`
  return `type ${typeId}:${typeVersion}${manager}`
}
