/** Small plots: how long acknowledgements and answers took, and how large frames are. */
import type { ReportFrame } from '../model.ts'
import { el, frameLink, svg } from './dom.ts'
import { counted, duration, quantile, ticks } from './format.ts'
import { categoryOf } from './frame-filter.ts'
import type { ReportData } from './report-data.ts'

const WIDTH = 420
const HEIGHT = 180
const LEFT = 58
const BOTTOM = 26
const TOP = 8
const RIGHT = 10

export function plots(data: ReportData): HTMLElement[] {
  const { frames, parties } = data.model
  const acks = frames.filter(({ kind, took }) => categoryOf(kind) === 'ack' && took !== undefined)
  const answers = frames.filter(
    ({ kind, took }) => categoryOf(kind) === 'vdp' && kind !== 'ecp-repeat' && took !== undefined,
  )
  const byRole = (role: string) => (frame: ReportFrame) => parties[frame.from]!.role === role
  return [
    latencyPlot(data, 'ECP acknowledgements', [
      ['by the bridge', 'bridge', acks.filter(byRole('bridge'))],
      ['by the station', 'station', acks.filter((frame) => !byRole('bridge')(frame))],
    ]),
    latencyPlot(data, 'VDP responses', [['from request to response', 'answer', answers]]),
    sizePlot(frames),
  ]
}

type Series = readonly [name: string, style: string, frames: readonly ReportFrame[]]

function latencyPlot({ model }: ReportData, title: string, series: readonly Series[]): HTMLElement {
  const used = series.filter(([, , frames]) => frames.length > 0)
  const heading = el('h3', {}, title)
  if (used.length === 0) return el('figure', {}, heading, el('p', { class: 'hint' }, 'none in this capture'))
  const times = used.flatMap(([, , frames]) => frames.map(({ took }) => Math.max(took!, 0.001)))
  const low = Math.floor(Math.log10(times.reduce((a, b) => Math.min(a, b))))
  const high = Math.max(low + 1, Math.ceil(Math.log10(times.reduce((a, b) => Math.max(a, b)))))
  const x = (at: number) => LEFT + ((WIDTH - LEFT - RIGHT) * at) / Math.max(model.duration, 1e-9)
  const y = (took: number) =>
    HEIGHT - BOTTOM - ((HEIGHT - BOTTOM - TOP) * (Math.log10(Math.max(took, 0.001)) - low)) / (high - low)
  const powers = Array.from({ length: high - low + 1 }, (_, index) => 10 ** (low + index))
  const picture = svg(
    'svg',
    { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, role: 'img', 'aria-label': `${title} over the time of the capture` },
    ...powers.map((power) => gridLine(y(power), duration(power))),
    ...ticks(0, model.duration, 4).map((at) => tickText(x(at), `${Number((at / 1000).toPrecision(5))} s`)),
    ...used.map(([, style, frames]) =>
      svg('path', {
        class: `dots ${style}`,
        d: frames.map(({ at, took }) => `M${x(at).toFixed(1)},${y(took!).toFixed(1)}h0`).join(''),
      }),
    ),
  )
  return el('figure', {}, heading, picture, el('figcaption', {}, ...used.map(latencyCaption)))
}

function latencyCaption([name, style, frames]: Series): HTMLElement {
  const sorted = frames.map(({ took }) => took!).sort((a, b) => a - b)
  const slowest = frames.reduce((one, other) => (other.took! > one.took! ? other : one))
  return el(
    'div',
    {},
    el('span', { class: `key ${style}` }, style === 'station' ? '◆' : '●'),
    ` ${name}: ${frames.length}, median ${duration(quantile(sorted, 0.5))}, 95 % within ${duration(quantile(sorted, 0.95))}, at most ${duration(slowest.took!)} (`,
    frameLink(slowest.number),
    ')',
  )
}

const MAX_BARS = 24

function sizePlot(frames: readonly ReportFrame[]): HTMLElement {
  const heading = el('h3', {}, 'Frame sizes')
  if (frames.length === 0) return el('figure', {}, heading, el('p', { class: 'hint' }, 'no frames'))
  const largest = frames.reduce((one, other) => (other.size > one.size ? other : one))
  const step = Math.max(4, 2 ** Math.ceil(Math.log2(largest.size / MAX_BARS)))
  const bins = Array.from({ length: Math.floor(largest.size / step) + 1 }, () => 0)
  for (const { size } of frames) bins[Math.floor(size / step)]!++
  const most = bins.reduce((a, b) => Math.max(a, b))
  const width = (WIDTH - LEFT - RIGHT) / bins.length
  const height = (count: number) => ((HEIGHT - BOTTOM - TOP) * count) / most
  const bars = bins.map((count, bin) => {
    const title = svg(
      'title',
      {},
      `${bin * step} to ${(bin + 1) * step - 1} octets: ${counted(count, 'frame')}`,
    )
    const size = {
      x: LEFT + bin * width + 1,
      y: HEIGHT - BOTTOM - height(count),
      width: Math.max(1, width - 2),
      height: height(count),
    }
    return svg('rect', { class: 'bar', ...size }, title)
  })
  const sorted = frames.map(({ size }) => size).sort((a, b) => a - b)
  const total = sorted.reduce((sum, size) => sum + size, 0)
  return el(
    'figure',
    {},
    heading,
    svg(
      'svg',
      {
        viewBox: `0 0 ${WIDTH} ${HEIGHT}`,
        role: 'img',
        'aria-label': 'How many frames there are of each size',
      },
      ...ticks(0, most, 3)
        .filter(Number.isInteger)
        .map((count) => gridLine(HEIGHT - BOTTOM - height(count), String(count))),
      ...ticks(0, bins.length * step, 6).map((size) => tickText(LEFT + (size / step) * width, String(size))),
      ...bars,
    ),
    el(
      'figcaption',
      {},
      `Octets on the wire: median ${quantile(sorted, 0.5)}, at most ${largest.size} (`,
      frameLink(largest.number),
      `), ${total} in all`,
    ),
  )
}

function gridLine(y: number, text: string): SVGElement {
  return svg(
    'g',
    { class: 'grid' },
    svg('line', { x1: LEFT, x2: WIDTH - RIGHT, y1: y, y2: y }),
    svg('text', { x: LEFT - 6, y: y + 4, 'text-anchor': 'end' }, text),
  )
}

function tickText(x: number, text: string): SVGElement {
  return svg('text', { class: 'grid', x, y: HEIGHT - 8, 'text-anchor': 'middle' }, text)
}
