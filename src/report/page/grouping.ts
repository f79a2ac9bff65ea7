/**
 * What is the same again and again becomes one row: periodic LLDPDUs and keep-alives, and many VSIs asked for in a row.
 * What is out of the ordinary is never in a group. Knows nothing of the page.
 */
import type { FrameKind, ReportFrame } from '../model.ts'
import { counted } from './format.ts'

export type Row =
  /** `within` is the group it was unfolded from. */
  { readonly type: 'frame'; readonly place: number; readonly within: number | null } | GroupRow

export interface GroupRow {
  readonly type: 'group'
  /** The place of its first frame: names it. */
  readonly id: number
  readonly places: readonly number[]
  readonly open: boolean
  readonly text: string
}

type Run = 'quiet' | 'batch'

const QUIET: ReadonlySet<FrameKind> = new Set([
  'lldp-periodic',
  'vdp-keep-alive',
  'vdp-kept-alive',
  'ecp-quiet-ack',
])
const ROUTINE: ReadonlySet<FrameKind> = new Set(['vdp-request', 'vdp-response', 'ecp-ack'])
const MIN_QUIET = 4
const MIN_VSIS = 4
/** A group that is unfolded has to be readable; it ends before the next request. */
const MAX_FRAMES = 200

/** Rows for the frames at `places`. `stands`: a frame that has to be seen; `open`: groups that are unfolded. */
export function toRows(
  frames: readonly ReportFrame[],
  places: readonly number[],
  stands: (frame: ReportFrame) => boolean,
  open: ReadonlySet<number>,
): Row[] {
  const rows: Row[] = []
  let at = 0
  while (at < places.length) {
    const end = endOfRun(frames, places, at, stands)
    const run = places.slice(at, end)
    if (isWorthIt(frames, run)) addGroup(rows, frames, run, open)
    else for (const place of run) rows.push({ type: 'frame', place, within: null })
    at = end
  }
  return rows
}

function addGroup(
  rows: Row[],
  frames: readonly ReportFrame[],
  places: readonly number[],
  opened: ReadonlySet<number>,
): void {
  const id = places[0]!
  const open = opened.has(id)
  rows.push({ type: 'group', id, places, open, text: describe(frames, places) })
  if (open) for (const place of places) rows.push({ type: 'frame', place, within: id })
}

function endOfRun(
  frames: readonly ReportFrame[],
  places: readonly number[],
  start: number,
  stands: (frame: ReportFrame) => boolean,
): number {
  const run = runOf(frames[places[start]!]!, stands)
  let at = start + 1
  if (run === undefined) return at
  for (; at < places.length; at++) {
    const frame = frames[places[at]!]!
    const other = runOf(frame, stands)
    if (other !== run && !(run === 'batch' && other === 'quiet')) break
    if (at - start >= MAX_FRAMES && (frame.kind === 'vdp-request' || QUIET.has(frame.kind))) break
  }
  return at
}

function runOf(frame: ReportFrame, stands: (frame: ReportFrame) => boolean): Run | undefined {
  if (stands(frame)) return undefined
  if (QUIET.has(frame.kind)) return 'quiet'
  return ROUTINE.has(frame.kind) && frame.vsis !== undefined ? 'batch' : undefined
}

function isWorthIt(frames: readonly ReportFrame[], run: readonly number[]): boolean {
  if (run.length < MIN_QUIET) return false
  if (run.every((place) => QUIET.has(frames[place]!.kind))) return true
  return vsisOf(frames, run).size >= MIN_VSIS
}

function vsisOf(frames: readonly ReportFrame[], places: readonly number[]): Set<number> {
  return new Set(places.flatMap((place) => frames[place]!.vsis ?? []))
}

function describe(frames: readonly ReportFrame[], places: readonly number[]): string {
  const count = (...kinds: FrameKind[]) =>
    places.filter((place) => kinds.includes(frames[place]!.kind)).length
  const keepAlives = count('vdp-keep-alive')
  const vsis = vsisOf(frames, places).size
  const asked = count('vdp-request')
  const answered = count('vdp-response')
  const periodic = count('lldp-periodic')
  const parts = [
    ...(asked + answered > 0
      ? [`${counted(vsis, 'VSI')}: ${counted(asked, 'request')}, ${counted(answered, 'response')}`]
      : []),
    ...(keepAlives > 0 ? [`${counted(keepAlives, 'keep-alive')} of ${counted(vsis, 'VSI')}`] : []),
    ...(periodic > 0 ? [counted(periodic, 'periodic LLDPDU')] : []),
  ]
  return `${counted(places.length, 'frame')}: ${parts.join(', ') || 'keep-alives'}`
}
