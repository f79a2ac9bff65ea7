/**
 * `qbg lab` and `npm start`: the VEPA lab, as the user's own process sees it. It looks whether namespaces can be
 * had, runs the lab inside them (`inside.ts`) and sees to it that nothing of it is left.
 */
import { accessSync, constants, existsSync, mkdirSync, mkdtempSync, opendirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { OperationalError } from '../runtime/operational-error.ts'
import { holdSignals, runEnclosed } from './enclosure.ts'
import { findNamespaces } from './namespaces.ts'
import { HELP, type LabOptions, parseOptions } from './options.ts'

/** Resolves with the exit status. Throws ControlError for a wrong command line, OperationalError when it cannot run. */
export async function runLab(argv: readonly string[]): Promise<number> {
  const options = parseOptions(argv)
  if (options === undefined) {
    process.stdout.write(HELP)
    return 0
  }
  withSystemPrograms()
  const unshare = findNamespaces()
  const early = holdSignals()
  const directory = makeDirectory(options)
  try {
    const temporary = options.directory === undefined
    const userNamespace = unshare.includes('--user')
    return await runEnclosed({ ...options, directory, temporary, userNamespace }, unshare, early)
  } finally {
    early.release()
    if (options.directory === undefined) rmSync(directory, { recursive: true, force: true })
  }
}

/** Users of Debian do not have the directory of `ip` and `bridge` in their PATH. */
function withSystemPrograms(): void {
  process.env.PATH = `${process.env.PATH ?? ''}:/usr/sbin:/sbin:/usr/bin:/bin`
}

function makeDirectory({ directory }: LabOptions): string {
  try {
    if (directory === undefined) return mkdtempSync(join(tmpdir(), 'qbg-lab-'))
    if (!existsSync(directory)) mkdirSync(directory)
    opendirSync(directory).closeSync()
    accessSync(directory, constants.W_OK)
    return resolve(directory)
  } catch (cause) {
    const operation = `keep files in ${directory ?? tmpdir()}`
    throw new OperationalError('file-not-writable', 'not possible', {
      operation,
      hint: 'name another one with --directory DIR',
      cause,
    })
  }
}
