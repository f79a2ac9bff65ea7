/** Where a station keeps its VSIs when nobody says so. */
import { join } from 'node:path'

export const ROOT_STATE_PATH = '/var/lib/qbg/station.json'

interface StateEnvironment {
  readonly uid: number
  readonly env: Readonly<Record<string, string | undefined>>
}

const here = (): StateEnvironment => ({ uid: process.getuid?.() ?? 0, env: process.env })

/** Undefined for an ordinary user without a home. Source: XDG Base Directory Specification. */
export function defaultStatePath({ uid, env }: StateEnvironment = here()): string | undefined {
  if (uid === 0) return ROOT_STATE_PATH
  const home = env.XDG_STATE_HOME || (env.HOME && join(env.HOME, '.local/state'))
  return home ? join(home, 'qbg/station.json') : undefined
}
