/** Where a station keeps its VSIs, when nobody says so, and where it cannot. */
import { statSync } from 'node:fs'
import { join } from 'node:path'

export const ROOT_STATE_PATH = '/var/lib/qbg/station.json'

interface StateEnvironment {
  readonly uid: number
  readonly env: Readonly<Record<string, string | undefined>>
}

const here = (): StateEnvironment => ({ uid: process.getuid?.() ?? 0, env: process.env })

/** True when a file is there, or could be; false for a directory, a device and the like. Throws when that cannot be told. */
export function isStatePath(path: string): boolean {
  return !path.endsWith('/') && (statSync(path, { throwIfNoEntry: false })?.isFile() ?? true)
}

/** Undefined for an ordinary user without a home. Source: XDG Base Directory Specification. */
export function defaultStatePath({ uid, env }: StateEnvironment = here()): string | undefined {
  if (uid === 0) return ROOT_STATE_PATH
  const home = env.XDG_STATE_HOME || (env.HOME && join(env.HOME, '.local/state'))
  return home ? join(home, 'qbg/station.json') : undefined
}
