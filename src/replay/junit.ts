/** Verdicts as JUnit XML, which CI systems read, and as GitHub's annotations. */
import type { Replayed } from './replay.ts'

export function toJunit(replays: readonly Replayed[]): string {
  const failures = replays.filter(({ result }) => result === 'fail').length
  const errors = replays.filter(({ result }) => result === 'unusable').length
  const attributes = `name="qbg replay" tests="${replays.length}" failures="${failures}" errors="${errors}"`
  const cases = replays.map(testCase).join('\n')
  return `<?xml version="1.0" encoding="UTF-8"?>\n<testsuites>\n<testsuite ${attributes}>\n${cases}\n</testsuite>\n</testsuites>\n`
}

function testCase(replayed: Replayed): string {
  const { verdict, result } = replayed
  const open = `<testcase classname="qbg.replay" name="${escapeXml(verdict.file)}" time="${(verdict.duration / 1000).toFixed(3)}"`
  if (result === 'pass') return `${open}/>`
  const kind = result === 'fail' ? 'failure' : 'error'
  return `${open}><${kind} message="${escapeXml(summary(replayed))}">${escapeXml(detail(replayed))}</${kind}></testcase>`
}

/** `::error file=...` lines, for GitHub Actions. */
export function toAnnotations(replays: readonly Replayed[]): string[] {
  return replays
    .filter(({ result }) => result !== 'pass')
    .map(
      (replayed) =>
        `::error file=${property(replayed.verdict.file)}::${data(`${summary(replayed)}\n${detail(replayed)}`)}`,
    )
}

function summary({ verdict, problem, mismatch, differences }: Replayed): string {
  if (problem !== null) return problem.message
  if (verdict.broken !== null) return verdict.broken.message
  if (mismatch !== null) return 'not as expected'
  if (differences.length > 0) return 'our machine would have sent something else'
  return `${verdict.counts.error} errors, ${verdict.counts.warning} warnings`
}

function detail({ verdict, mismatch, differences }: Replayed): string {
  if (mismatch !== null) return mismatch
  const findings = verdict.findings
    .filter(({ severity }) => severity !== 'note')
    .map(
      ({ severity, frame, at, text, code }) =>
        `${severity}: frame ${frame} at ${(at / 1000).toFixed(3)} s: ${text} (${code})`,
    )
  const others = differences.flatMap(({ stream, lines }) => [
    stream,
    ...lines.map(({ sign, frame, text }) => `${sign} ${frame === null ? 'ours' : `frame ${frame}`} ${text}`),
  ])
  return [...findings, ...others].join('\n')
}

function escapeXml(text: string): string {
  return text
    .replace(/&/g, '&amp;')
    .replace(/</g, '&lt;')
    .replace(/>/g, '&gt;')
    .replace(/"/g, '&quot;')
    .replace(/[^\t\n\r\x20-\ud7ff\ue000-\ufffd]/g, '?')
}

function data(text: string): string {
  return text.replace(/%/g, '%25').replace(/\r/g, '%0D').replace(/\n/g, '%0A')
}

function property(text: string): string {
  return data(text).replace(/:/g, '%3A').replace(/,/g, '%2C')
}
