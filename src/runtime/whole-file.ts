/**
 * Reads a file that a person named, whole, and no more of it than any such file has: /dev/zero, a pipe without an end or
 * a capture named by mistake must cost an error, not the memory of the machine.
 */
import { closeSync, createReadStream, openSync, readSync } from 'node:fs'

/** 64 MiB. */
export const MAX_WHOLE_FILE = 64 * 2 ** 20
const PIECE = 64 * 2 ** 10

/** The text of the file, as UTF-8. Throws what the kernel says, or that it is too long: `explainUnread` has words for both. */
export function readWholeSync(path: string): string {
  const pieces = new Pieces()
  const file = openSync(path, 'r')
  try {
    for (;;) {
      const piece = Buffer.allocUnsafe(PIECE)
      const length = readSync(file, piece)
      if (length === 0) return pieces.text()
      pieces.add(piece.subarray(0, length))
    }
  } finally {
    closeSync(file)
  }
}

/** As `readWholeSync`, while others go on; rejects instead of throwing. */
export async function readWhole(path: string): Promise<string> {
  const pieces = new Pieces()
  for await (const piece of createReadStream(path, { highWaterMark: PIECE })) pieces.add(piece as Buffer)
  return pieces.text()
}

/** Why a file could not be read, for a person, and what can be done about it. */
export function explainUnread(cause: unknown): { readonly reason: string; readonly hint?: string } {
  if (cause instanceof TooLong) return { reason: cause.message, hint: cause.hint }
  const { code, message } = cause as NodeJS.ErrnoException
  if (code === 'ENOENT') return { reason: 'there is no such file' }
  if (code === 'EISDIR') return { reason: 'this is a directory' }
  return { reason: message }
}

class TooLong extends Error {
  override readonly name = 'TooLong'
  readonly hint = 'is this the file that was meant? It is read as text, as a whole'

  constructor() {
    super(`more than ${MAX_WHOLE_FILE / 2 ** 20} MiB, which is the longest file that is read`)
  }
}

class Pieces {
  readonly #pieces: Buffer[] = []
  #length = 0

  add(piece: Buffer): void {
    this.#length += piece.length
    if (this.#length > MAX_WHOLE_FILE) throw new TooLong()
    this.#pieces.push(piece)
  }

  text(): string {
    return Buffer.concat(this.#pieces).toString('utf8')
  }
}
