/** VIDs that a type allows: a bit for each, whether there is one or all of them. */
const VIDS = 4096

export class VidSet {
  readonly #bits = new Uint8Array(VIDS / 8)
  /** The only one there is. */
  readonly only: number | undefined

  constructor(ranges: readonly { readonly first: number; readonly last: number }[]) {
    for (const { first, last } of ranges)
      for (let vid = first; vid <= last; vid++) this.#bits[vid >> 3]! |= 1 << (vid & 7)
    const [one] = ranges
    const alone = ranges.every(({ first, last }) => first === one?.first && last === one.first)
    this.only = alone ? one?.first : undefined
  }

  has(vid: number): boolean {
    return (this.#bits[vid >> 3]! & (1 << (vid & 7))) !== 0
  }
}
