/**
 * Writes every step of the ports it observes to a file, as `protocol/trace/event-log.ts` has it. The file is
 * written behind the protocol's back: at most so much waits for the disk, and what does not fit is left out
 * and said to be missing.
 */
import { closeSync, constants, openSync, write } from 'node:fs'
import type { Effect } from '../../protocol/engine/effect.ts'
import type { Input } from '../../protocol/engine/input.ts'
import type { PortConfig } from '../../protocol/engine/port-config.ts'
import type { Role } from '../../protocol/engine/view.ts'
import { EVENT_LOG_VERSION, encodeLogEntry, type LogEntry } from '../../protocol/trace/event-log.ts'
import type { StepObserver } from './driver.ts'
import { OperationalError } from './operational-error.ts'

/** Not to wait for a reader when it is a FIFO. */
const { O_CREAT, O_NONBLOCK, O_TRUNC, O_WRONLY } = constants

const DEFAULT_LIMIT = 16 * 1024 * 1024
const HINT = 'name a file in a directory that exists, may be written to and has room'

export interface RecorderOptions {
  /** Characters that may wait for the disk. */
  readonly limit?: number
  /** Recording has ended because the file could not be written. Told once. */
  readonly onProblem?: (error: OperationalError) => void
}

interface Progress {
  steps: number
  missing: number
  /** Time of the last step. */
  at: number
}

export class Recorder implements StepObserver {
  readonly file: string
  readonly #fd: number
  readonly #limit: number
  readonly #onProblem: (error: OperationalError) => void
  readonly #progress = new Map<string, Progress>()
  #waiting: string[] = []
  #size = 0
  #writing = false
  #ended = false
  #idle: (() => void) | undefined

  /** Creates the file, or empties it; readable by its owner only. Throws OperationalError. */
  constructor(file: string, { limit = DEFAULT_LIMIT, onProblem = () => {} }: RecorderOptions = {}) {
    this.file = file
    this.#limit = limit
    this.#onProblem = onProblem
    try {
      this.#fd = openSync(file, O_WRONLY | O_CREAT | O_TRUNC | O_NONBLOCK, 0o600)
    } catch (cause) {
      throw notWritable(file, cause)
    }
  }

  started(port: string, at: number, role: Role, config: PortConfig): void {
    this.#progress.set(port, { steps: 0, missing: 0, at })
    this.#put([{ kind: 'start', port, step: 0, at, version: EVENT_LOG_VERSION, role, config }])
  }

  stepped(port: string, at: number, inputs: readonly Input[], effects: readonly Effect[]): void {
    this.#record(port, at, inputs, (place) => effects.map((effect) => ({ kind: 'effect', ...place, effect })))
  }

  failed(port: string, at: number, inputs: readonly Input[], error: unknown): void {
    this.#record(port, at, inputs, (place) => [{ kind: 'failure', ...place, message: String(error) }])
  }

  /** Resolves when all is written and the file is closed. What is observed later is not recorded. */
  async close(): Promise<void> {
    if (this.#ended) return
    for (const [port, { steps, missing, at }] of this.#progress) {
      if (missing > 0) this.#put([{ kind: 'gap', port, step: steps + 1, at, missing }])
    }
    this.#ended = true
    if (this.#writing) {
      await new Promise<void>((resolve) => {
        this.#idle = resolve
      })
    }
    closeSync(this.#fd)
  }

  #record(
    port: string,
    at: number,
    inputs: readonly Input[],
    outcome: (place: { port: string; step: number; at: number }) => LogEntry[],
  ): void {
    const progress = this.#progress.get(port) ?? { steps: 0, missing: 0, at }
    this.#progress.set(port, progress)
    progress.at = at
    const place = { port, step: ++progress.steps, at }
    if (this.#size >= this.#limit) {
      progress.missing++
      return
    }
    const { missing } = progress
    progress.missing = 0
    this.#put([
      ...(missing > 0 ? [{ kind: 'gap', ...place, missing } as const] : []),
      ...inputs.map((input) => ({ kind: 'input', ...place, input }) as const),
      ...outcome(place),
    ])
  }

  #put(entries: readonly LogEntry[]): void {
    if (this.#ended) return
    const text = entries.map((entry) => `${encodeLogEntry(entry)}\n`).join('')
    this.#waiting.push(text)
    this.#size += text.length
    if (!this.#writing) this.#writeNext()
  }

  #writeNext(): void {
    const text = this.#waiting.join('')
    this.#waiting = []
    this.#writing = text.length > 0
    if (this.#writing) this.#write(Buffer.from(text), text.length)
    else this.#idle?.()
  }

  #write(octets: Buffer, characters: number): void {
    write(this.#fd, octets, (cause, written) => {
      if (cause) return this.#fail(cause)
      if (written < octets.length) return this.#write(octets.subarray(written), characters)
      this.#size -= characters
      this.#writeNext()
    })
  }

  #fail(cause: unknown): void {
    this.#writing = false
    this.#waiting = []
    if (this.#idle) this.#idle()
    else if (!this.#ended) {
      this.#ended = true
      closeSync(this.#fd)
    }
    this.#onProblem(notWritable(this.file, cause))
  }
}

function notWritable(file: string, cause: unknown): OperationalError {
  return new OperationalError('file-not-writable', 'cannot be written', {
    operation: `record to ${file}`,
    hint: HINT,
    cause,
  })
}
