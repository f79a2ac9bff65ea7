/** `qbg report`: reads a capture and writes its page. */
import { closeSync, openSync, readSync, renameSync, rmSync, statSync, writeSync } from 'node:fs'
import { basename } from 'node:path'
import { Progress } from '../decode/progress.ts'
import { CaptureReader } from '../pcap/capture-reader.ts'
import { CaptureError } from '../pcap/captured-packet.ts'
import { renderReplayed } from '../replay/render-verdict.ts'
import type { Verdict } from '../replay/verdict.ts'
import { readAssets } from './assets.ts'
import { type Built, type Limits, ReportBuilder } from './build-model.ts'
import { REPORT_MARK, renderPage } from './page.ts'

export interface ReportRequest {
  /** Of the capture; `-` is standard input. */
  readonly file: string
  /** Of the page. */
  readonly out: string
  readonly title: string | undefined
  readonly version: string
  readonly limits: Limits
  /** Where progress is shown, when it is. */
  readonly progress: NodeJS.WriteStream | undefined
}

export interface Written extends Built {
  /** Octets of the page. */
  readonly size: number
  /** The capture ends here; the page shows what comes before. */
  readonly broken: CaptureError | undefined
}

/** Rejects with CaptureError when nothing of the capture can be read, and with the system's error for the page. */
export async function writeReport(request: ReportRequest): Promise<Written> {
  const { file, out, title, version, limits } = request
  const builder = new ReportBuilder(limits)
  const broken = await readInto(builder, request)
  const source = file === '-' ? 'standard input' : basename(file)
  const { model, verdict } = builder.end(title ?? source, source, version, broken)
  const size = writeParts(out, renderPage(model, asText(verdict), readAssets()))
  return { model, verdict, size, broken }
}

async function readInto(
  builder: ReportBuilder,
  { file, progress }: ReportRequest,
): Promise<CaptureError | undefined> {
  const reader = new CaptureReader(file)
  const shown = progress && new Progress(progress, reader)
  try {
    for await (const packets of reader.packets()) {
      for (const packet of packets) builder.add(packet)
      shown?.show(builder.packets)
    }
    return undefined
  } catch (error) {
    if (!(error instanceof CaptureError) || builder.packets === 0) throw error
    return error
  } finally {
    shown?.clear()
  }
}

/** Under another name until it is whole: whoever looks at the page sees the old one or the new one. */
function writeParts(path: string, parts: Iterable<string>): number {
  const unfinished = `${path}.${process.pid}.part`
  const to = openSync(unfinished, 'wx')
  let size = 0
  try {
    for (const part of parts) size += writeAll(to, Buffer.from(part))
    closeSync(to)
    renameSync(unfinished, path)
  } catch (error) {
    rmSync(unfinished, { force: true })
    throw error
  }
  return size
}

function writeAll(to: number, octets: Uint8Array): number {
  let at = 0
  while (at < octets.length) at += writeSync(to, octets, at)
  return at
}

/** What is at `path`: nothing, a report of ours, or something that is not to be lost. */
export function whatIsAt(path: string): 'nothing' | 'report' | 'other-file' | 'no-file' {
  const stat = statSync(path, { throwIfNoEntry: false })
  if (stat === undefined) return 'nothing'
  if (!stat.isFile()) return 'no-file'
  const from = openSync(path, 'r')
  try {
    const start = Buffer.alloc(REPORT_MARK.length)
    const length = readSync(from, start, 0, start.length, 0)
    return start.toString('latin1', 0, length) === REPORT_MARK ? 'report' : 'other-file'
  } finally {
    closeSync(from)
  }
}

function asText(verdict: Verdict): string {
  const same = (text: string) => text
  const plain = { bold: same, red: same, green: same, yellow: same, dim: same }
  const result = verdict.broken ? 'unusable' : verdict.counts.error > 0 ? 'fail' : 'pass'
  const nothing = { expectation: null, updated: false, mismatch: null, differences: [], problem: null }
  return renderReplayed({ verdict, result, ...nothing }, plain, true).join('\n')
}
