/** The parts of the page that do not change: what it is about, findings, EVB values. */
import type { EvbTable, ReportFinding, ReportModel } from '../model.ts'
import { type Child, el, frameLink } from './dom.ts'
import { counted, duration, seconds } from './format.ts'
import type { ReportData } from './report-data.ts'

export function header({ model }: ReportData): HTMLElement {
  const { title, source, version, started, duration: length, counts, severities } = model
  const parts = [
    `${counts.packets} packets`,
    `${counts.lldp} LLDP`,
    `${counts.ecp} ECP`,
    ...(counts.draft > 0 ? [`${counts.draft} of draft 0.2, not judged`] : []),
    ...(counts.broken > 0 ? [`${counts.broken} unreadable`] : []),
    duration(length),
    ...(started === null ? [] : [`from ${started}`]),
  ]
  const chip = (severity: ReportFinding['severity']) => {
    const none = severities[severity] === 0 ? ' none' : ''
    return el(
      'a',
      { class: `chip ${severity}${none}`, href: '#findings' },
      counted(severities[severity], severity),
    )
  }
  const links = [
    ['findings', 'Findings'],
    ['evb', 'EVB'],
    ['vsis', 'VSIs'],
    ['frames', 'Ladder'],
    ['plots', 'Plots'],
  ]
  return el(
    'header',
    {},
    el('h1', {}, title),
    el('p', { class: 'facts' }, title === source ? '' : `${source}: `, parts.join(', ')),
    el('p', { class: 'chips' }, chip('error'), chip('warning'), chip('note')),
    el(
      'nav',
      { 'aria-label': 'Parts of this page' },
      ...links.map(([id, text]) => el('a', { href: `#${id}` }, text!)),
    ),
    ...remarks(model),
    el('p', { class: 'hint' }, `qbg ${version}, IEEE 802.1Qbg`),
  )
}

function remarks({ broken, limits }: ReportModel): HTMLElement[] {
  return [
    ...(broken === null
      ? []
      : [el('p', { class: 'finding error' }, `The capture could not be read to its end: ${broken}.`)]),
    ...(limits.length === 0
      ? []
      : [
          el(
            'ul',
            { class: 'limits', 'aria-label': 'What is not on this page' },
            ...limits.map((text) => el('li', {}, text)),
          ),
        ]),
  ]
}

const MAX_PARTIES = 50

export function partyTable({ model: { parties } }: ReportData): HTMLElement {
  const rows = parties
    .slice(0, MAX_PARTIES)
    .map(({ role, mac, name, interface: index, interfaceName, evidence, ...counts }) => {
      const { lldpdus, requests, transmissions, acknowledgements } = counts
      const cells = [
        mac,
        name ?? '',
        interfaceName ?? String(index),
        String(lldpdus),
        String(requests),
        String(transmissions - requests),
        String(acknowledgements),
        evidence,
      ]
      return el(
        'tr',
        {},
        el('th', { scope: 'row' }, role),
        ...cells.map((cell) => el('td', {}, el('bdi', {}, cell))),
      )
    })
  const heads = [
    'role',
    'address',
    'system name',
    'interface',
    'LLDPDUs',
    'ECP requests',
    'repeated',
    'acknowledgements',
    'known by',
  ]
  const more = parties.length - rows.length
  return table(more > 0 ? `Who speaks; ${more} more are not shown` : 'Who speaks', heads, rows)
}

export function evbTables(data: ReportData): HTMLElement[] {
  const { evb } = data.model
  if (evb.length === 0) return [el('p', { class: 'hint' }, 'No EVB TLV in this capture.')]
  return evb.map((each) => evbTable(data, each, evb.length > 1))
}

function evbTable(
  data: ReportData,
  { interface: index, columns, rows }: EvbTable,
  several: boolean,
): HTMLElement {
  const heads: Child[] = columns.map(({ party, frame, sent }) => {
    const { role, mac } = data.party(party)
    const since =
      frame === null ? '' : el('small', {}, 'since ', frameLink(frame), sent ? '' : ', then no more')
    return el('span', {}, `${role} `, el('bdi', {}, mac), ' ', since)
  })
  const body = rows.map(({ name, explanation, values, result }) => {
    const differ = new Set(values).size > 1 && name !== 'mode'
    const cells = values.map((value) => el('td', { class: differ ? 'differs' : undefined }, value))
    return el(
      'tr',
      {},
      el('th', { scope: 'row' }, name, el('small', {}, ` ${explanation}`)),
      ...cells,
      el('td', { class: 'result' }, result),
    )
  })
  const caption = several
    ? `EVB TLVs on interface ${index}`
    : 'What both say in their last EVB TLV, and what follows'
  return table(caption, ['value', ...heads, 'negotiated'], body)
}

function table(caption: string, heads: readonly Child[], rows: readonly HTMLElement[]): HTMLElement {
  const head = el('tr', {}, ...heads.map((each) => el('th', { scope: 'col' }, each)))
  return el(
    'div',
    { class: 'scroll' },
    el('table', {}, el('caption', {}, caption), el('thead', {}, head), el('tbody', {}, ...rows)),
  )
}

/** By code, the worst first; of a code that was found often a part at a time. */
export function findingList(data: ReportData): HTMLElement[] {
  const { findings } = data.model
  if (findings.length === 0)
    return [el('p', { class: 'hint' }, 'Nothing: no rule that frames can show was broken.')]
  const byCode = new Map<string, number[]>()
  for (const [place, { severity, code }] of findings.entries()) {
    const key = `${severity} ${code}`
    byCode.set(key, [...(byCode.get(key) ?? []), place])
  }
  const order = ['error', 'warning', 'note']
  const codes = [...byCode].sort(
    ([a], [b]) => order.indexOf(a.split(' ')[0]!) - order.indexOf(b.split(' ')[0]!),
  )
  return codes.map(([, places]) => findingsOfCode(data, places))
}

const PART = 50
/** A code with more findings than this is folded. */
const MAX_OPEN = 5

function findingsOfCode(data: ReportData, places: readonly number[]): HTMLElement {
  const { severity, code, rule } = data.model.findings[places[0]!]!
  const list = el('ol', { class: 'findings' })
  const more = el('button', { type: 'button' })
  let shown = 0
  const showMore = () => {
    list.append(...places.slice(shown, shown + PART).map((place) => findingItem(data, place)))
    shown = Math.min(places.length, shown + PART)
    more.textContent = `${Math.min(PART, places.length - shown)} more of ${places.length - shown}`
    more.hidden = shown >= places.length
  }
  more.addEventListener('click', showMore)
  showMore()
  const summary = el(
    'summary',
    {},
    el('span', { class: `severity ${severity}` }, severity),
    ` ${code}`,
    el('small', {}, ` ${rule === null ? '' : `rule ${rule}, `}${places.length} ×`),
  )
  const open = severity !== 'note' && places.length <= MAX_OPEN
  const details = el('details', { class: `code ${severity}`, open }, summary, list, more)
  details.addEventListener('qbg-show', (event) => {
    const index = places.indexOf((event as CustomEvent<number>).detail)
    while (shown <= index) showMore()
    details.open = true
  })
  details.dataset.places = ` ${places.join(' ')} `
  return details
}

function findingItem(data: ReportData, place: number): HTMLElement {
  const { frame, at, party, vsi, text } = data.model.findings[place]!
  const who = party === null ? '' : `${data.partyName(party)}: `
  const about = vsi === null ? '' : `VSI ${vsi}: `
  const link = data.placeOf(frame) === undefined ? `frame ${frame}, not on this page` : frameLink(frame)
  return el('li', { id: `finding-${place}`, tabindex: -1 }, link, ` at ${seconds(at)}, ${who}${about}${text}`)
}

/** Opens what it is in, and goes there. */
export function showFinding(place: number): void {
  const code = document.querySelector(`details[data-places*=" ${place} "]`)
  code?.dispatchEvent(new CustomEvent('qbg-show', { detail: place }))
  const item = document.getElementById(`finding-${place}`)
  item?.scrollIntoView({ block: 'center' })
  item?.focus({ preventScroll: true })
}
