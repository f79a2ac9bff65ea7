/** What a VSI manager said: of the types that VSIs have always, of others the latest, up to a number. */
import { type TypeKey, type TypeKeyText, textOfKey } from './type-key.ts'
import type { Lookup } from './type-source.ts'

export interface Remembered {
  readonly lookup: Lookup
  /** When it stops counting, on the clock of who remembers. */
  readonly until: number
}

interface Used {
  readonly key: TypeKey
  users: number
  remembered: Remembered | undefined
}

export class RememberedTypes {
  readonly #limit: number
  readonly #used = new Map<TypeKeyText, Used>()
  /** Not in use, the latest last. */
  readonly #others = new Map<TypeKeyText, Remembered>()

  constructor(limit: number) {
    this.#limit = limit
  }

  find(key: TypeKey): Remembered | undefined {
    const text = textOfKey(key)
    return this.#used.get(text)?.remembered ?? this.#others.get(text)
  }

  /** True when it is in use, and other than what was said before. */
  put(key: TypeKey, lookup: Lookup, until: number): boolean {
    const text = textOfKey(key)
    const used = this.#used.get(text)
    if (used === undefined) {
      this.#keep(text, { lookup, until })
      return false
    }
    const before = used.remembered?.lookup
    used.remembered = { lookup, until }
    return before !== undefined && !isSame(before, lookup)
  }

  use(key: TypeKey): void {
    const text = textOfKey(key)
    const used = this.#used.get(text) ?? { key, users: 0, remembered: this.#others.get(text) }
    used.users++
    this.#used.set(text, used)
    this.#others.delete(text)
  }

  drop(key: TypeKey): void {
    const text = textOfKey(key)
    const used = this.#used.get(text)
    if (used === undefined || --used.users > 0) return
    this.#used.delete(text)
    if (used.remembered) this.#keep(text, used.remembered)
  }

  usedKeys(): TypeKey[] {
    return [...this.#used.values()].map(({ key }) => key)
  }

  get used(): number {
    return this.#used.size
  }

  get size(): number {
    return this.#used.size + this.#others.size
  }

  #keep(text: TypeKeyText, remembered: Remembered): void {
    this.#others.delete(text)
    this.#others.set(text, remembered)
    if (this.#others.size > this.#limit) this.#others.delete(this.#others.keys().next().value!)
  }
}

function isSame(a: Lookup, b: Lookup): boolean {
  return a.outcome === 'found' && b.outcome === 'found'
    ? a.type.text === b.type.text
    : a.outcome === b.outcome
}
