/** How far a long file is read, on a terminal. */
import type { CaptureReader } from '../pcap/capture-reader.ts'

const FIRST_AFTER = 1000
const EVERY = 200
const ERASE_LINE = '\r\u001b[K'

export class Progress {
  readonly #stream: NodeJS.WriteStream
  readonly #reader: CaptureReader
  #next = performance.now() + FIRST_AFTER
  #shown = false

  constructor(stream: NodeJS.WriteStream, reader: CaptureReader) {
    this.#stream = stream
    this.#reader = reader
  }

  /** Of a file that takes less than a second nothing is shown. */
  show(frames: number): void {
    const now = performance.now()
    if (now < this.#next) return
    this.#next = now + EVERY
    this.#shown = true
    const { position, size } = this.#reader
    const part = size ? `${Math.floor((100 * position) / size)} %, ` : ''
    this.#stream.write(`${ERASE_LINE}${part}${(position / 1e6).toFixed(0)} MB, ${frames} frames`)
  }

  clear(): void {
    if (this.#shown) this.#stream.write(ERASE_LINE)
  }
}
