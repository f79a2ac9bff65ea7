/** VSI types that the bridge's settings name: all, or a list, each without any limit. They never change. */
import type { KnownType } from '../control/schema/daemon-settings.ts'
import type { TypeKey } from './type-key.ts'
import { type Lookup, nothingToTakeBack, type TypeSource } from './type-source.ts'
import { openType } from './vsi-type.ts'

/** Of a type ID, or of a type ID and a version, whatever the manager. Without a list every type is known. */
export class FixedTypes implements TypeSource {
  readonly #listed: readonly KnownType[] | undefined

  constructor(listed?: readonly KnownType[]) {
    this.#listed = listed
  }

  lookUp(key: TypeKey, answer: (lookup: Lookup) => void): () => void {
    const { managerId, typeId, typeVersion } = key
    answer(
      this.#knows(key)
        ? { outcome: 'found', type: openType(managerId, typeId, typeVersion) }
        : { outcome: 'unknown' },
    )
    return nothingToTakeBack
  }

  onChange(): void {}
  use(): void {}
  drop(): void {}

  #knows({ typeId, typeVersion }: TypeKey): boolean {
    if (this.#listed === undefined) return true
    return this.#listed.some(
      (one) => one.typeId === typeId && (one.typeVersion ?? typeVersion) === typeVersion,
    )
  }
}
