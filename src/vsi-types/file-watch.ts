/**
 * Tells when a file has another content: editors write a new file and give it the name, so the directory is watched.
 * A file is looked at when nothing has happened to it for a moment: not in the middle of being written. Where nothing
 * is told (some network file systems, or the directory was replaced), looking now and then does it.
 */
import { type FSWatcher, watch } from 'node:fs'
import { stat } from 'node:fs/promises'
import { basename, dirname } from 'node:path'

/** Milliseconds. */
const QUIET = 100
const LOOK_EVERY = 5000

export class FileWatch {
  readonly #path: string
  readonly #changed: () => Promise<void>
  #seen: string
  #watcher: FSWatcher | undefined
  #quiet: NodeJS.Timeout | undefined
  readonly #look: NodeJS.Timeout
  #checking = false
  #closed = false

  /** `seen`: the look of the file (`lookOf`) when it was read last. `changed` reads it again. */
  constructor(path: string, seen: string, changed: () => Promise<void>) {
    this.#path = path
    this.#seen = seen
    this.#changed = changed
    this.#look = setInterval(() => void this.#check(), LOOK_EVERY)
    this.#look.unref()
    this.#watch()
  }

  close(): void {
    this.#closed = true
    this.#watcher?.close()
    clearTimeout(this.#quiet)
    clearInterval(this.#look)
  }

  #watch(): void {
    try {
      this.#watcher = watch(dirname(this.#path), { persistent: false }, (_, name) => {
        this.#happened(name === basename(this.#path))
      })
      this.#watcher.on('error', () => this.#unwatch())
    } catch {
      this.#unwatch()
    }
  }

  /** Tried again at the next look. */
  #unwatch(): void {
    this.#watcher?.close()
    this.#watcher = undefined
  }

  /** To the file itself, or beside it: a log that is written there all the time must not postpone the look. */
  #happened(itself: boolean): void {
    if (!itself && this.#quiet !== undefined) return
    clearTimeout(this.#quiet)
    if (this.#closed) return
    this.#quiet = setTimeout(() => {
      this.#quiet = undefined
      void this.#check()
    }, QUIET)
    this.#quiet.unref()
  }

  async #check(): Promise<void> {
    if (this.#checking || this.#closed) return
    this.#checking = true
    if (this.#watcher === undefined) this.#watch()
    const look = await lookOf(this.#path)
    if (look !== this.#seen && !this.#closed) {
      this.#seen = look
      await this.#changed()
      if ((await lookOf(this.#path)) !== look) this.#happened(true)
    }
    this.#checking = false
  }
}

/** What tells one content of a file from another, without reading it. */
export async function lookOf(path: string): Promise<string> {
  try {
    const { dev, ino, size, mtimeNs, ctimeNs } = await stat(path, { bigint: true })
    return [dev, ino, size, mtimeNs, ctimeNs].join(' ')
  } catch (error) {
    return (error as NodeJS.ErrnoException).code ?? 'unreadable'
  }
}
