/** One frame: who, when, what it answers, what is wrong with it, every field, and its octets. */
import { Dissection } from '../../../protocol/dissect/dissection.ts'
import { dissectFrame } from '../../../protocol/dissect/frame.ts'
import { fieldText, rangeText } from '../../decode/field-text.ts'
import type { ReportFrame } from '../model.ts'
import { type Child, el, frameLink } from './dom.ts'
import { duration, exactSeconds } from './format.ts'
import type { ReportData } from './report-data.ts'

const OCTETS_IN_A_LINE = 16

export function frameDetail(data: ReportData, frame: ReportFrame): HTMLElement {
  const { number } = frame
  return el(
    'article',
    { class: 'detail', 'aria-labelledby': 'detail-title' },
    el('h3', { id: 'detail-title' }, `Frame ${number}`),
    facts(data, frame),
    ...findings(data, number),
    ...tree(frame),
  )
}

function facts(data: ReportData, frame: ReportFrame): HTMLElement {
  const { number, at, from, size, to, took, vsis = [] } = frame
  const { partner, interface: index, interfaceName } = data.party(from)
  const answers = data.answersTo(number)
  const rows: [string, Child[]][] = [
    ['time', [`${exactSeconds(at)} s${absolute(data, at)}`]],
    ['from', [data.partyName(from)]],
    ['to', [partner === null ? 'nobody who is seen' : data.partyName(partner)]],
    ...(!data.isOneWire ? [['interface', [interfaceName ?? String(index)]] as [string, Child[]]] : []),
    ['size', [`${size} octets`]],
    ...(to === undefined
      ? []
      : [
          [RELATION[frame.kind] ?? 'about', [frameLink(to), ` after ${duration(took ?? 0)}`]] as [
            string,
            Child[],
          ],
        ]),
    ...(answers.length === 0
      ? []
      : [
          ['then', answers.flatMap((each, place) => [place > 0 ? ', ' : '', frameLink(each)])] as [
            string,
            Child[],
          ],
        ]),
    ...(vsis.length === 0 ? [] : [['VSI', vsiLinks(data, vsis)] as [string, Child[]]]),
  ]
  return el('dl', {}, ...rows.flatMap(([name, children]) => [el('dt', {}, name), el('dd', {}, ...children)]))
}

const RELATION: Readonly<Record<string, string>> = {
  'ecp-ack': 'acknowledges',
  'ecp-quiet-ack': 'acknowledges',
  'ecp-repeat': 'repeats',
  'vdp-response': 'answers',
  'vdp-kept-alive': 'answers',
}

const MAX_LINKS = 20

function vsiLinks(data: ReportData, vsis: readonly number[]): Child[] {
  const links = vsis
    .slice(0, MAX_LINKS)
    .flatMap((vsi) => [
      el('a', { href: `#vsi=${vsi}`, title: 'only its frames' }, data.vsi(vsi).id),
      el('br'),
    ])
  return vsis.length > MAX_LINKS ? [...links, `and ${vsis.length - MAX_LINKS} more`] : links
}

function absolute({ model: { started } }: ReportData, at: number): string {
  if (started === null) return ''
  return `, ${new Date(Date.parse(started) + at).toISOString()}`
}

function findings(data: ReportData, number: number): HTMLElement[] {
  return data.findingsOf(number).map((place) => {
    const { severity, text, code, rule } = data.model.findings[place]!
    const source = rule === null ? code : `${code}, rule ${rule}`
    const link = el('a', { href: `#finding=${place}` }, `${source}`)
    return el('p', { class: `finding ${severity}` }, el('b', {}, severity), ` ${text} (`, link, ')')
  })
}

function tree({ octets: base64, size, fcs = 0, text }: ReportFrame): HTMLElement[] {
  if (base64 === undefined) {
    const why = 'The octets of this frame were left out to bound the size of the page.'
    return [el('p', { class: 'hint' }, why), el('p', {}, text)]
  }
  const octets = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0))
  const d = new Dissection()
  dissectFrame(d, octets, size, fcs)
  const dump = new OctetDump(octets)
  const faults = d.faults.map(({ code, offset, clause }) =>
    el('p', { class: 'finding error' }, `${code} at octet ${offset}, ${clause}`),
  )
  return [
    el('h4', {}, 'Fields'),
    ...faults,
    el('div', { class: 'fields' }, ...branches(d, dump)),
    el('h4', {}, 'Octets'),
    dump.element,
  ]
}

/** Groups can be folded; whatever is pointed at is marked among the octets. */
function branches(d: Dissection, dump: OctetDump): HTMLElement[] {
  const roots: HTMLElement[] = []
  const parents: HTMLElement[] = []
  for (let index = 0; index < d.count; index++) {
    const depth = d.depths[index]!
    const isGroup = d.fields[index]!.kind === 'group'
    const line = fieldLine(d, index, isGroup ? 'summary' : 'div', dump)
    const element = isGroup ? el('details', { open: true }, line) : line
    const parent = parents[depth - 1]
    if (parent) parent.append(element)
    else roots.push(element)
    parents[depth] = element
  }
  return roots
}

function fieldLine(d: Dissection, index: number, tag: 'summary' | 'div', dump: OctetDump): HTMLElement {
  const [start, end] = [d.starts[index]!, d.ends[index]!]
  const line = el(
    tag,
    { class: 'field', title: d.fields[index]!.clause, tabindex: 0 },
    el('span', { class: 'name' }, el('bdi', {}, fieldText(d, index))),
    el('span', { class: 'range' }, rangeText(start, end)),
  )
  for (const event of ['mouseenter', 'focus']) line.addEventListener(event, () => dump.mark(start, end))
  return line
}

class OctetDump {
  readonly element: HTMLElement
  readonly #cells: HTMLElement[]

  constructor(octets: Uint8Array) {
    this.#cells = [...octets].map((octet) => el('span', {}, octet.toString(16).padStart(2, '0')))
    const lines = Array.from({ length: Math.ceil(octets.length / OCTETS_IN_A_LINE) }, (_, line) => {
      const start = line * OCTETS_IN_A_LINE
      const cells = this.#cells.slice(start, start + OCTETS_IN_A_LINE)
      const offset = el('span', { class: 'offset' }, String(start).padStart(4))
      return el('div', {}, offset, ...cells.flatMap((cell) => [' ', cell]))
    })
    this.element = el('div', { class: 'octets' }, ...lines)
  }

  mark(start: number, end: number): void {
    for (const [index, cell] of this.#cells.entries())
      cell.classList.toggle('marked', index >= start && index < end)
  }
}
