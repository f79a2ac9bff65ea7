/**
 * A growing buffer for octets to be sent. Writes are big-endian. A value that does not fit its field is a
 * programmer's mistake and throws RangeError: nothing out of range may reach the wire.
 */
import type { MacAddress } from './mac-address.ts'
import { hexOctet } from './octets.ts'

export class OctetWriter {
  private octets: Uint8Array
  private used = 0

  constructor(capacity = 64) {
    this.octets = new Uint8Array(capacity)
  }

  get length(): number {
    return this.used
  }

  uint8(value: number): this {
    this.check(value, 0xff)
    const at = this.grow(1) // first: it may replace the buffer
    this.octets[at] = value
    return this
  }

  uint16(value: number): this {
    this.check(value, 0xffff)
    const at = this.grow(2)
    this.octets[at] = value >>> 8
    this.octets[at + 1] = value
    return this
  }

  uint24(value: number): this {
    this.check(value, 0xffffff)
    return this.uint8(value >>> 16).uint16(value & 0xffff)
  }

  uint32(value: number): this {
    this.check(value, 0xffffffff)
    return this.uint16(Math.floor(value / 0x10000)).uint16(value % 0x10000)
  }

  mac(address: MacAddress): this {
    const at = this.grow(6)
    for (let index = 0; index < 6; index++) this.octets[at + index] = hexOctet(address, 3 * index)
    return this
  }

  /** The octets of a hexadecimal string. */
  hex(text: string): this {
    if (text.length % 2 !== 0) throw new RangeError(`not hexadecimal: ${text}`)
    const at = this.grow(text.length / 2)
    for (let index = 0; index < text.length / 2; index++) this.octets[at + index] = hexOctet(text, 2 * index)
    return this
  }

  bytes(source: Uint8Array): this {
    const at = this.grow(source.length)
    this.octets.set(source, at)
    return this
  }

  /** Zeros up to a total length of `length`; nothing when it is already reached. */
  padTo(length: number): this {
    if (this.used < length) this.grow(length - this.used)
    return this
  }

  /** What was written, in a buffer of exactly that size. */
  finish(): Uint8Array {
    return this.octets.slice(0, this.used)
  }

  private grow(length: number): number {
    const at = this.used
    this.used = at + length
    if (this.used > this.octets.length) {
      const larger = new Uint8Array(Math.max(this.used, 2 * this.octets.length))
      larger.set(this.octets)
      this.octets = larger
    }
    return at
  }

  private check(value: number, max: number): void {
    if (!Number.isInteger(value) || value < 0 || value > max) {
      throw new RangeError(`${value} does not fit its field (0 to ${max})`)
    }
  }
}
