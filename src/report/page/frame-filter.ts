/** Which frames are shown. Knows nothing of the page. */
import type { FrameKind, ReportFrame } from '../model.ts'

export const CATEGORIES = ['lldp', 'vdp', 'ack', 'other'] as const
export type Category = (typeof CATEGORIES)[number]

export interface FrameFilter {
  /** Every word has to be there. */
  readonly text: string
  readonly vsi: number | null
  readonly hidden: ReadonlySet<Category>
  readonly findingsOnly: boolean
  /** `1-20,35,90-` */
  readonly ranges: string
}

export const NO_FILTER: FrameFilter = {
  text: '',
  vsi: null,
  hidden: new Set(),
  findingsOnly: false,
  ranges: '',
}

export function categoryOf(kind: FrameKind): Category {
  if (kind.startsWith('lldp') || kind === 'evb-change') return 'lldp'
  if (kind === 'ecp-ack' || kind === 'ecp-quiet-ack') return 'ack'
  return kind.startsWith('vdp') || kind.startsWith('ecp') ? 'vdp' : 'other'
}

export type Range = readonly [first: number, last: number]

/** Undefined for what cannot be read; an empty list is every frame. */
export function parseRanges(text: string): readonly Range[] | undefined {
  const parts = text.split(',').flatMap((part) => (part.trim() === '' ? [] : [part.trim()]))
  const ranges = parts.map((part): Range | undefined => {
    const [, first = '', dash, last = ''] = /^(\d*)\s*(-?)\s*(\d*)$/.exec(part) ?? []
    if (first === '' && last === '') return undefined
    const from = first === '' ? 1 : Number(first)
    return [from, dash ? (last === '' ? Number.POSITIVE_INFINITY : Number(last)) : from]
  })
  return ranges.every((range) => range !== undefined) ? ranges : undefined
}

/** Places of the frames that pass. `textOf` is what a text is looked for in, in small letters. */
export function filterFrames(
  frames: readonly ReportFrame[],
  filter: FrameFilter,
  hasFinding: (number: number) => boolean,
  textOf: (place: number) => string,
): number[] {
  const ranges = parseRanges(filter.ranges) ?? []
  const words = filter.text.toLowerCase().split(/\s+/).filter(Boolean)
  const passes = (frame: ReportFrame, place: number) =>
    !filter.hidden.has(categoryOf(frame.kind)) &&
    (filter.vsi === null || frame.vsis?.includes(filter.vsi) === true) &&
    (!filter.findingsOnly || hasFinding(frame.number)) &&
    (ranges.length === 0 || ranges.some(([first, last]) => frame.number >= first && frame.number <= last)) &&
    words.every((word) => textOf(place).includes(word))
  return frames.flatMap((frame, place) => (passes(frame, place) ? [place] : []))
}
