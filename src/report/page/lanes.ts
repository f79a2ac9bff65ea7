/** A lane for each VSI: its states over time, or over the frames, with what happened on the way. */
import type { Lane, LaneMark, LaneSpan, LaneState } from '../model.ts'
import { el } from './dom.ts'
import { duration, seconds, ticks } from './format.ts'
import type { ReportData } from './report-data.ts'
import { VirtualList } from './virtual-list.ts'

const ROW_HEIGHT = 34
/** Keep-alives closer than this to the mark before are not drawn. Percent. */
const CLOSE = 0.6

const STATES: Readonly<Record<LaneState, string>> = {
  asking: 'asked for',
  preassociated: 'pre-associated',
  'preassociated-rr': 'pre-associated, reserved',
  associated: 'associated',
}

const MARKS: Readonly<Record<LaneMark['what'], readonly [sign: string, words: string]>> = {
  preassociate: ['▽', 'Pre-Associate'],
  'preassociate-rr': ['▽', 'Pre-Associate RR'],
  associate: ['▼', 'Associate'],
  deassociate: ['△', 'De-Associate'],
  'keep-alive': ['·', 'keep-alive'],
  granted: ['✔', 'granted'],
  refused: ['✖', 'refused'],
  kept: ['✖', 'change refused, kept as it was'],
  released: ['○', 'released'],
  'ended-by-bridge': ['◆', 'ended by the bridge'],
  'no-response': ['?', 'no response'],
}

type Scale = 'time' | 'frames'

export class Lanes {
  readonly element: HTMLElement
  readonly #data: ReportData
  readonly #list: VirtualList
  readonly #axis = el('div', { class: 'axis', 'aria-hidden': 'true' })
  #scale: Scale = 'time'

  constructor(data: ReportData) {
    this.#data = data
    const box = el('div', { class: 'lanes', role: 'list', 'aria-label': 'VSIs', tabindex: 0 })
    box.append(el('div', { class: 'lane-head' }, el('span', {}, `VSI, type, in the end`), this.#axis))
    this.#list = new VirtualList(box, ROW_HEIGHT, (index) => this.#lane(index))
    this.element = el('div', {}, this.#controls(), box)
    this.#redraw()
  }

  #controls(): HTMLElement {
    const choice = (scale: Scale, text: string) => {
      const input = el('input', {
        type: 'radio',
        name: 'scale',
        value: scale,
        checked: scale === this.#scale,
      })
      input.addEventListener('change', () => {
        this.#scale = scale
        this.#redraw()
      })
      return el('label', {}, input, ` ${text}`)
    }
    const swatch = (state: LaneState) =>
      el('span', {}, el('span', { class: `swatch ${state}` }), ` ${STATES[state]}`)
    const sign = (what: LaneMark['what']) =>
      el('span', {}, el('b', { class: what }, MARKS[what][0]), ` ${MARKS[what][1]}`)
    return el(
      'div',
      { class: 'lane-controls' },
      el('fieldset', {}, el('legend', {}, 'Scale'), choice('time', 'time'), choice('frames', 'frames')),
      el(
        'div',
        { class: 'legend' },
        ...(['asking', 'preassociated', 'preassociated-rr', 'associated'] as const).map(swatch),
        ...(['associate', 'granted', 'deassociate', 'released', 'refused', 'ended-by-bridge'] as const).map(
          sign,
        ),
      ),
    )
  }

  #redraw(): void {
    const { duration: end } = this.#data.model
    const marks =
      this.#scale === 'time' ? ticks(0, end, 6) : ticks(1, this.#lastFrame, 6).filter(Number.isInteger)
    this.#axis.replaceChildren(
      ...marks.map((mark) => {
        const tick = el(
          'span',
          {},
          this.#scale === 'time' ? `${Number((mark / 1000).toPrecision(6))} s` : `frame ${mark}`,
        )
        tick.style.left = `${this.#scale === 'time' ? this.#x(mark, 0) : this.#x(0, mark)}%`
        return tick
      }),
    )
    this.#list.reset(this.#data.model.vsis.length)
  }

  get #lastFrame(): number {
    return Math.max(2, this.#data.model.counts.packets)
  }

  #x(at: number, frame: number): number {
    if (this.#scale === 'frames') return (100 * (frame - 1)) / (this.#lastFrame - 1)
    const end = this.#data.model.duration
    return end <= 0 ? 0 : Math.max(0, Math.min(100, (100 * at) / end))
  }

  #lane(index: number): HTMLElement {
    const lane = this.#data.vsi(index)
    const { id, type, state, path, keepAlives } = lane
    const strip = el(
      'div',
      { class: 'strip' },
      ...lane.spans.map((span) => this.#span(span)),
      ...this.#marks(lane),
    )
    const story = `${path.join(' > ') || 'answers only'}${keepAlives > 0 ? `, ${keepAlives} keep-alives` : ''}`
    return el(
      'div',
      { class: 'lane', role: 'listitem' },
      el(
        'span',
        { class: 'lane-name', title: story },
        el('a', { href: `#vsi=${index}`, title: 'only its frames in the ladder' }, id),
        el(
          'small',
          {},
          [type === null ? '' : `type ${type}`, state === 'none' ? 'not associated' : state]
            .filter(Boolean)
            .join(', '),
        ),
      ),
      strip,
    )
  }

  #span({ state, from, to, first, last }: LaneSpan): HTMLElement {
    const left = this.#x(from, first)
    const right = this.#x(to, last ?? this.#lastFrame)
    const title = `${STATES[state]} from ${seconds(from)} to ${seconds(to)}, ${duration(to - from)}`
    const span = el('span', { class: `span ${state}`, title }, el('i', {}, STATES[state]))
    span.style.left = `${left}%`
    span.style.width = `${Math.max(0, right - left)}%`
    return span
  }

  #marks({ marks }: Lane): HTMLElement[] {
    let before = Number.NEGATIVE_INFINITY
    return marks.flatMap(({ what, frame, at, error }) => {
      const x = this.#x(at, frame)
      if (what === 'keep-alive' && x - before < CLOSE) return []
      before = x
      const [sign, words] = MARKS[what]
      const title = `${words}${error ? ` (VDP error ${error})` : ''}, frame ${frame} at ${seconds(at)}`
      const mark = el(
        'a',
        { class: `mark ${what}`, href: `#frame=${frame}`, title, 'aria-label': title },
        sign,
      )
      mark.style.left = `${x}%`
      return [mark]
    })
  }
}
