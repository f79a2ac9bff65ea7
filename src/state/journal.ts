/**
 * What has changed since the state file was written, one change a line, given to the kernel as it happens: it survives
 * the end of the process at any moment. What survives a loss of power is the file itself.
 *
 * Beside the file there is `.journal`, and `.journal.old` while the file is being written with what that one says.
 */
import type { VsiKey } from '../../protocol/vdp/vsi-id.ts'
import type { Disk } from './atomic-file.ts'

/** A line of the state file that is there now, or nothing. */
export interface Change {
  readonly key: string
  readonly line: string | undefined
}

/** Names a stored VSI. Interface names have no spaces. */
export function storedKey(port: string, vsi: VsiKey): string {
  return `${port} ${vsi}`
}

/** In the order in which they are to be read. */
export function journalPaths(path: string): readonly [old: string, current: string] {
  return [`${path}.journal.old`, `${path}.journal`]
}

/** Its operations are done one after the other, in the order of the calls. */
export class Journal {
  readonly #disk: Disk
  readonly #old: string
  readonly #current: string
  #last: Promise<unknown> = Promise.resolve()

  constructor(disk: Disk, path: string) {
    const [old, current] = journalPaths(path)
    this.#disk = disk
    this.#old = old
    this.#current = current
  }

  append(changes: readonly Change[]): Promise<void> {
    const text = changes
      .map(({ key, line }) => `{"key":${JSON.stringify(key)},"vsi":${line ?? null}}\n`)
      .join('')
    return this.#next(() => this.#disk.append(this.#current, text))
  }

  /** What is appended from now on is not in the state file that is written next. An old one that was left stays. */
  rotate(): Promise<void> {
    return this.#next(async () => {
      if (await this.#disk.exists(this.#old)) return
      if (await this.#disk.exists(this.#current)) await this.#disk.rename(this.#current, this.#old)
    })
  }

  /** The state file says all that the old one did. */
  dropOld(): Promise<void> {
    return this.#next(() => this.#disk.remove(this.#old))
  }

  #next<T>(what: () => Promise<T>): Promise<T> {
    const result = this.#last.then(what)
    this.#last = result.catch(() => {})
    return result
  }
}

export interface ReadChange {
  readonly key: string
  /** As JSON has it; null when nothing is kept any more. */
  readonly vsi: unknown
}

/** Inverse of `append`. A last line that was not finished is left out: nobody was told that it happened. */
export function parseJournal(text: string): {
  readonly changes: readonly ReadChange[]
  readonly broken: number
} {
  const lines = text.split('\n').slice(0, -1)
  const changes = lines.flatMap((line) => parseChange(line) ?? [])
  return { changes, broken: lines.length - changes.length }
}

function parseChange(line: string): ReadChange | undefined {
  try {
    const { key, vsi } = JSON.parse(line)
    return typeof key === 'string' && vsi !== undefined ? { key, vsi } : undefined
  } catch {
    return undefined
  }
}
