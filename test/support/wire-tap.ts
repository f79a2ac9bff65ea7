/**
 * A capture that is read while it runs: dumpcap writes it to a pipe, so frames carry the kernel's time and a test
 * can wait for one. Wants the program dumpcap, which comes with tshark.
 */
import { type ChildProcessByStdio, spawn } from 'node:child_process'
import type { Readable } from 'node:stream'
import { Collected } from './deadline.ts'

export interface TappedFrame {
  /** Milliseconds since 1970, with microseconds behind the point. */
  readonly at: number
  readonly octets: Uint8Array
}

const FILTER = 'ether proto 0x88cc or ether proto 0x8940'
const FILE_HEADER = 24
const RECORD_HEADER = 16

export class WireTap {
  readonly seen = new Collected<TappedFrame>()
  readonly #program: ChildProcessByStdio<null, Readable, Readable>
  #file = Buffer.alloc(0)
  #read = FILE_HEADER
  #complaint = ''
  readonly #opened: Promise<void>
  readonly #closed: Promise<void>

  private constructor(iface: string) {
    const arguments_ = ['-q', '-P', '-i', iface, '-f', FILTER, '-w', '-']
    this.#program = spawn('dumpcap', arguments_, { stdio: ['ignore', 'pipe', 'pipe'] })
    this.#program.stderr.on('data', (part) => {
      this.#complaint += part
    })
    this.#closed = new Promise((resolve) => this.#program.once('close', () => resolve()))
    this.#opened = new Promise((resolve, reject) => {
      this.#program.stdout.on('data', (part: Buffer) => {
        this.#file = Buffer.concat([this.#file, part])
        if (this.#file.length >= FILE_HEADER) resolve()
        this.#readRecords()
      })
      this.#program.once('error', reject)
      void this.#closed.then(() => reject(new Error(`dumpcap ended: ${this.#complaint}`)))
    })
  }

  /** Resolves when frames are being captured. */
  static async open(iface: string): Promise<WireTap> {
    const tap = new WireTap(iface)
    await tap.#opened
    return tap
  }

  get frames(): readonly TappedFrame[] {
    return this.seen.items
  }

  /** The capture as a classic pcap file. */
  get file(): Uint8Array {
    return this.#file
  }

  /** Ends the capture; frames seen until now are all there afterwards. */
  async close(): Promise<void> {
    this.#program.kill('SIGINT')
    await this.#closed
  }

  #readRecords(): void {
    const frames: TappedFrame[] = []
    while (this.#file.length >= this.#read + RECORD_HEADER) {
      const start = this.#read + RECORD_HEADER
      const end = start + this.#file.readUInt32LE(this.#read + 8)
      if (this.#file.length < end) break
      const at = this.#file.readUInt32LE(this.#read) * 1000 + this.#file.readUInt32LE(this.#read + 4) / 1000
      frames.push({ at, octets: Uint8Array.from(this.#file.subarray(start, end)) })
      this.#read = end
    }
    this.seen.addAll(frames)
  }
}
