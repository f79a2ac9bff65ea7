/** What a reader of one format does with a piece of a file. */
import { type CapturedPacket, CaptureError } from './captured-packet.ts'

/** A part of the file in memory. */
export interface Piece {
  readonly octets: Uint8Array
  /** Of the same octets. */
  readonly view: DataView
  /** Where it starts in the file. */
  readonly fileOffset: number
}

export interface Taken {
  /** Octets of the piece that are done with. */
  readonly consumed: number
  /** Octets that the rest has to have before `take` can go on. */
  readonly needed: number
}

export interface CaptureFormat {
  /**
   * Appends the packets that lie whole in `piece` to `packets`. Throws CaptureError where the file is broken, when
   * the packets before it have been appended.
   */
  take(piece: Piece, packets: CapturedPacket[]): Taken
  /** What the next octets of the file would be, to say within what it ended; undefined where it may end. */
  readonly within: string | undefined
}

/** More than this in one packet is no packet but a broken length: Wireshark stops at 256 KiB. */
export const MAX_CAPTURED_LENGTH = 16 * 1024 * 1024

export function pieceOf(octets: Uint8Array, fileOffset: number): Piece {
  return {
    octets,
    view: new DataView(octets.buffer, octets.byteOffset, octets.length),
    fileOffset,
  }
}

export function malformed(offset: number, message: string): CaptureError {
  return new CaptureError('malformed', offset, message)
}
