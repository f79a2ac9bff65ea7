/**
 * When changes get to the disk: into the journal in the same turn of the event loop, and into the state file at once
 * after the first change, then not again for a while, however much changes. What a change costs its maker is one entry
 * in a set; lines are made and written between other work.
 */
import { setImmediate } from 'node:timers/promises'
import { type Disk, replaceFile } from './atomic-file.ts'
import { type Change, Journal } from './journal.ts'
import { formatState } from './state-text.ts'

/** Between two writes of the file, at least. Milliseconds. */
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
  /** The file says something else than `boot` and `lines`: it is written though nothing changes. */
  readonly stale?: boolean
  /** The line of a key now; undefined when there is nothing to be kept of it. */
  readonly encode: (key: string) => string | undefined
  /** Null when writing works (again), otherwise why it does not; told when that changes. */
  readonly onProblem: (error: Error | null) => void
}

export class StateWriter {
  readonly #options: StateWriterOptions
  readonly #journal: Journal
  readonly #lines: Map<string, string>
  readonly #changed = new Set<string>()
  /** Something is not in the file yet. */
  #dirty: boolean
  #noting: Promise<void> | undefined
  #writing: Promise<void> | undefined
  #timer: NodeJS.Timeout | undefined
  #notBefore = 0
  #problem: string | undefined
  #writes = 0

  constructor(options: StateWriterOptions) {
    this.#options = options
    this.#journal = new Journal(options.disk, options.path)
    this.#lines = new Map(options.lines)
    this.#dirty = options.stale ?? false
    if (this.#dirty) this.#schedule()
  }

  /** Times the file was written. */
  get writes(): number {
    return this.#writes
  }

  /** VSIs kept. */
  get size(): number {
    return this.#lines.size
  }

  /** What is so of it is looked at when the present turn of the event loop is over. */
  changed(key: string): void {
    this.#changed.add(key)
    this.#noting ??= this.#note().finally(() => {
      this.#noting = undefined
    })
  }

  /** Writes what has changed, now. Resolves when it is in the file, or could not be put there. */
  async flush(): Promise<void> {
    await this.#noting
    await this.#writing
    clearTimeout(this.#timer)
    this.#timer = undefined
    if (this.#dirty) await this.#start()
  }

  /** Changes into the journal, a part at a time, until there are no more. */
  async #note(): Promise<void> {
    await setImmediate()
    while (this.#changed.size > 0) {
      const changes = this.#takeChanges()
      if (changes.length === 0) continue
      this.#dirty = true
      this.#schedule()
      await this.#journal.append(changes).catch((error: Error) => this.#tell(error))
    }
  }

  #takeChanges(): Change[] {
    const changes: Change[] = []
    let count = 0
    for (const key of this.#changed) {
      if (count++ === LINES_AT_ONCE) break
      this.#changed.delete(key)
      const line = this.#options.encode(key)
      if (line === this.#lines.get(key)) continue
      if (line === undefined) this.#lines.delete(key)
      else this.#lines.set(key, line)
      changes.push({ key, line })
    }
    return changes
  }

  #schedule(): void {
    if (this.#timer !== undefined || this.#writing !== undefined) return
    const pause = Math.max(0, this.#notBefore - performance.now())
    this.#timer = setTimeout(() => {
      this.#timer = undefined
      void this.#start()
    }, pause)
    this.#timer.unref()
  }

  #start(): Promise<void> {
    this.#writing = this.#write().finally(() => {
      this.#writing = undefined
      if (this.#dirty) this.#schedule()
    })
    return this.#writing
  }

  /** A change noted meanwhile may be in the file and in the journal after it: it says the same in both. */
  async #write(): Promise<void> {
    const { disk, path, boot } = this.#options
    this.#dirty = false
    const start = performance.now()
    try {
      await this.#journal.rotate()
      await replaceFile(disk, path, formatState(boot, [...this.#lines.values()]))
      await this.#journal.dropOld()
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

  #pause(milliseconds: number): void {
    this.#notBefore = performance.now() + milliseconds
  }

  #tell(error: Error | null): void {
    if (this.#problem === error?.message) return
    this.#problem = error?.message
    this.#options.onProblem(error)
  }
}
