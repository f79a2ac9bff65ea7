/**
 * Where the control socket is: `--control`, then `QBG_CONTROL`, then `/run/qbg/qbg.sock` for root and
 * `$XDG_RUNTIME_DIR/qbg.sock` for others.
 */
import { ControlError } from './control-error.ts'

export const ROOT_CONTROL_PATH = '/run/qbg/qbg.sock'
/** sun_path of unix(7) has 108 octets, the last one zero. */
const MAX_PATH = 107

export interface ControlEnvironment {
  readonly uid: number
  readonly env: Readonly<Record<string, string | undefined>>
}

const here = (): ControlEnvironment => ({ uid: process.getuid?.() ?? 0, env: process.env })

/** Throws ControlError when there is no path, or none that a socket can have. */
export function controlPath(option?: string, { uid, env }: ControlEnvironment = here()): string {
  if (option === '') {
    throw new ControlError('control-path', 'the control socket has an empty name', {
      hint: 'name it: --control PATH; without the option it is where it always is',
    })
  }
  const path = option ?? (env.QBG_CONTROL || defaultPath(uid, env.XDG_RUNTIME_DIR))
  if (path === undefined) {
    throw new ControlError(
      'control-path',
      'XDG_RUNTIME_DIR is not set, so there is no default control socket',
      {
        hint: 'name one with --control PATH or QBG_CONTROL',
      },
    )
  }
  if (Buffer.byteLength(path) <= MAX_PATH) return path
  throw new ControlError(
    'control-path',
    `the control socket path has more than ${MAX_PATH} octets: ${path}`,
    {
      hint: 'choose a shorter one with --control',
    },
  )
}

function defaultPath(uid: number, runtimeDirectory: string | undefined): string | undefined {
  if (uid === 0) return ROOT_CONTROL_PATH
  return runtimeDirectory ? `${runtimeDirectory}/qbg.sock` : undefined
}
