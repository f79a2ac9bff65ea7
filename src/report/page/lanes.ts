/** A lane for each VSI: its states over time, or over the frames, with what happened on the way. */
import type { Lane, LaneMark, LaneSpan } from '../model.ts'
import { el } from './dom.ts'
import { duration, seconds } from './format.ts'
import { LaneAxis, type Moment } from './lane-axis.ts'
import { LaneControls, MARKS, STATES } from './lane-controls.ts'
import { REMARKABLE, type ReportData } from './report-data.ts'
import { VirtualList } from './virtual-list.ts'

const ROW_HEIGHT = 34
/** Keep-alives closer than this to the mark before are not drawn. Percent. */
const CLOSE = 0.6

export class Lanes {
  readonly element: HTMLElement
  readonly #data: ReportData
  readonly #list: VirtualList
  readonly #controls = new LaneControls(() => this.#redraw())
  readonly #head = el('div', { class: 'axis', 'aria-hidden': 'true' })
  readonly #end: Moment
  #axis: LaneAxis
  /** Places of the VSIs that pass. */
  #shown: readonly number[] = []
  #chosen: Moment | undefined

  constructor(data: ReportData) {
    this.#data = data
    const { duration: at, counts } = data.model
    this.#end = { at, frame: Math.max(2, counts.packets) }
    this.#axis = new LaneAxis('time', this.#end)
    const box = el('div', { class: 'lanes', role: 'list', 'aria-label': 'VSIs', tabindex: 0 })
    box.append(el('div', { class: 'lane-head' }, el('span', {}, 'VSI, type, in the end'), this.#head))
    this.#list = new VirtualList(box, ROW_HEIGHT, (index) => this.#lane(this.#shown[index]!))
    this.element = el('div', {}, this.#controls.element, box)
    this.#redraw()
  }

  /** Where the reader is: marked in every lane, and what a zoom goes around. */
  choose(moment: Moment): void {
    this.#chosen = moment
    this.#redraw()
  }

  #redraw(): void {
    const { scale, zoom, text, troubleOnly } = this.#controls
    const { vsis } = this.#data.model
    this.#axis = new LaneAxis(scale, this.#end, zoom, this.#chosen)
    this.#shown = vsis.flatMap((lane, place) => (passes(lane, text, troubleOnly) ? [place] : []))
    this.#controls.tell(`${this.#shown.length} of ${vsis.length} VSIs`)
    this.#head.replaceChildren(...this.#axis.ticks.map(({ x, text: label }) => at(x, el('span', {}, label))))
    this.#list.reset(this.#shown.length)
  }

  #lane(place: number): HTMLElement {
    const lane = this.#data.vsi(place)
    const { id, type, path, keepAlives } = lane
    const story = `${path.join(' > ') || 'answers only'}${keepAlives > 0 ? `, ${keepAlives} keep-alives` : ''}`
    const on = this.#data.isOneWire ? '' : `interface ${lane.interface}`
    const about = [on, type === null ? '' : `type ${type}`, stateOf(lane)].filter(Boolean).join(', ')
    const link = el('a', { href: `#vsi=${place}`, title: 'only its frames in the ladder' }, id)
    return el(
      'div',
      { class: 'lane', role: 'listitem' },
      el('span', { class: 'lane-name', title: story }, link, el('small', {}, about)),
      el(
        'div',
        { class: 'strip' },
        ...lane.spans.flatMap((span) => this.#span(span)),
        ...this.#marks(lane),
        ...this.#now(),
      ),
    )
  }

  #now(): HTMLElement[] {
    const x = this.#chosen === undefined ? -1 : this.#axis.x(this.#chosen)
    return isInSight(x) ? [at(x, el('span', { class: 'now' }))] : []
  }

  #span({ state, from, to, first, last }: LaneSpan): HTMLElement[] {
    const left = Math.max(0, this.#axis.x({ at: from, frame: first }))
    const right = Math.min(100, this.#axis.x({ at: to, frame: last ?? this.#end.frame }))
    if (right < 0 || left > 100) return []
    const title = `${STATES[state]} from ${seconds(from)} to ${seconds(to)}, ${duration(to - from)}`
    const span = at(left, el('span', { class: `span ${state}`, title }, el('i', {}, STATES[state])))
    span.style.width = `${Math.max(0, right - left)}%`
    return [span]
  }

  #marks({ marks }: Lane): HTMLElement[] {
    let before = Number.NEGATIVE_INFINITY
    return marks.flatMap((mark) => {
      const x = this.#axis.x(mark)
      if (!isInSight(x) || (mark.what === 'keep-alive' && x - before < CLOSE)) return []
      before = x
      return [at(x, markLink(mark))]
    })
  }
}

function markLink({ what, frame, at: time, error }: LaneMark): HTMLElement {
  const [sign, words] = MARKS[what]
  const title = `${words}${error ? ` (VDP error ${error})` : ''}, frame ${frame} at ${seconds(time)}`
  return el('a', { class: `mark ${what}`, href: `#frame=${frame}`, title, 'aria-label': title }, sign)
}

function passes(lane: Lane, text: string, troubleOnly: boolean): boolean {
  if (troubleOnly && !lane.marks.some(({ what }) => REMARKABLE.has(what))) return false
  return `${lane.id} ${lane.type} ${stateOf(lane)}`.includes(text)
}

function stateOf({ state }: Lane): string {
  return state === 'none' ? 'not associated' : state
}

function isInSight(x: number): boolean {
  return x >= 0 && x <= 100
}

function at(x: number, element: HTMLElement): HTMLElement {
  element.style.left = `${x}%`
  return element
}
