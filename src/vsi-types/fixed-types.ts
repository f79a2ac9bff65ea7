/** VSI types that the bridge's settings name: all, or a list, each without any limit. They never change. */
import type { KnownType } from '../control/schema/daemon-settings.ts'
import type { TypeKey } from './type-key.ts'
import { type Lookup, nothingToTakeBack, type TypeSource } from './type-source.ts'
import { openType, type VsiType } from './vsi-type.ts'

/** Of a type ID, or of a type ID and a version, whatever the manager. Without a list every type is known. */
export class FixedTypes implements TypeSource {
  readonly #listed: readonly KnownType[] | undefined
  #last: VsiType | undefined

  constructor(listed?: readonly KnownType[]) {
    this.#listed = listed
  }

  lookUp(key: TypeKey, answer: (lookup: Lookup) => void): () => void {
    answer(this.#knows(key) ? { outcome: 'found', type: this.#typeOf(key) } : { outcome: 'unknown' })
    return nothingToTakeBack
  }

  /** VSIs of one type come together, and share what is known of it. */
  #typeOf({ managerId, typeId, typeVersion }: TypeKey): VsiType {
    const last = this.#last
    if (last?.managerId === managerId && last.typeId === typeId && last.typeVersion === typeVersion)
      return last
    this.#last = openType(managerId, typeId, typeVersion)
    return this.#last
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
