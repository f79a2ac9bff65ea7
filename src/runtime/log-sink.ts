/**
 * Where the lines of the log go: a descriptor that is written to at once, so that the last lines before an end are not
 * lost. A full disk, a reader that went away or one that does not read costs lines, which are counted, never the
 * daemon. Not here: what a line looks like (`log.ts`).
 */
import { closeSync, constants, openSync, writeSync } from 'node:fs'
import { OperationalError } from './operational-error.ts'

const { O_APPEND, O_CREAT, O_NONBLOCK, O_WRONLY } = constants

/** How a log fares, for `qbg status`. */
export interface LogState {
  /** Null: standard error. */
  readonly file: string | null
  /** Lines that could not be written. */
  readonly lost: number
  /** Why the last line could not be; null when it was written. */
  readonly problem: string | null
}

/** A reader that is slow, not gone, is waited for that often, a millisecond each time; one that stands still once. */
const PATIENCE = 50
const LEFT_OUT = 40

export class LogSink {
  readonly #file: string | null
  readonly #present: (line: string) => string
  #fd: number
  #lost = 0
  /** Of those, not yet told in the log itself. */
  #untold = 0
  #problem: string | null = null
  /** The last line ended in the middle. */
  #torn = false

  /** `present` makes of a line of pino's what is written. Throws OperationalError when the file cannot be opened. */
  constructor(target: string | number, present: (line: string) => string = (line) => line) {
    this.#file = typeof target === 'string' ? target : null
    this.#fd = typeof target === 'string' ? openLog(target) : target
    this.#present = present
  }

  get state(): LogState {
    return { file: this.#file, lost: this.#lost, problem: this.#problem }
  }

  /** One line with its end. Never throws. */
  write(line: string): void {
    if (this.#untold > 0 && this.#put(this.#present(leftOut(this.#untold)))) this.#untold = 0
    if (this.#untold === 0 && this.#put(this.#present(line))) return
    this.#lost++
    this.#untold++
  }

  /** Opens the file under its name again, after it was moved away. When that fails, the old one goes on. */
  reopen(): void {
    if (this.#file === null) return
    try {
      const fd = openLog(this.#file)
      closeSync(this.#fd)
      this.#fd = fd
      this.#torn = false
    } catch (error) {
      this.#problem = (error as Error).message
    }
  }

  #put(text: string): boolean {
    const octets = Buffer.from(this.#torn ? `\n${text}` : text)
    let written = 0
    try {
      while (written < octets.length) written += this.#writeSome(octets, written)
      this.#problem = null
      this.#torn = false
      return true
    } catch (error) {
      this.#problem = (error as Error).message
      if (written > 0) this.#torn = true
      return false
    }
  }

  #writeSome(octets: Buffer, from: number): number {
    for (let attempt = 0; ; attempt++) {
      try {
        return writeSync(this.#fd, octets, from)
      } catch (error) {
        const again = (error as NodeJS.ErrnoException).code === 'EAGAIN'
        if (!again || attempt >= PATIENCE || this.#problem !== null) throw error
        Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1)
      }
    }
  }
}

function leftOut(count: number): string {
  const msg = `${count} line${count === 1 ? '' : 's'} of the log could not be written`
  return `${JSON.stringify({ level: LEFT_OUT, time: Date.now(), lost: count, msg })}\n`
}

function openLog(file: string): number {
  try {
    // Not to wait for a reader when it is a FIFO.
    return openSync(file, O_WRONLY | O_APPEND | O_CREAT | O_NONBLOCK)
  } catch (cause) {
    const hint = 'name a file in a directory that exists and may be written to'
    throw new OperationalError('file-not-writable', 'cannot be opened', {
      operation: `log to ${file}`,
      hint,
      cause,
    })
  }
}
