/** Runs the built command `qbg` as a person would. */
import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

export const MAIN = fileURLToPath(new URL('../../dist/src/cli/main.js', import.meta.url))

export interface Ended {
  readonly status: number | null
  readonly stdout: string
  readonly stderr: string
}

export interface Running {
  readonly child: ChildProcess
  readonly ended: Promise<Ended>
  /** Resolves with standard output as soon as it matches; rejects when the process ends before. */
  readonly says: (pattern: RegExp) => Promise<string>
}

/**
 * No VSIs are kept over a restart, as long as no file is named for them. `environment` is added to one without colours
 * and without a control socket; `as`: a program that starts it.
 */
export function startQbg(
  argv: readonly string[],
  environment: NodeJS.ProcessEnv = {},
  as: readonly string[] = [],
): Running {
  if (!existsSync(MAIN)) throw new Error('qbg is not built: npm run build')
  const { QBG_CONTROL: _control, FORCE_COLOR: _colour, ...rest } = process.env
  const keeps = argv[0] !== 'station' || argv.includes('--state')
  const [program = '', ...words] = [...as, process.execPath, MAIN, ...argv, ...(keeps ? [] : ['--no-state'])]
  const child = spawn(program, words, {
    env: { ...rest, ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let stdout = ''
  let stderr = ''
  const checks = new Set<() => void>()
  child.stdout.on('data', (part) => {
    stdout += part
    for (const check of checks) check()
  })
  child.stderr.on('data', (part) => {
    stderr += part
  })
  const ended = new Promise<Ended>((resolve) => {
    child.once('close', (status) => resolve({ status, stdout, stderr }))
  })
  const says = (pattern: RegExp) =>
    new Promise<string>((resolve, reject) => {
      const check = () => pattern.test(stdout) && resolve(stdout)
      checks.add(check)
      check()
      void ended.then(() =>
        reject(new Error(`qbg ${argv.join(' ')} ended without ${pattern}: ${stdout}${stderr}`)),
      )
    })
  return { child, ended, says }
}

export function runQbg(argv: readonly string[], environment: NodeJS.ProcessEnv = {}): Promise<Ended> {
  return startQbg(argv, environment).ended
}
