/** Builds the page from the data in it, and follows its fragment: `#frame=24`, `#finding=3`, `#vsi=0`. */
import type { ReportModel } from '../model.ts'
import { type Child, el, replace } from './dom.ts'
import { FilterForm } from './filter-form.ts'
import { frameDetail } from './frame-detail.ts'
import { Ladder } from './ladder.ts'
import { Lanes } from './lanes.ts'
import { plots } from './plots.ts'
import { ReportData } from './report-data.ts'
import { evbTables, findingList, header, partyTable, showFinding } from './sections.ts'

class Page {
  readonly #data: ReportData
  readonly #ladder: Ladder
  readonly #form: FilterForm
  readonly #lanes: Lanes
  readonly #detail = el('aside', {
    id: 'detail',
    'aria-label': 'The frame that is chosen',
  })

  constructor(data: ReportData) {
    this.#data = data
    this.#form = new FilterForm(data, () => this.#filter())
    this.#lanes = new Lanes(data)
    this.#ladder = new Ladder(data, (number) => this.#choose(number))
    replace(this.#detail, el('p', { class: 'hint' }, 'Choose a frame to see its fields and octets.'))
    document.body.append(header(data), this.#content())
    this.#filter()
    window.addEventListener('hashchange', () => this.#follow())
    document.addEventListener('click', (event) => this.#followAgain(event))
    this.#follow()
  }

  #content(): HTMLElement {
    const { vsis, frames } = this.#data.model
    return el(
      'main',
      {},
      section('findings', 'Findings', ...findingList(this.#data)),
      section('evb', 'EVB values', ...evbTables(this.#data), partyTable(this.#data)),
      section(
        'vsis',
        `VSIs (${vsis.length})`,
        vsis.length === 0 ? el('p', { class: 'hint' }, 'No VSI in this capture.') : this.#lanes.element,
      ),
      section(
        'frames',
        `Ladder (${frames.length} frames)`,
        this.#form.element,
        el('div', { class: 'exchange' }, this.#ladder.element, this.#detail),
      ),
      section('plots', 'Latencies and sizes', el('div', { class: 'plots' }, ...plots(this.#data))),
    )
  }

  #filter(remark = ''): void {
    this.#ladder.show(this.#form.read(), this.#form.grouped)
    const { frames } = this.#data.model
    this.#form.tell(`${this.#ladder.shown} of ${frames.length} frames${remark && `; ${remark}`}`)
  }

  /** By hand: the address follows. */
  #choose(number: number): void {
    history.replaceState(null, '', `#frame=${number}`)
    this.#show(number)
  }

  #show(number: number): void {
    const place = this.#data.placeOf(number)
    if (place === undefined) {
      replace(this.#detail, el('p', { class: 'finding warning' }, `Frame ${number} is not on this page.`))
      return
    }
    const frame = this.#data.frame(place)
    replace(this.#detail, frameDetail(this.#data, frame))
    this.#lanes.choose({ at: frame.at, frame: number })
    if (this.#ladder.select(number)) return
    this.#form.clear()
    this.#filter(`the filter was taken off to show frame ${number}`)
    this.#ladder.select(number)
  }

  /** A link to where the address is already: the reader has moved away since. */
  #followAgain({ target }: MouseEvent): void {
    const link = target instanceof Element ? target.closest('a') : null
    if (link !== null && link.hash !== '' && link.hash === location.hash) this.#follow()
  }

  #follow(): void {
    const [, what, value] = /^#(frame|finding|vsi)=(\d+)$/.exec(location.hash) ?? []
    const number = Number(value)
    if (what === 'frame') {
      document.getElementById('frames')?.scrollIntoView()
      this.#show(number)
    } else if (what === 'finding') showFinding(number)
    else if (what === 'vsi' && number < this.#data.model.vsis.length) {
      this.#form.chooseVsi(this.#data.vsi(number).id)
      this.#filter()
      document.getElementById('frames')?.scrollIntoView()
    }
  }
}

function section(id: string, title: string, ...children: Child[]): HTMLElement {
  return el(
    'section',
    { id, 'aria-labelledby': `${id}-title` },
    el('h2', { id: `${id}-title` }, title),
    ...children,
  )
}

const source = document.getElementById('report-data')
new Page(new ReportData(JSON.parse(source!.textContent!) as ReportModel))
document.documentElement.dataset.ready = 'true'
