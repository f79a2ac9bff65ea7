/** The controls above the lanes, and what their signs mean. */
import type { LaneMark, LaneState } from '../model.ts'
import { el } from './dom.ts'
import type { Scale } from './lane-axis.ts'

export const STATES: Readonly<Record<LaneState, string>> = {
  asking: 'asked for',
  preassociated: 'pre-associated',
  'preassociated-rr': 'pre-associated, reserved',
  associated: 'associated',
}

export const MARKS: Readonly<Record<LaneMark['what'], readonly [sign: string, words: string]>> = {
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

const SHOWN = ['associate', 'granted', 'deassociate', 'released', 'refused', 'ended-by-bridge'] as const
const ZOOMS = [1, 10, 100, 1000, 10_000] as const

export class LaneControls {
  readonly element: HTMLElement
  readonly #text = el('input', { type: 'search', placeholder: 'ID, type or state' })
  readonly #trouble = el('input', { type: 'checkbox' })
  readonly #zoom = el(
    'select',
    {},
    ...ZOOMS.map((zoom) => el('option', { value: zoom }, zoom === 1 ? 'all' : `${zoom} ×`)),
  )
  readonly #frames = el('input', { type: 'radio', name: 'scale' })
  readonly #count = el('output', { class: 'count' })

  constructor(onChange: () => void) {
    const scale = el(
      'fieldset',
      {},
      el('legend', {}, 'Scale'),
      el('label', {}, el('input', { type: 'radio', name: 'scale', checked: true }), ' time'),
      el('label', {}, this.#frames, ' frames'),
    )
    const form = el(
      'form',
      { class: 'lane-controls', 'aria-label': 'VSIs that are shown' },
      el('label', {}, 'Find ', this.#text),
      el('label', {}, this.#trouble, ' refused, ended or unanswered'),
      scale,
      el('label', {}, 'Zoom ', this.#zoom, ' around the chosen frame'),
      this.#count,
    )
    form.addEventListener('submit', (event) => event.preventDefault())
    form.addEventListener('input', onChange)
    this.element = el('div', {}, form, legend())
  }

  get scale(): Scale {
    return this.#frames.checked ? 'frames' : 'time'
  }

  get zoom(): number {
    return Number(this.#zoom.value)
  }

  /** In small letters. */
  get text(): string {
    return this.#text.value.trim().toLowerCase()
  }

  get troubleOnly(): boolean {
    return this.#trouble.checked
  }

  tell(text: string): void {
    this.#count.textContent = text
  }
}

function legend(): HTMLElement {
  const states = (Object.keys(STATES) as LaneState[]).map((state) =>
    el('span', {}, el('span', { class: `swatch ${state}` }), ` ${STATES[state]}`),
  )
  const marks = SHOWN.map((what) =>
    el('span', {}, el('b', { class: what }, MARKS[what][0]), ` ${MARKS[what][1]}`),
  )
  return el('div', { class: 'legend' }, ...states, ...marks)
}
