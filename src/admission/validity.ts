/** Wakes when the time of a VSI type in use is over. Wall-clock time, which may be set: so it looks every minute. */
import type { Clock } from '../runtime/clock.ts'
import { type TypeKey, type TypeKeyText, textOfKey } from '../vsi-types/type-key.ts'

const LONGEST_WAIT = 60_000

export interface ValidityOptions {
  readonly clock: Clock
  /** Milliseconds since 1970. */
  readonly wallClock: () => number
  readonly over: (key: TypeKey) => void
}

export class Validity {
  readonly #options: ValidityOptions
  readonly #wakes = new Map<TypeKeyText, () => void>()

  constructor(options: ValidityOptions) {
    this.#options = options
  }

  /** `until`: milliseconds since 1970; undefined: for ever. */
  watch(key: TypeKey, until: number | undefined): void {
    this.forget(key)
    if (until === undefined) return
    const { clock, wallClock, over } = this.#options
    const left = until - wallClock()
    const at = clock.now() + Math.min(Math.max(left, 1), LONGEST_WAIT)
    const again = () => (until > wallClock() ? this.watch(key, until) : over(key))
    this.#wakes.set(textOfKey(key), clock.wakeAt(at, again))
  }

  forget(key: TypeKey): void {
    this.#wakes.get(textOfKey(key))?.()
    this.#wakes.delete(textOfKey(key))
  }

  close(): void {
    for (const cancel of this.#wakes.values()) cancel()
    this.#wakes.clear()
  }
}
