/** Where a station keeps its VSIs, when nobody says so, and where it cannot. */
import { accessSync, closeSync, constants, existsSync, openSync, readSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'

export const ROOT_STATE_PATH = '/var/lib/qbg/station.json'

/** How the first words of every state file begin, whatever its version: only such a file is ever moved or replaced. */
export const STATE_MARK = 'VSIs that qbg station'
/** Octets in which the mark is looked for. */
const HEAD = 512

interface StateEnvironment {
  readonly uid: number
  readonly env: Readonly<Record<string, string | undefined>>
  /** False where the permissions of a path, or of what there is of it, forbid to write. */
  readonly mayWrite?: (path: string) => boolean
}

const here = (): StateEnvironment => ({ uid: process.getuid?.() ?? 0, env: process.env })

/** True when a file is there, or could be; false for a directory, a device and the like. Throws when that cannot be told. */
export function isStatePath(path: string): boolean {
  return !path.endsWith('/') && (statSync(path, { throwIfNoEntry: false })?.isFile() ?? true)
}

/**
 * True when the file has something in it that qbg did not write; zeros are what a loss of power leaves. Throws when that
 * cannot be told.
 */
export function isForeign(path: string): boolean {
  if (statSync(path, { throwIfNoEntry: false }) === undefined) return false
  const file = openSync(path, 'r')
  try {
    const head = Buffer.alloc(HEAD)
    const text = head.toString('utf8', 0, readSync(file, head))
    return /[^\0\s]/.test(text) && !text.includes(STATE_MARK)
  } finally {
    closeSync(file)
  }
}

/**
 * Undefined for an ordinary user without a home. Root of a user namespace may well be an ordinary user, who has no place
 * in /var. Source: XDG Base Directory Specification.
 */
export function defaultStatePath(
  { uid, env, mayWrite = maybeWritable }: StateEnvironment = here(),
): string | undefined {
  if (uid === 0 && mayWrite(dirname(ROOT_STATE_PATH))) return ROOT_STATE_PATH
  const home = env.XDG_STATE_HOME || (env.HOME && join(env.HOME, '.local/state'))
  return home ? join(home, 'qbg/station.json') : undefined
}

/** Anything but permissions (a disk that is read-only) is no reason to keep VSIs elsewhere. */
function maybeWritable(path: string): boolean {
  if (!existsSync(path) && path !== dirname(path)) return maybeWritable(dirname(path))
  try {
    accessSync(path, constants.W_OK | constants.X_OK)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'EACCES'
  }
}
