/**
 * Reads the state file and its journals at the start. One of qbg's that cannot be used is put under another name, never
 * overwritten, and does not keep the daemon from starting. Nothing else is ever moved: a file that qbg did not write, or
 * a path that is no file's, is a mistake.
 */
import { constants, copyFileSync, existsSync, readFileSync, renameSync, truncateSync } from 'node:fs'
import { formatVsiId } from '../../protocol/vdp/vsi-id.ts'
import { journalPaths, parseJournal, storedKey } from './journal.ts'
import { isForeign, isStatePath } from './state-path.ts'
import { parseState } from './state-text.ts'
import { decodeStoredVsi, type StoredVsi } from './stored-vsi.ts'

export interface LoadedState {
  /** The machine's boot in which it was written. */
  readonly boot: string
  readonly vsis: readonly StoredVsi[]
  /** There is more in the journals than in the file. */
  readonly journaled: boolean
  /** What a person should know. */
  readonly warnings: readonly string[]
}

const NOTHING: LoadedState = { boot: '', vsis: [], journaled: false, warnings: [] }

/** Throws when there is a file that can neither be read nor put aside: it must not be written then. */
export function loadState(path: string): LoadedState {
  const file = loadFile(path)
  const journals = journalPaths(path).filter((one) => existsSync(one))
  if (journals.length === 0) return file
  const vsis = new Map(file.vsis.map((one) => [keyOf(one), one]))
  const warnings = journals.flatMap((journal) => replay(journal, vsis))
  return { ...file, vsis: [...vsis.values()], journaled: true, warnings: [...file.warnings, ...warnings] }
}

function loadFile(path: string): LoadedState {
  let text: string
  try {
    text = readFileSync(path, 'utf8')
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException
    return code === 'ENOENT' ? NOTHING : putAside(path, 'unusable', message)
  }
  if (text.trim() === '') return NOTHING
  if (isForeign(path)) throw new Error(`${path} was not written by qbg`)
  const parsed = parseState(text)
  if (!parsed.ok) return putAside(path, parsed.newer ? 'newer' : 'unusable', parsed.reason)
  const { boot, vsis } = parsed.state
  const decoded = vsis.map(decodeStoredVsi)
  const good = decoded.flatMap((one) => (one.ok ? [one.value] : []))
  const [wrong] = decoded.flatMap((one, index) =>
    one.ok ? [] : [`the VSI number ${index + 1}: ${one.message}`],
  )
  if (wrong === undefined) return { ...NOTHING, boot, vsis: good }
  const lost = `${vsis.length - good.length} of ${vsis.length} VSIs in ${path} cannot be used (${wrong})`
  return { ...NOTHING, boot, vsis: good, warnings: [`${lost}; ${copyAside(path)}`] }
}

/** Changes `vsis` as the journal says; what a person should know of that. */
function replay(path: string, vsis: Map<string, StoredVsi>): string[] {
  if (!isStatePath(path)) throw new Error(`${path} is not a file`) // reading a pipe would wait for ever
  const text = readFileSync(path)
  const { changes, broken } = parseJournal(text.toString('utf8'))
  // What is appended next must not go on where an unfinished line ends.
  truncateSync(path, text.lastIndexOf('\n') + 1)
  let unusable = broken
  for (const { key, vsi } of changes) {
    const decoded = vsi === null ? undefined : decodeStoredVsi(vsi)
    if (decoded === undefined) vsis.delete(key)
    else if (decoded.ok) vsis.set(keyOf(decoded.value), decoded.value)
    else unusable++
  }
  return unusable === 0 ? [] : [`${unusable} changes in ${path} cannot be used; ${copyAside(path)}`]
}

function keyOf({ port, command }: StoredVsi): string {
  return storedKey(port, formatVsiId(command.vsiId))
}

/** A newer qbg’s journals go with its file; changes to a file that is broken are still good. */
function putAside(path: string, kind: 'newer' | 'unusable', reason: string): LoadedState {
  if (!isStatePath(path)) throw new Error(`${path} is not a file: ${reason}`)
  const aside = nameAside(path, kind)
  renameSync(path, aside)
  if (kind === 'newer') {
    for (const journal of journalPaths(path))
      if (existsSync(journal)) renameSync(journal, nameAside(journal, kind))
  }
  const warning = `no VSI is restored from ${path}: ${reason}; the file is now ${aside}`
  return { ...NOTHING, warnings: [warning] }
}

function copyAside(path: string): string {
  const copy = nameAside(path, 'unusable')
  copyFileSync(path, copy, constants.COPYFILE_EXCL)
  return `a copy of the file is ${copy}`
}

function nameAside(path: string, kind: string): string {
  return `${path}.${kind}-${new Date().toISOString().replaceAll(':', '-')}`
}
