/**
 * Reads a capture from a file or standard input, compressed with gzip or not, as a stream: memory does not grow with
 * the file.
 *
 *     for await (const packets of new CaptureReader(path).packets()) for (const packet of packets) ...
 */
import { createReadStream, statSync } from 'node:fs'
import { Readable } from 'node:stream'
import { createGunzip } from 'node:zlib'
import { CaptureParser } from './capture-parser.ts'
import { type CapturedPacket, CaptureError } from './captured-packet.ts'

const STANDARD_INPUT = '-'
/** The piece, not the packet, is what the event loop sees: some thousand packets. */
const PIECE_LENGTH = 512 * 1024

export class CaptureReader {
  /** Octets of the file on the disk; undefined for a pipe. */
  readonly size: number | undefined
  /** Octets of it that have been read. */
  position = 0
  readonly #path: string

  /** `path` may be `-`, standard input. Throws CaptureError when there is no such file. */
  constructor(path: string) {
    this.#path = path
    this.size = path === STANDARD_INPUT ? undefined : sizeOf(path)
  }

  /**
   * The packets, as many at a time as a piece of the file holds. When the file is broken, throws CaptureError after
   * all that could be read has been given.
   */
  async *packets(): AsyncGenerator<readonly CapturedPacket[], void> {
    const parser = new CaptureParser()
    try {
      for await (const piece of decompressed(this.#pieces())) {
        const packets = parser.push(piece)
        if (packets.length > 0) yield packets
        if (parser.fault !== undefined) throw parser.fault
      }
    } catch (error) {
      throw asCaptureError(error, parser.offset)
    }
    parser.end()
    if (parser.fault !== undefined) throw parser.fault
  }

  async *#pieces(): AsyncGenerator<Uint8Array> {
    const standard = this.#path === STANDARD_INPUT
    const stream: Readable = standard
      ? process.stdin
      : createReadStream(this.#path, { highWaterMark: PIECE_LENGTH })
    for await (const piece of stream as AsyncIterable<Uint8Array>) {
      this.position += piece.length
      yield piece
    }
  }
}

function sizeOf(path: string): number | undefined {
  try {
    const stat = statSync(path)
    return stat.isFile() ? stat.size : undefined
  } catch (error) {
    throw asCaptureError(error, 0)
  }
}

/** The same octets, or what they hold when they are gzip (RFC 1952; several members in a row are one file). */
async function* decompressed(pieces: AsyncGenerator<Uint8Array>): AsyncGenerator<Uint8Array> {
  let head: Uint8Array = new Uint8Array()
  while (head.length < 2) {
    const { value, done } = await pieces.next()
    if (done) break
    head = head.length === 0 ? value : Buffer.concat([head, value])
  }
  if (head[0] !== 0x1f || head[1] !== 0x8b) {
    if (head.length > 0) yield head
    yield* pieces
    return
  }
  const source = Readable.from(following(head, pieces))
  const gunzip = createGunzip({ chunkSize: PIECE_LENGTH })
  source.on('error', (error) => gunzip.destroy(error))
  try {
    yield* source.pipe(gunzip) as AsyncIterable<Uint8Array>
  } finally {
    source.destroy()
  }
}

async function* following(head: Uint8Array, rest: AsyncGenerator<Uint8Array>): AsyncGenerator<Uint8Array> {
  yield head
  yield* rest
}

/** What the kernel or zlib said, as what it means for the capture. */
function asCaptureError(error: unknown, offset: number): CaptureError {
  if (error instanceof CaptureError) return error
  const { code, message } = error as NodeJS.ErrnoException
  if (code?.startsWith('Z_'))
    return new CaptureError('bad-gzip', offset, `the compressed data is damaged or cut (${message})`)
  const reasons: Readonly<Record<string, string>> = {
    ENOENT: 'there is no such file',
    EACCES: 'permission denied',
    EISDIR: 'it is a directory',
  }
  if (code === undefined) throw error
  return new CaptureError('unreadable', offset, reasons[code] ?? message)
}
