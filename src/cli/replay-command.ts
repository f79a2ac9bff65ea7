/** `qbg replay`: captures in, a verdict out. */
import { existsSync, readdirSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { ControlError, EXIT } from '../control/control-error.ts'
import { toAnnotations, toJunit } from '../replay/junit.ts'
import { renderReplayed } from '../replay/render-verdict.ts'
import { expectationPath, type Replayed, type ReplayOptions, replayFile } from '../replay/replay.ts'
import { ReplayError } from '../replay/replay-error.ts'
import { replayFiles } from '../replay/replay-files.ts'
import { readNumber } from './number-option.ts'
import { printJsonLine } from './output.ts'
import { styleOf } from './style.ts'

export interface ReplayCommandOptions extends ReplayOptions {
  readonly json?: boolean
  readonly junit?: string
  readonly github?: boolean
  readonly name?: string
  readonly notes?: boolean
  readonly jobs?: string
}

/** 0: all pass; 1: findings or a mismatch; 2: something could not be used. */
export function replay(paths: readonly string[], options: ReplayCommandOptions): Promise<number> {
  return refusing(() => replayAll(paths, options))
}

async function replayAll(paths: readonly string[], options: ReplayCommandOptions): Promise<number> {
  const files = paths.flatMap((path) => capturesIn(path, options.name))
  if (files.length === 0)
    throw new ReplayError('no capture there', {
      hint: 'captures end in .pcap, .pcapng or .cap, also with .gz',
    })
  if (options.expect && files.length > 1)
    throw new ReplayError('--expect is for one capture', { hint: 'name a file instead of a directory' })
  const replays: Replayed[] = []
  const jobs = options.jobs === undefined ? undefined : readNumber(options.jobs, '--jobs', 1, 64)
  for await (const replayed of replayFiles(files, options, jobs)) {
    replays.push(replayed)
    if (options.json) printJsonLine(toAnswer(replayed))
    else
      process.stdout.write(
        `${renderReplayed(replayed, styleOf(process.stdout), options.notes ?? false).join('\n')}\n`,
      )
  }
  const count = (result: Replayed['result']) => replays.filter((each) => each.result === result).length
  if (!options.json)
    process.stdout.write(`${count('pass')} passed, ${count('fail')} failed, ${count('unusable')} unusable\n`)
  if (options.junit) writeJunit(options.junit, toJunit(replays))
  if (options.github ?? process.env.GITHUB_ACTIONS === 'true') {
    for (const line of toAnnotations(replays)) process.stderr.write(`${line}\n`)
  }
  if (count('unusable') > 0) return EXIT.usage
  return count('fail') > 0 ? EXIT.refused : EXIT.ok
}

function writeJunit(path: string, text: string): void {
  try {
    writeFileSync(path, text)
  } catch (error) {
    throw new ControlError('file-refused', `--junit ${path}: ${(error as Error).message}`, { cause: error })
  }
}

/** Expectations for captures that have none. */
export function initExpectations(paths: readonly string[]): Promise<number> {
  return refusing(() => initAll(paths))
}

async function initAll(paths: readonly string[]): Promise<number> {
  for (const file of paths.flatMap((path) => capturesIn(path))) {
    const sidecar = expectationPath(file)
    const exists = existsSync(sidecar)
    if (!exists) {
      const { problem } = await replayFile(file, { update: true })
      if (problem !== null) throw new ReplayError(`${file}: ${problem.message}`)
    }
    process.stdout.write(
      `${sidecar}  ${exists ? 'is there already' : 'written: look whether it is what you expect'}\n`,
    )
  }
  return EXIT.ok
}

function toAnswer({ verdict, ...rest }: Replayed) {
  return { ...verdict, ...rest }
}

const CAPTURE = /\.(pcap|pcapng|cap)(\.gz)?$/

function capturesIn(path: string, name?: string): string[] {
  if (path !== '-' && !existsSync(path)) throw new ReplayError(`there is no ${path}`)
  if (path === '-' || !statSync(path).isDirectory()) return [path]
  return filesBelow(path)
    .filter((file) => CAPTURE.test(file))
    .filter((file) => name === undefined || file.includes(name))
    .sort()
    .map((file) => join(path, file))
}

function filesBelow(path: string): string[] {
  try {
    return readdirSync(path, { recursive: true, encoding: 'utf8' })
  } catch (cause) {
    const hint = 'name folders that can be read, or the captures themselves'
    throw new ReplayError(`${path} cannot be searched: ${(cause as Error).message}`, { hint, cause })
  }
}

/** What the replay cannot use, as the error of the command line it is. */
async function refusing<T>(run: () => Promise<T>): Promise<T> {
  try {
    return await run()
  } catch (error) {
    if (!(error instanceof ReplayError)) throw error
    throw new ControlError('bad-capture', error.message, {
      hint: error.hint ?? 'qbg replay --help',
      cause: error,
    })
  }
}
