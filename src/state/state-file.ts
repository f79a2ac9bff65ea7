/**
 * Reads the state file at the start. A file that cannot be used is put under another name, never overwritten, and does
 * not keep the daemon from starting. Nothing but a file is ever moved: a path that is no file's is a mistake.
 */
import { constants, copyFileSync, readFileSync, renameSync } from 'node:fs'
import { isStatePath } from './state-path.ts'
import { parseState } from './state-text.ts'
import { decodeStoredVsi, type StoredVsi } from './stored-vsi.ts'

export interface LoadedState {
  /** The machine's boot in which it was written. */
  readonly boot: string
  readonly vsis: readonly StoredVsi[]
  /** What a person should know. */
  readonly warnings: readonly string[]
}

const NOTHING: LoadedState = { boot: '', vsis: [], warnings: [] }

/** Throws when there is a file that can neither be read nor put aside: it must not be written then. */
export function loadState(path: string): LoadedState {
  let text: string
  try {
    text = readFileSync(path, 'utf8')
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException
    return code === 'ENOENT' ? NOTHING : putAside(path, 'unusable', message)
  }
  const parsed = parseState(text)
  if (!parsed.ok) return putAside(path, parsed.newer ? 'newer' : 'unusable', parsed.reason)
  const { boot, vsis } = parsed.state
  const decoded = vsis.map(decodeStoredVsi)
  const good = decoded.flatMap((one) => (one.ok ? [one.value] : []))
  const [wrong] = decoded.flatMap((one, index) =>
    one.ok ? [] : [`the VSI number ${index + 1}: ${one.message}`],
  )
  if (wrong === undefined) return { boot, vsis: good, warnings: [] }
  const copy = nameAside(path, 'unusable')
  copyFileSync(path, copy, constants.COPYFILE_EXCL)
  const warning = `${vsis.length - good.length} of ${vsis.length} VSIs in ${path} cannot be used (${wrong}); a copy of the file is ${copy}`
  return { boot, vsis: good, warnings: [warning] }
}

function putAside(path: string, kind: 'newer' | 'unusable', reason: string): LoadedState {
  if (!isStatePath(path)) throw new Error(`${path} is not a file: ${reason}`)
  const aside = nameAside(path, kind)
  renameSync(path, aside)
  const warning = `no VSI is restored from ${path}: ${reason}; the file is now ${aside}`
  return { ...NOTHING, warnings: [warning] }
}

function nameAside(path: string, kind: string): string {
  return `${path}.${kind}-${new Date().toISOString().replaceAll(':', '-')}`
}
