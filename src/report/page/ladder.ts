/** The ladder: time runs down, every frame is an arrow from who sent it to the other end of its wire. */
import type { FrameKind, ReportFrame } from '../model.ts'
import { arrowOf, type Columns, columnsOf, labelOf } from './columns.ts'
import { el } from './dom.ts'
import { duration, exactSeconds } from './format.ts'
import { type FrameFilter, filterFrames, NO_FILTER } from './frame-filter.ts'
import { frameLabel } from './frame-label.ts'
import { type GroupRow, type Row, toRows } from './grouping.ts'
import type { ReportData } from './report-data.ts'
import { VirtualList } from './virtual-list.ts'

const ROW_HEIGHT = 34
/** Of those who share a column. */
const MAX_NAMES = 20
/** A pause that is shown as one. Milliseconds. */
const LONG = 2000

export class Ladder {
  readonly element: HTMLElement
  readonly #data: ReportData
  readonly #columns: Columns
  readonly #list: VirtualList
  readonly #box: HTMLElement
  readonly #open = new Set<number>()
  readonly #onSelect: (number: number) => void
  #rows: readonly Row[] = []
  #places: readonly number[] = []
  #filter = NO_FILTER
  #grouped = true
  #cursor = -1
  #selected: number | undefined

  constructor(data: ReportData, onSelect: (number: number) => void) {
    this.#data = data
    this.#onSelect = onSelect
    this.#columns = columnsOf(data.model.parties)
    const label = 'Frames in the order of time. Arrow keys move, Enter unfolds a group.'
    this.#box = el('div', {
      class: 'ladder',
      id: 'ladder',
      tabindex: 0,
      role: 'listbox',
      'aria-label': label,
    })
    this.#box.append(this.#head())
    this.#list = new VirtualList(this.#box, ROW_HEIGHT, (index) => this.#row(index))
    this.#list.element.append(this.#lifelines())
    this.#box.addEventListener('keydown', (event) => this.#key(event))
    this.element = this.#box
  }

  /** Frames that pass, groups not unfolded. */
  get shown(): number {
    return this.#places.length
  }

  get filter(): FrameFilter {
    return this.#filter
  }

  show(filter: FrameFilter, grouped: boolean): void {
    this.#filter = filter
    this.#grouped = grouped
    const hasFinding = (number: number) => this.#data.findingsOf(number).length > 0
    const { frames } = this.#data.model
    this.#places = filterFrames(frames, filter, hasFinding, (place) => this.#data.searchText(place))
    this.#arrange()
  }

  /** Whether the frame is among those that pass; then it is in sight and marked. */
  select(number: number): boolean {
    const place = this.#data.placeOf(number)
    if (place === undefined || !this.#places.includes(place)) return false
    const group = this.#rows.find((row) => row.type === 'group' && !row.open && row.places.includes(place))
    if (group?.type === 'group') this.#open.add(group.id)
    this.#selected = number
    this.#arrange()
    const index = this.#rows.findIndex((row) => row.type === 'frame' && row.place === place)
    this.#moveTo(index)
    return true
  }

  #arrange(): void {
    const stands = ({ number }: ReportFrame) => this.#data.stands(number)
    const { frames } = this.#data.model
    this.#rows = this.#grouped
      ? toRows(frames, this.#places, stands, this.#open)
      : this.#places.map((place) => ({ type: 'frame', place, within: null }) as const)
    this.#cursor = Math.min(this.#cursor, this.#rows.length - 1)
    this.#list.reset(this.#rows.length)
  }

  #moveTo(index: number): void {
    this.#cursor = index
    this.#list.reveal(index)
    this.#list.reset(this.#rows.length)
    this.#box.setAttribute('aria-activedescendant', `row-${index}`)
  }

  #key(event: KeyboardEvent): void {
    const row = this.#rows[this.#cursor]
    const steps: Readonly<Record<string, number>> = {
      ArrowDown: 1,
      ArrowUp: -1,
      PageDown: this.#list.perPage,
      PageUp: -this.#list.perPage,
      Home: -this.#rows.length,
      End: this.#rows.length,
    }
    const step = steps[event.key]
    if (step !== undefined) this.#step(step)
    else if (row?.type === 'group' && ['Enter', ' ', 'ArrowRight', 'ArrowLeft'].includes(event.key)) {
      if (event.key === 'ArrowRight' ? !row.open : event.key === 'ArrowLeft' ? row.open : true)
        this.#toggle(row)
    } else return
    event.preventDefault()
  }

  #step(step: number): void {
    if (this.#rows.length === 0) return
    const index = Math.max(0, Math.min(this.#rows.length - 1, this.#cursor + step))
    const row = this.#rows[index]!
    if (row.type === 'frame') this.#choose(row.place)
    this.#moveTo(index)
  }

  #choose(place: number): void {
    const { number } = this.#data.frame(place)
    this.#selected = number
    this.#onSelect(number)
  }

  #toggle({ id, open }: GroupRow): void {
    if (open) this.#open.delete(id)
    else this.#open.add(id)
    this.#arrange()
    this.#moveTo(this.#rows.findIndex((row) => row.type === 'group' && row.id === id))
  }

  #head(): HTMLElement {
    const chart = el('div', { class: 'chart' })
    for (const [column, parties] of this.#columns.heads.entries()) {
      const party = this.#data.party(parties[0]!)
      const on = this.#data.isOneWire ? '' : ` on ${party.interfaceName ?? party.interface}`
      const role = party.role === 'unknown' ? 'sender' : party.role
      const name = parties.length > 1 ? `${parties.length} others` : `${role}${on}`
      const head = el(
        'span',
        {
          class: `party ${party.role}`,
          title: parties
            .slice(0, MAX_NAMES)
            .map((each) => this.#data.partyName(each))
            .join(', '),
        },
        el('b', {}, name),
        el('small', {}, parties.length > 1 ? '' : (party.name ?? party.mac)),
      )
      head.style.left = `${this.#columns.positions[column]}%`
      chart.append(head)
    }
    return el(
      'div',
      { class: 'ladder-head', 'aria-hidden': 'true' },
      el('span', { class: 'time' }, 'time, s'),
      el('span', { class: 'delta' }, 'after'),
      el('span', { class: 'number' }, 'frame'),
      chart,
    )
  }

  #lifelines(): HTMLElement {
    const lines = el('div', { class: 'lifelines', 'aria-hidden': 'true' })
    for (const position of this.#columns.positions) {
      const line = el('span')
      line.style.left = `${position}%`
      lines.append(line)
    }
    return lines
  }

  #row(index: number): HTMLElement {
    const row = this.#rows[index]!
    const element = row.type === 'group' ? this.#groupRow(row, index) : this.#frameRow(row.place, row.within)
    element.prepend(...this.#times(row, index))
    element.id = `row-${index}`
    element.setAttribute('role', 'option')
    element.setAttribute('aria-setsize', String(this.#rows.length))
    element.setAttribute('aria-posinset', String(index + 1))
    if (index === this.#cursor) element.classList.add('cursor')
    return element
  }

  #times(row: Row, index: number): HTMLElement[] {
    const before = this.#rows[index - 1]
    const at = this.#data.frame(row.type === 'group' ? row.places[0]! : row.place).at
    const since = before === undefined ? 0 : at - this.#data.frame(lastPlace(before)).at
    const folded = row.type === 'frame' && before?.type === 'group' && before.open
    const delta = before === undefined || folded ? '' : `${since < 0 ? '' : '+'}${duration(since)}`
    return [
      el('span', { class: 'time' }, exactSeconds(at)),
      el('span', { class: since >= LONG && !folded ? 'delta long' : 'delta' }, delta),
    ]
  }

  #groupRow(row: GroupRow, index: number): HTMLElement {
    const { places, open, text } = row
    const [first, last] = [this.#data.frame(places[0]!), this.#data.frame(places.at(-1)!)]
    const element = el(
      'div',
      { class: 'group', 'aria-expanded': String(open), 'aria-selected': 'false' },
      el('span', { class: 'number' }, open ? '▾' : '▸'),
      el(
        'div',
        { class: 'chart' },
        el('span', { class: 'folded' }, text, el('small', {}, ` within ${duration(last.at - first.at)}`)),
      ),
    )
    element.addEventListener('click', () => {
      this.#cursor = index
      this.#toggle(row)
    })
    return element
  }

  #frameRow(place: number, within: number | null): HTMLElement {
    const frame = this.#data.frame(place)
    const { number, kind, from, text } = frame
    const severity = this.#data.severityOf(number)
    const selected = number === this.#selected
    const classes = [
      'frame',
      styleOf(kind),
      ...(within === null ? [] : ['within']),
      ...(selected ? ['selected'] : []),
    ]
    const said = `Frame ${number}, ${this.#data.partyName(from)}: ${text}${severity ? `, ${severity}` : ''}`
    const element = el(
      'div',
      {
        class: classes.join(' '),
        'aria-label': said,
        'aria-selected': String(selected),
        'data-frame': number,
      },
      el('span', { class: 'number' }, flagOf(severity), String(number)),
      this.#chart(frame),
    )
    element.addEventListener('click', () => this.#choose(place))
    return element
  }

  #chart(frame: ReportFrame): HTMLElement {
    const { from, text } = frame
    const ends = arrowOf(this.#columns, this.#data.model.parties, from)
    const [start, end] = ends
    const label = el('span', { class: 'label', title: text }, el('bdi', {}, frameLabel(frame)))
    const arrow = el('span', { class: `arrow ${end > start ? 'to-right' : 'to-left'}` })
    place(label, labelOf(ends))
    place(arrow, { left: Math.min(start, end), width: Math.abs(end - start) })
    return el('div', { class: 'chart' }, label, arrow)
  }
}

function styleOf(kind: FrameKind): string {
  if (kind.startsWith('lldp') || kind === 'evb-change') return 'is-lldp'
  if (kind === 'ecp-ack' || kind === 'ecp-quiet-ack') return 'is-ack'
  return kind.startsWith('vdp') || kind.startsWith('ecp') ? 'is-vdp' : 'is-other'
}

const FLAGS = { error: '✖', warning: '▲', note: '·' } as const

function flagOf(severity: keyof typeof FLAGS | undefined): HTMLElement {
  const attributes = severity ? { class: `flag ${severity}`, title: severity } : { class: 'flag' }
  return el('span', attributes, severity ? FLAGS[severity] : '')
}

/** In percent. */
function place(
  element: HTMLElement,
  { left, width }: { readonly left: number; readonly width: number },
): void {
  element.style.left = `${left}%`
  element.style.width = `${width}%`
}

function lastPlace(row: Row): number {
  return row.type === 'group' ? (row.open ? row.places[0]! : row.places.at(-1)!) : row.place
}
