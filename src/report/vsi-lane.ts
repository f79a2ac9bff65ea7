/** A VSI's life as a lane: what it was from when to when, and what happened on the way. */
import { MAX_EVENTS, type VsiEvent, type VsiLife } from '../replay/vsi-life.ts'
import type { Lane, LaneMark, LaneSpan, LaneState } from './model.ts'

/** Of each lane at most so many marks are on the page. */
export const MAX_MARKS = 1000

const REQUESTS = new Set(['preassociate', 'preassociate-rr', 'associate', 'deassociate'])

/** `end`: of the capture. */
export function toLane(life: VsiLife, index: number, type: string | null, end: number): Lane {
  const { id, state, path, keepAlives, events } = life
  const spans = spansOf(events, end)
  const marks = events.slice(0, MAX_MARKS).map(toMark)
  return { id, interface: index, state, type, path: shorten(path), keepAlives, spans, marks }
}

/** Whether its lane lacks something of the life. */
export function isLaneCut({ events }: VsiLife): boolean {
  return events.length > MAX_MARKS || events.length >= MAX_EVENTS
}

const MAX_PATH = 40

function shorten(path: readonly string[]): readonly string[] {
  if (path.length <= MAX_PATH) return path
  return [...path.slice(0, MAX_PATH - 1), `… and ${path.length - MAX_PATH + 1} more`]
}

function toMark({ what, frame, at, error }: VsiEvent): LaneMark {
  return { what, frame, at: round(at), ...(error !== undefined && { error }) }
}

function spansOf(events: readonly VsiEvent[], end: number): LaneSpan[] {
  const spans: LaneSpan[] = []
  let open: { state: LaneState; from: number; first: number } | undefined
  for (const event of events) {
    const state = stateAfter(event)
    if (open?.state === state) continue
    if (open) spans.push({ ...open, to: round(event.at), last: event.frame })
    open = state === undefined ? undefined : { state, from: round(event.at), first: event.frame }
  }
  if (open) spans.push({ ...open, to: round(end), last: null })
  return spans
}

function stateAfter({ what, state }: VsiEvent): LaneState | undefined {
  if (state !== 'none') return state
  return REQUESTS.has(what) && what !== 'deassociate' ? 'asking' : undefined
}

/** To a microsecond: virtual time has no more. */
export function round(milliseconds: number): number {
  return Math.round(milliseconds * 1000) / 1000
}
