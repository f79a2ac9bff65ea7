/** The controls above the ladder. */
import { el } from './dom.ts'
import { CATEGORIES, type Category, type FrameFilter, NO_FILTER, parseRanges } from './frame-filter.ts'
import type { ReportData } from './report-data.ts'

const LABELS: Readonly<Record<Category, string>> = {
  lldp: 'LLDP and EVB',
  vdp: 'VDP requests and responses',
  ack: 'ECP acknowledgements',
  other: 'others',
}
/** VSIs that are proposed; any other can be typed. */
const MAX_PROPOSED = 500

export class FilterForm {
  readonly element: HTMLFormElement
  readonly #data: ReportData
  readonly #text = el('input', { type: 'search', name: 'text', placeholder: 'text, MAC, VSI, number' })
  readonly #vsi = el('input', { type: 'search', name: 'vsi', list: 'vsi-ids', placeholder: 'all' })
  readonly #ranges = el('input', { type: 'text', name: 'ranges', placeholder: '1-20,35,90-', size: 12 })
  readonly #findings = el('input', { type: 'checkbox', name: 'findings' })
  readonly #grouped = el('input', { type: 'checkbox', name: 'grouped', checked: true })
  readonly #categories = CATEGORIES.map((name) => el('input', { type: 'checkbox', name, checked: true }))
  readonly #count = el('output', { class: 'count' })

  constructor(data: ReportData, onChange: () => void) {
    this.#data = data
    const ids = data.model.vsis.slice(0, MAX_PROPOSED).map(({ id }) => el('option', { value: id }))
    const reset = el('button', { type: 'reset' }, 'Show all')
    this.element = el(
      'form',
      { class: 'filters', 'aria-label': 'Frames that are shown' },
      el('label', {}, 'Find ', this.#text),
      el('label', {}, 'VSI ', this.#vsi),
      el('datalist', { id: 'vsi-ids' }, ...ids),
      el('label', {}, 'Frames ', this.#ranges),
      el(
        'fieldset',
        {},
        el('legend', {}, 'Show'),
        ...this.#categories.map((box, index) => el('label', {}, box, ` ${LABELS[CATEGORIES[index]!]}`)),
      ),
      el('label', {}, this.#findings, ' only with findings'),
      el('label', {}, this.#grouped, ' fold what repeats'),
      reset,
      this.#count,
    )
    this.element.addEventListener('submit', (event) => event.preventDefault())
    this.element.addEventListener('input', onChange)
    this.element.addEventListener('reset', () => setTimeout(onChange))
  }

  get grouped(): boolean {
    return this.#grouped.checked
  }

  /** Marks what cannot be understood, and takes it as nothing. */
  read(): FrameFilter {
    const wanted = this.#vsi.value.trim().toLowerCase()
    const vsi = wanted === '' ? -1 : this.#data.model.vsis.findIndex(({ id }) => id.startsWith(wanted))
    const hidden = CATEGORIES.filter((_, index) => !this.#categories[index]!.checked)
    mark(this.#vsi, wanted === '' || vsi >= 0, 'no VSI begins like this')
    mark(this.#ranges, parseRanges(this.#ranges.value) !== undefined, 'numbers such as 1-20,35,90-')
    return {
      text: this.#text.value,
      vsi: vsi < 0 ? null : vsi,
      hidden: new Set(hidden),
      findingsOnly: this.#findings.checked,
      ranges: this.#ranges.value,
    }
  }

  clear(): void {
    for (const input of [this.#text, this.#vsi, this.#ranges]) input.value = NO_FILTER.text
    for (const box of this.#categories) box.checked = true
    this.#findings.checked = false
  }

  chooseVsi(id: string): void {
    this.clear()
    this.#vsi.value = id
  }

  tell(text: string): void {
    this.#count.textContent = text
  }
}

function mark(input: HTMLInputElement, fine: boolean, why: string): void {
  input.setCustomValidity(fine ? '' : why)
  input.title = fine ? '' : why
}
