/** Types by their key: the one of the version that is asked for, or else the one of every version. */
import type { EntryKey } from './type-document.ts'
import { keyText, type TypeKeyText } from './type-key.ts'
import type { VsiType } from './vsi-type.ts'

export type Types = ReadonlyMap<TypeKeyText, VsiType>

export function toTypes(types: readonly VsiType[]): Types {
  return new Map(types.map((type) => [type.key, type]))
}

export function lookUpIn(types: Types, { managerId, typeId, typeVersion }: EntryKey): VsiType | undefined {
  return (
    types.get(keyText(managerId, typeId, typeVersion)) ?? types.get(keyText(managerId, typeId, undefined))
  )
}
