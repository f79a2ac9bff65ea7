/**
 * Octets and text to a stream in large parts, waiting for whoever reads it: memory does not grow with what is written.
 * Octets are copied into one buffer, because 360 MB of JSON as strings keep the garbage collector busier than the rest.
 */
import { once } from 'node:events'
import type { Writable } from 'node:stream'

const BUFFER_LENGTH = 256 * 1024
/** Octets of a UTF-16 unit in UTF-8. */
const MAX_EXPANSION = 3
const ZERO = 0x30
const DASH = 0x2d
const COLON = 0x3a
const UUID_LENGTH = 36
const MAC_LENGTH = 17
const DIGITS = Buffer.from('0123456789abcdef')
/** Of any number that is exact. */
const MAX_DIGITS = 16
const POWERS = Array.from({ length: MAX_DIGITS + 1 }, (_, exponent) => 10 ** exponent)

export class Output {
  readonly #stream: Writable
  #buffer = Buffer.allocUnsafeSlow(BUFFER_LENGTH)
  #length = 0

  constructor(stream: Writable) {
    this.#stream = stream
  }

  put(octets: Uint8Array): void {
    const { length } = octets
    if (this.#length + length > BUFFER_LENGTH && !this.#makeRoom(length)) this.#stream.write(octets)
    else {
      this.#buffer.set(octets, this.#length)
      this.#length += length
    }
  }

  octet(value: number): void {
    this.#room(1)
    this.#buffer[this.#length++] = value
  }

  /** A whole number in decimal digits, `digits` of them at least. Not negative. */
  number(value: number, digits = 1): void {
    this.#room(MAX_DIGITS)
    let count = digits
    while (value >= POWERS[count]!) count++
    let rest = value
    for (let at = this.#length + count - 1; at >= this.#length; at--) {
      const next = Math.floor(rest / 10)
      this.#buffer[at] = ZERO + rest - next * 10
      rest = next
    }
    this.#length += count
  }

  /** 16 octets from `start` as a UUID. */
  uuid(octets: Uint8Array, start: number): void {
    this.#room(UUID_LENGTH)
    for (let index = 0; index < 16; index++) {
      if (index === 4 || index === 6 || index === 8 || index === 10) this.#buffer[this.#length++] = DASH
      this.#hex(octets[start + index]!)
    }
  }

  /** Six octets from `start` as a MAC address. */
  mac(octets: Uint8Array, start: number): void {
    this.#room(MAC_LENGTH)
    for (let index = 0; index < 6; index++) {
      if (index > 0) this.#buffer[this.#length++] = COLON
      this.#hex(octets[start + index]!)
    }
  }

  /** Text without any other than ASCII characters. */
  ascii(text: string): void {
    const { length } = text
    if (this.#length + length > BUFFER_LENGTH && !this.#makeRoom(length)) this.#stream.write(text, 'latin1')
    else this.#length += this.#buffer.write(text, this.#length, 'latin1')
  }

  text(text: string): void {
    const most = text.length * MAX_EXPANSION
    if (this.#length + most > BUFFER_LENGTH && !this.#makeRoom(most)) this.#stream.write(text)
    else this.#length += this.#buffer.write(text, this.#length)
  }

  /** Resolves when the reader keeps up. */
  async flush(): Promise<void> {
    this.#write()
    if (this.#stream.writableNeedDrain) await once(this.#stream, 'drain')
  }

  #hex(octet: number): void {
    this.#buffer[this.#length++] = DIGITS[octet >>> 4]!
    this.#buffer[this.#length++] = DIGITS[octet & 15]!
  }

  /** For a few octets, which always fit when the buffer is empty. */
  #room(length: number): void {
    if (this.#length + length > BUFFER_LENGTH) this.#write()
  }

  /** Whether `length` octets fit now; they never do when they are more than a part. */
  #makeRoom(length: number): boolean {
    this.#write()
    return length <= BUFFER_LENGTH
  }

  #write(): void {
    if (this.#length === 0) return
    this.#stream.write(this.#buffer.subarray(0, this.#length))
    this.#length = 0
    // What the stream has not written yet still lies in the buffer.
    if (this.#stream.writableLength > 0) this.#buffer = Buffer.allocUnsafeSlow(BUFFER_LENGTH)
  }
}
