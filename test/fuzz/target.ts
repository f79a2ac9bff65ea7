/** What fuzz targets have in common. */
import { isDeepStrictEqual } from 'node:util'

/** What is fuzzed: a function that takes any octets, and octets that it starts from. */
export interface Target {
  /** Throws when a claim about the code does not hold for these octets, and when the code throws. */
  readonly fuzz: (data: Uint8Array) => void | Promise<void>
  readonly seeds: () => Iterable<Uint8Array>
  /** What a fuzzer may put in that no change of a single octet makes. */
  readonly words?: readonly string[]
}

/** A claim that does not hold. */
export function claim(holds: boolean, what: () => string): asserts holds {
  if (!holds) throw new Error(what())
}

/** Keys may be in any order. */
export function claimSame(one: unknown, other: unknown, what: string): void {
  claim(isDeepStrictEqual(one, other), () => `${what}: ${JSON.stringify(one)} and ${JSON.stringify(other)}`)
}
