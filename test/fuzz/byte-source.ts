/** The octets a fuzzer gives, read as the numbers and strings of a scenario. After their end everything is 0 or empty. */
export class ByteSource {
  readonly #octets: Uint8Array
  #at = 0

  constructor(octets: Uint8Array) {
    this.#octets = octets
  }

  get isOver(): boolean {
    return this.#at >= this.#octets.length
  }

  uint8(): number {
    return this.#octets[this.#at++] ?? 0
  }

  uint16(): number {
    return this.uint8() * 256 + this.uint8()
  }

  below(limit: number): number {
    return this.uint8() % limit
  }

  pick<T>(choices: readonly T[]): T {
    return choices[this.below(choices.length)]!
  }

  /** A copy of the next `length` octets, or of those that are left. */
  bytes(length: number): Uint8Array {
    const taken = this.#octets.slice(this.#at, this.#at + length)
    this.#at += length
    return taken
  }

  rest(): Uint8Array {
    return this.bytes(this.#octets.length)
  }
}
