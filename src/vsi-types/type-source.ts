/** Where VSI types come from: a file, a VSI manager over HTTP, or the settings of the bridge. */
import { formatManagerId, type ManagerId } from '../../protocol/vdp/manager-id-tlv.ts'
import type { TypeKey } from './type-key.ts'
import type { VsiType } from './vsi-type.ts'

export type Lookup =
  | { readonly outcome: 'found'; readonly type: VsiType }
  /** Its manager has no such type. */
  | { readonly outcome: 'unknown' }
  /** Its manager cannot be asked; `hard`: and will not be, as long as the settings stay. */
  | { readonly outcome: 'unreachable'; readonly why: string; readonly hard: boolean }

export interface TypeSource {
  /**
   * Calls `answer` once: before it returns when the type is known already, later when somebody has to be asked.
   * Returns what takes the question back.
   */
  lookUp(key: TypeKey, answer: (lookup: Lookup) => void): () => void
  /** Calls `listener` when a type changed or is gone; without a key when any may have. */
  onChange(listener: (key?: TypeKey) => void): void
  /** A VSI has this type: its changes are of interest, until `drop` is called as often. */
  use(key: TypeKey): void
  drop(key: TypeKey): void
}

export const nothingToTakeBack = (): void => {}

export function noSuchManager(id: ManagerId): Lookup {
  return { outcome: 'unreachable', why: `there is no VSI manager ${formatManagerId(id)}`, hard: true }
}
