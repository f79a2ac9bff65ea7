/**
 * A file of VSI types, which may change while it is used. A text that is wrong is said to be so, and what was read
 * before stays; a file that is gone takes no type away either. To withdraw all of them: `types: []`.
 */
import { DEFAULT_MANAGER_ID, type ManagerId } from '../../protocol/vdp/manager-id-tlv.ts'
import { ControlError } from '../control/control-error.ts'
import type { TypeFileJson } from '../control/schema/status.ts'
import type { Log } from '../runtime/log.ts'
import { explainUnread, readWhole } from '../runtime/whole-file.ts'
import { FileWatch, lookOf } from './file-watch.ts'
import type { TypeKey } from './type-key.ts'
import { lookUpIn, type Types, toTypes } from './type-lookup.ts'
import { readTypesAside } from './type-reading.ts'
import { type Lookup, noSuchManager, nothingToTakeBack, type TypeSource } from './type-source.ts'
import { parseTypes } from './type-text.ts'
import type { VsiType } from './vsi-type.ts'

/** The managers of which the file has types; the default manager is always one. */
function managersOf(types: Types): Set<ManagerId> {
  return new Set([DEFAULT_MANAGER_ID, ...[...types.values()].map(({ managerId }) => managerId)])
}

export class TypeFile implements TypeSource {
  readonly path: string
  readonly #log: Log
  readonly #listeners: ((key?: TypeKey) => void)[] = []
  readonly #watch: FileWatch
  readonly #closed = new AbortController()
  #types: Types
  #managers: ReadonlySet<ManagerId>
  #readAt = new Date()
  #problem: string | null = null

  /** Reads the file for the first time. Rejects with ControlError `bad-config`. */
  static async open(path: string, log: Log): Promise<TypeFile> {
    const look = await lookOf(path)
    return new TypeFile(path, log, await readTypes(path), look)
  }

  private constructor(path: string, log: Log, types: Types, look: string) {
    this.path = path
    this.#log = log
    this.#types = types
    this.#managers = managersOf(types)
    this.#watch = new FileWatch(path, look, () => this.#read())
  }

  /** A type of that version, or else of every version. */
  lookUp(key: TypeKey, answer: (lookup: Lookup) => void): () => void {
    const type = lookUpIn(this.#types, key)
    if (type !== undefined) answer({ outcome: 'found', type })
    else if (this.#managers.has(key.managerId)) answer({ outcome: 'unknown' })
    else answer(noSuchManager(key.managerId))
    return nothingToTakeBack
  }

  onChange(listener: (key?: TypeKey) => void): void {
    this.#listeners.push(listener)
  }

  use(): void {}
  drop(): void {}

  close(): void {
    this.#closed.abort()
    this.#watch.close()
  }

  /** The managers of which it has types. */
  get managers(): ReadonlySet<ManagerId> {
    return this.#managers
  }

  /** It has types of that manager. */
  has(id: ManagerId): boolean {
    return this.list().some(({ managerId }) => managerId === id)
  }

  /** In the order of the file. */
  list(): VsiType[] {
    return [...this.#types.values()]
  }

  toJson(): TypeFileJson {
    const { path } = this
    return { path, types: this.#types.size, readAt: this.#readAt.toISOString(), problem: this.#problem }
  }

  async #read(): Promise<void> {
    try {
      const text = await readText(this.path)
      const types = toTypes(await readTypesAside(text, this.path, this.#closed.signal))
      const changes = countChanges(this.#types, types)
      this.#types = types
      this.#managers = managersOf(types)
      this.#readAt = new Date()
      this.#problem = null
      this.#log.info({ file: this.path, ...changes }, `VSI types read: ${types.size}`)
      if (changes.changed + changes.gone + changes.added > 0)
        for (const listener of this.#listeners) listener()
    } catch (error) {
      if (this.#closed.signal.aborted) return
      const { message } = error as Error
      if (this.#problem !== message) {
        this.#log.warn({ file: this.path }, `VSI types stay as they were: ${message}`)
      }
      this.#problem = message
    }
  }
}

async function readTypes(path: string): Promise<Types> {
  return toTypes(parseTypes(await readText(path), path))
}

/** Rejects with ControlError `bad-config`. */
export async function readText(path: string): Promise<string> {
  try {
    return await readWhole(path)
  } catch (cause) {
    const { reason, hint } = explainUnread(cause)
    throw new ControlError('bad-config', `${path}: ${reason}`, { hint, cause })
  }
}

function countChanges(before: Types, after: Types) {
  let [added, changed] = [0, 0]
  for (const [key, { text }] of after) {
    const old = before.get(key)
    if (old === undefined) added++
    else if (old.text !== text) changed++
  }
  return { added, changed, gone: before.size + added - after.size }
}
