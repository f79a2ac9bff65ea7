/**
 * A capture file as it comes, piece by piece: finds out its format and gives the packets that have come whole.
 * Holds no more than the packet that has not.
 */
import { type CaptureFormat, pieceOf } from './capture-format.ts'
import { type CapturedPacket, CaptureError } from './captured-packet.ts'
import { ClassicFormat, isClassic } from './classic-format.ts'
import { isPcapng, PcapngFormat } from './pcapng-format.ts'

const MAGIC_LENGTH = 4

export class CaptureParser {
  /** Where and why the file is broken. Nothing after it is read. */
  fault: CaptureError | undefined
  #format: CaptureFormat | undefined
  #pieces: Uint8Array[] = []
  #length = 0
  #needed = MAGIC_LENGTH
  #fileOffset = 0

  /** Octets of the file that have been pushed. */
  get offset(): number {
    return this.#fileOffset + this.#length
  }

  /** The packets that are whole with `octets`, which are kept by reference. */
  push(octets: Uint8Array): CapturedPacket[] {
    const packets: CapturedPacket[] = []
    if (this.fault !== undefined) return packets
    this.#pieces.push(octets)
    this.#length += octets.length
    if (this.#length >= this.#needed) this.#takeAll(packets)
    return packets
  }

  /** There is no more of the file. */
  end(): void {
    if (this.#format !== undefined && this.#length > 0 && this.fault === undefined) this.#takeAll([])
    if (this.#format === undefined) {
      const message = this.#length === 0 ? 'the file is empty' : 'the file is too short to be a capture'
      this.fault ??= new CaptureError('not-a-capture', 0, message)
    } else if (this.#format.within !== undefined) {
      this.fault ??= new CaptureError('truncated', this.offset, `the file ends within ${this.#format.within}`)
    }
  }

  #takeAll(packets: CapturedPacket[]): void {
    try {
      this.#take(this.#join(), packets)
    } catch (error) {
      if (!(error instanceof CaptureError)) throw error
      this.fault = error
    }
  }

  #take(octets: Uint8Array, packets: CapturedPacket[]): void {
    this.#format ??= formatOf(octets)
    const { consumed, needed } = this.#format.take(pieceOf(octets, this.#fileOffset), packets)
    const rest = octets.subarray(consumed)
    this.#pieces = rest.length > 0 ? [rest] : []
    this.#length = rest.length
    this.#needed = needed
    this.#fileOffset += consumed
  }

  #join(): Uint8Array {
    if (this.#pieces.length === 1) return this.#pieces[0]!
    const all = Buffer.allocUnsafeSlow(this.#length)
    let at = 0
    for (const piece of this.#pieces) {
      all.set(piece, at)
      at += piece.length
    }
    return all
  }
}

function formatOf(octets: Uint8Array): CaptureFormat {
  if (isPcapng(octets)) return new PcapngFormat()
  if (isClassic(octets)) return new ClassicFormat()
  const magic = Buffer.from(octets.subarray(0, MAGIC_LENGTH)).toString('hex')
  throw new CaptureError('not-a-capture', 0, `neither pcap nor pcapng: it starts with ${magic}`)
}

/** All packets of a capture in memory. Throws CaptureError when it is broken. */
export function parseCapture(file: Uint8Array): CapturedPacket[] {
  const parser = new CaptureParser()
  const packets = parser.push(file)
  parser.end()
  if (parser.fault !== undefined) throw parser.fault
  return packets
}
