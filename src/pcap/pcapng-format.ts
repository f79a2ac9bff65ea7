/**
 * pcapng: both byte orders, any number of sections and interfaces, enhanced, simple and obsolete packet blocks;
 * blocks of other types are skipped. Source: draft-ietf-opsawg-pcapng §3, §4.
 *
 *     block   4 type | 4 total length | body, padded to 32 bits | 4 total length again
 */
import {
  type CaptureFormat,
  MAX_CAPTURED_LENGTH,
  malformed,
  type Piece,
  type Taken,
} from './capture-format.ts'
import type { CapturedPacket } from './captured-packet.ts'
import { BLOCKS } from './pcapng-block.ts'
import {
  checkSectionHeader,
  readByteOrder,
  readInterface,
  type SectionInterface,
} from './pcapng-interface.ts'
import { PACKET_BLOCKS } from './pcapng-packet.ts'

const BLOCK_HEADER_LENGTH = 8
const MIN_BLOCK_LENGTH = 12
/** Room for the options of a packet. */
const MAX_BLOCK_LENGTH = MAX_CAPTURED_LENGTH + 65_536

/** Whether a file that starts with these four octets is of this format. The type reads the same in both orders. */
export function isPcapng(octets: Uint8Array): boolean {
  return octets[0] === 0x0a && octets[1] === 0x0d && octets[2] === 0x0d && octets[3] === 0x0a
}

export class PcapngFormat implements CaptureFormat {
  within: string | undefined = 'the section header'
  #little = true
  #interfaces: SectionInterface[] = []
  #interfaceCount = 0
  #number = 0
  /** Octets of a block nobody reads that are still to come. */
  #skip = 0

  take(piece: Piece, packets: CapturedPacket[]): Taken {
    let at = 0
    for (;;) {
      const step = Math.min(this.#skip, piece.octets.length - at)
      this.#skip -= step
      at += step
      if (this.#skip > 0) return { consumed: at, needed: 1 }
      const needed = this.#neededAt(piece, at)
      if (piece.octets.length - at < needed) return { consumed: at, needed }
      at += this.#block(piece, at, needed, packets)
    }
  }

  /** Octets from `at` on that have to be there: the head of a block, or all of one that is read. */
  #neededAt({ octets, view, fileOffset }: Piece, at: number): number {
    const left = octets.length - at
    this.within = left === 0 ? undefined : 'the header of a block'
    if (left < BLOCK_HEADER_LENGTH) return BLOCK_HEADER_LENGTH
    const type = view.getUint32(at, this.#little)
    if (type === BLOCKS.section) {
      this.within = 'the section header'
      if (left < MIN_BLOCK_LENGTH) return MIN_BLOCK_LENGTH
      this.#little = readByteOrder(view, at, fileOffset)
    }
    const length = view.getUint32(at + 4, this.#little)
    if (length < MIN_BLOCK_LENGTH || length % 4 !== 0)
      throw malformed(fileOffset + at + 4, `a block of type ${type} claims ${length} octets`)
    if (!isRead(type)) return BLOCK_HEADER_LENGTH
    if (length > MAX_BLOCK_LENGTH)
      throw malformed(fileOffset + at + 4, `a block of type ${type} claims ${length} octets`)
    this.within = `a block of type ${type}`
    return length
  }

  /** Reads the block, or starts to skip it. Returns the octets that are done with. */
  #block({ octets, view, fileOffset }: Piece, at: number, here: number, packets: CapturedPacket[]): number {
    const type = view.getUint32(at, this.#little)
    const length = view.getUint32(at + 4, this.#little)
    if (!isRead(type)) {
      this.#skip = length - here
      this.within = `a block of type ${type}`
      return here
    }
    const end = at + length - 4
    if (view.getUint32(end, this.#little) !== length)
      throw malformed(fileOffset + end, `the two lengths of a block of type ${type} differ`)
    const body = { octets, view, start: at + BLOCK_HEADER_LENGTH, end, little: this.#little, fileOffset }
    const readPacket = PACKET_BLOCKS.get(type)
    if (readPacket !== undefined) packets.push(readPacket(body, this.#interfaces, ++this.#number))
    else if (type === BLOCKS.interface) this.#interfaces.push(readInterface(body, this.#interfaceCount++))
    else {
      checkSectionHeader(body)
      this.#interfaces = []
    }
    return length
  }
}

function isRead(type: number): boolean {
  return type === BLOCKS.section || type === BLOCKS.interface || PACKET_BLOCKS.has(type)
}
