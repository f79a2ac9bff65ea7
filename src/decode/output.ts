/**
 * Octets and text to a stream in large parts, waiting for whoever reads it: memory does not grow with what is written.
 * Octets are copied into one buffer, because 360 MB of JSON as strings keep the garbage collector busier than the rest.
 */
import { once } from 'node:events'
import type { Writable } from 'node:stream'

const BUFFER_LENGTH = 256 * 1024
/** Octets of a UTF-16 unit in UTF-8. */
const MAX_EXPANSION = 3

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
