/**
 * When the state file is written: at once after the first change, then not again for a while, however much changes.
 * What a change costs its maker is one entry in a set; lines are made and written between other work.
 */
import { setImmediate } from 'node:timers/promises'
import { type Disk, replaceFile } from './atomic-file.ts'
import { formatState } from './state-text.ts'

/** Between two writes, at least. Milliseconds. */
const MIN_PAUSE = 100
/** Writing takes at most this part of the time, as long as the longest pause allows it. */
const PAUSE_PER_WRITE = 10
const MAX_PAUSE = 2000
/** After a write that failed. */
const RETRY_PAUSE = 5000
/** Lines made without letting anything else run. */
const LINES_AT_ONCE = 200

export interface StateWriterOptions {
  readonly path: string
  readonly disk: Disk
  readonly boot: string
  /** Lines that are there already, by key. */
  readonly lines: ReadonlyMap<string, string>
  /** The line of a key now; undefined when there is nothing to be kept of it. */
  readonly encode: (key: string) => string | undefined
  /** Null when writing works (again), otherwise why it does not; told when that changes. */
  readonly onProblem: (error: Error | null) => void
}

export class StateWriter {
  readonly #options: StateWriterOptions
  readonly #lines: Map<string, string>
  readonly #changed = new Set<string>()
  /** Something is not on the disk yet. */
  #dirty = false
  #running: Promise<void> | undefined
  #timer: NodeJS.Timeout | undefined
  #notBefore = 0
  #problem: string | undefined
  #writes = 0

  constructor(options: StateWriterOptions) {
    this.#options = options
    this.#lines = new Map(options.lines)
  }

  /** Times the file was written. */
  get writes(): number {
    return this.#writes
  }

  /** VSIs kept. */
  get size(): number {
    return this.#lines.size
  }

  changed(key: string): void {
    this.#changed.add(key)
    this.#schedule()
  }

  /** Writes what has changed, now. Resolves when it is on the disk, or could not be put there. */
  async flush(): Promise<void> {
    await this.#running
    clearTimeout(this.#timer)
    this.#timer = undefined
    if (this.#changed.size > 0 || this.#dirty) await this.#start()
  }

  #schedule(): void {
    if (this.#timer !== undefined || this.#running !== undefined) return
    const pause = Math.max(0, this.#notBefore - performance.now())
    this.#timer = setTimeout(() => {
      this.#timer = undefined
      void this.#start()
    }, pause)
    this.#timer.unref()
  }

  #start(): Promise<void> {
    this.#running = this.#write().finally(() => {
      this.#running = undefined
      if (this.#changed.size > 0 || this.#dirty) this.#schedule()
    })
    return this.#running
  }

  async #write(): Promise<void> {
    const { disk, path, boot } = this.#options
    await this.#makeLines()
    if (!this.#dirty) return
    this.#dirty = false
    const start = performance.now()
    try {
      await replaceFile(disk, path, formatState(boot, [...this.#lines.values()]))
      this.#writes++
      const took = performance.now() - start
      this.#pause(Math.min(MAX_PAUSE, Math.max(MIN_PAUSE, PAUSE_PER_WRITE * took)))
      this.#tell(null)
    } catch (error) {
      this.#dirty = true
      this.#pause(RETRY_PAUSE)
      this.#tell(error as Error)
    }
  }

  async #makeLines(): Promise<void> {
    const keys = [...this.#changed]
    this.#changed.clear()
    for (const [index, key] of keys.entries()) {
      if (index % LINES_AT_ONCE === LINES_AT_ONCE - 1) await setImmediate()
      const line = this.#options.encode(key)
      if (line === this.#lines.get(key)) continue
      this.#dirty = true
      if (line === undefined) this.#lines.delete(key)
      else this.#lines.set(key, line)
    }
  }

  #pause(milliseconds: number): void {
    this.#notBefore = performance.now() + milliseconds
  }

  #tell(error: Error | null): void {
    if (this.#problem === error?.message) return
    this.#problem = error?.message
    this.#options.onProblem(error)
  }
}
