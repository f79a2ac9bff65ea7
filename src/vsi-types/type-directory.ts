/**
 * Who has the types of which VSI manager: those that are asked over HTTP, and the file for all others. Manager ID 0 is
 * the default manager, which may have an ID of its own as well: both then name the same types.
 */
import { DEFAULT_MANAGER_ID, type ManagerId } from '../../protocol/vdp/manager-id-tlv.ts'
import type { TypeKey } from './type-key.ts'
import { type Lookup, noSuchManager, nothingToTakeBack, type TypeSource } from './type-source.ts'

export interface TypeDirectoryOptions {
  /** For managers that are not among the others. */
  readonly file: TypeSource | undefined
  readonly managers: ReadonlyMap<ManagerId, TypeSource>
  /** What manager ID 0 stands for. */
  readonly defaultManager: ManagerId
}

export class TypeDirectory implements TypeSource {
  readonly #options: TypeDirectoryOptions

  constructor(options: TypeDirectoryOptions) {
    this.#options = options
  }

  lookUp(key: TypeKey, answer: (lookup: Lookup) => void): () => void {
    const meant = this.#meant(key)
    const source = this.#sourceOf(meant)
    if (source !== undefined) return source.lookUp(meant, answer)
    answer(noSuchManager(meant.managerId))
    return nothingToTakeBack
  }

  /** A change of the default manager's type concerns those who named it by its ID, and those who wrote 0. */
  onChange(listener: (key?: TypeKey) => void): void {
    const { file, managers, defaultManager } = this.#options
    file?.onChange(listener)
    for (const source of managers.values()) {
      source.onChange((key) => {
        listener(key)
        if (key?.managerId === defaultManager && defaultManager !== DEFAULT_MANAGER_ID) {
          listener({ ...key, managerId: DEFAULT_MANAGER_ID })
        }
      })
    }
  }

  use(key: TypeKey): void {
    const meant = this.#meant(key)
    this.#sourceOf(meant)?.use(meant)
  }

  drop(key: TypeKey): void {
    const meant = this.#meant(key)
    this.#sourceOf(meant)?.drop(meant)
  }

  #meant(key: TypeKey): TypeKey {
    const { defaultManager } = this.#options
    return key.managerId === DEFAULT_MANAGER_ID ? { ...key, managerId: defaultManager } : key
  }

  #sourceOf({ managerId }: TypeKey): TypeSource | undefined {
    return this.#options.managers.get(managerId) ?? this.#options.file
  }
}
