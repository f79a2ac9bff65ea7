/** `qbg report`: a capture as a page. Needs no daemon and no privilege. */
import { ControlError, EXIT } from '../control/control-error.ts'
import type { ReportAnswer } from '../control/schema/report.ts'
import { qbgVersion } from '../control/version.ts'
import { DEFAULT_LIMITS } from '../report/build-model.ts'
import { type Written, whatIsAt, writeReport } from '../report/write-report.ts'
import { captureRefusal } from './capture-refusal.ts'
import { printJson, printLines } from './output.ts'

export interface ReportOptions {
  readonly html: string
  readonly title?: string
  readonly maxFrames: string
  readonly force?: boolean
  readonly json?: boolean
}

/** A browser lays out so many rows; beyond that the page is of no use. */
const MAX_FRAMES = 500_000

/** 0. Throws ControlError; when the capture is broken, after the page was written. */
export async function report(file: string, options: ReportOptions): Promise<number> {
  const limits = { ...DEFAULT_LIMITS, frames: frameLimit(options.maxFrames) }
  refuseToReplace(options)
  const progress = process.stderr.isTTY ? process.stderr : undefined
  const { html, title } = options
  const request = { file, out: html, title, version: qbgVersion(), limits, progress }
  const written = await writeReport(request).catch((error: unknown) => refuse(error, file, html))
  if (options.json) printJson(toAnswer(file, html, written))
  else printLines([describe(html, written), ...written.model.limits.map((limit) => `  ${limit}`)])
  if (written.broken) throw captureRefusal(written.broken, file)
  return EXIT.ok
}

function frameLimit(text: string): number {
  const limit = /^\d+$/.test(text) ? Number(text) : 0
  if (limit >= 1 && limit <= MAX_FRAMES) return limit
  throw new ControlError('bad-usage', `--max-frames ${text}: a number from 1 to ${MAX_FRAMES}`, {
    hint: 'qbg report --help',
  })
}

function refuseToReplace({ html, force }: ReportOptions): void {
  const there = attempt(html, () => whatIsAt(html))
  if (there === 'no-file')
    throw new ControlError('bad-usage', `--html ${html}: there is something that is no file`, {
      hint: 'name a file for the page',
    })
  if (there === 'other-file' && !force)
    throw new ControlError('bad-usage', `${html} exists and is no report of qbg`, {
      hint: '--force replaces it',
    })
}

function attempt<T>(path: string, run: () => T): T {
  try {
    return run()
  } catch (error) {
    throw fileRefusal(error, path)
  }
}

function refuse(error: unknown, file: string, html: string): never {
  throw captureRefusal(error, file) ?? fileRefusal(error, html)
}

/** What the system says of the page; a fault of our own stays one. */
function fileRefusal(error: unknown, path: string): unknown {
  if (!(error instanceof Error && 'syscall' in error)) return error
  return new ControlError('file-refused', `${path}: ${error.message}`, { cause: error })
}

function describe(html: string, { model, size }: Written): string {
  const { error, warning, note } = model.severities
  const found = [`${error} errors`, `${warning} warnings`, `${note} notes`].join(', ')
  return `${html}  ${model.frames.length} frames, ${model.vsis.length} VSIs, ${found}; ${Math.ceil(size / 1000)} kB`
}

function toAnswer(file: string, html: string, { model, size }: Written): ReportAnswer {
  const { counts, frames, vsis, severities, limits } = model
  return {
    schema: 'qbg/v1/report',
    file,
    html,
    size,
    frames: { ...counts, shown: frames.length },
    vsis: vsis.length,
    findings: { ...severities },
    limits: [...limits],
  }
}
