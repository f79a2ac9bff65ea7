/**
 * A cursor over received octets. Reads are big-endian and never pass `end`: a caller asks `remaining`
 * first, and a read beyond it is the caller's mistake (RangeError), not the peer's.
 */
import { type MacAddress, readMacAddress } from './mac-address.ts'
import { toHex } from './octets.ts'

export class OctetReader {
  readonly octets: Uint8Array
  readonly end: number
  /** Position of the next read, from the start of `octets`. */
  offset: number

  constructor(octets: Uint8Array, offset = 0, end = octets.length) {
    if (offset < 0 || end > octets.length || offset > end) throw new RangeError('reader outside its octets')
    this.octets = octets
    this.offset = offset
    this.end = end
  }

  get remaining(): number {
    return this.end - this.offset
  }

  uint8(): number {
    return this.octets[this.advance(1)]!
  }

  uint16(): number {
    const at = this.advance(2)
    return (this.octets[at]! << 8) | this.octets[at + 1]!
  }

  uint24(): number {
    const at = this.advance(3)
    return (this.octets[at]! << 16) | (this.octets[at + 1]! << 8) | this.octets[at + 2]!
  }

  uint32(): number {
    const high = this.uint16()
    return high * 0x10000 + this.uint16()
  }

  mac(): MacAddress {
    return readMacAddress(this.octets, this.advance(6))
  }

  /** The next `length` octets as lower-case hexadecimal. */
  hex(length: number): string {
    const at = this.advance(length)
    return toHex(this.octets, at, at + length)
  }

  /** A copy of the next `length` octets: what is kept must not pin the whole frame. */
  bytes(length: number): Uint8Array {
    const at = this.advance(length)
    return this.octets.slice(at, at + length)
  }

  skip(length: number): void {
    this.advance(length)
  }

  private advance(length: number): number {
    const at = this.offset
    if (length < 0 || at + length > this.end) throw new RangeError('read beyond the end of the octets')
    this.offset = at + length
    return at
  }
}
