/** VSIs and what became of requests, as text. */
import type { LibvirtVsiJson } from '../control/schema/libvirt.ts'
import type { RequestAnswer, VsiJson } from '../control/schema/vsi.ts'
import { formatVsiType } from '../control/vsi-text.ts'
import type { Style } from './style.ts'
import { layOut } from './table.ts'

export function renderList(vsis: readonly VsiJson[], style: Style): string[] {
  if (vsis.length === 0) return ['no VSIs']
  const owned = vsis.some(({ owner }) => owner !== null)
  const head = ['PORT', 'VSI', 'STATE', ...(owned ? ['OWNER'] : []), 'TYPE', 'FILTER', 'REASON']
  const rows = vsis.map((vsi) => [
    vsi.port,
    vsi.id,
    paintState(vsi, style),
    ...(owned ? [describeOwner(vsi)] : []),
    formatVsiType(vsi),
    shorten(vsi.filter),
    vsi.reason?.code ?? '',
  ])
  const [first = '', ...rest] = layOut([head, ...rows])
  return [style.dim(first), ...rest]
}

function describeOwner({ owner, restored }: VsiJson): string {
  if (owner === null) return '-'
  return restored ? `${owner}, restored` : owner
}

function shorten(filter: readonly string[]): string {
  const more = filter.length > 1 ? ` +${filter.length - 1}` : ''
  return `${filter[0] ?? '-'}${more}`
}

/** What a person calls the state: an ended VSI is told apart from one that waits. */
function paintState(vsi: Pick<VsiJson, 'state' | 'live' | 'pending'>, style: Style): string {
  if (vsi.state === 'associated') return style.green(vsi.state)
  if (vsi.state !== 'none') return style.yellow(vsi.state)
  if (!vsi.live) return style.dim('ended')
  return style.yellow(vsi.pending ? 'waiting' : 'none')
}

export function renderVsi(vsi: VsiJson, style: Style): string[] {
  const { reason, pending, createdAt, changedAt, endedAt, keepAlives, mib } = vsi
  const version = { typeId: vsi.typeId, typeVersion: vsi.typeVersion }
  const hint = vsi.hint === 'none' ? [] : [['hint', vsi.hint]]
  const org = vsi.organizational.map(({ oui, data }) => ['organisation', `${oui}:${data}`])
  const counts = `${mib.VDPCommandsSucceeded} succeeded, ${mib.VDPCommandsFailed} failed, ${mib.VDPCommandReverts} kept`
  return layOut([
    ['VSI', style.bold(vsi.id)],
    ['port', vsi.port],
    ['state', paintState(vsi, style) + (vsi.machine === null ? '' : `  (${vsi.machine})`)],
    ...(vsi.outcome === null ? [] : [['outcome', vsi.outcome]]),
    ...(reason === null
      ? []
      : [
          ['reason', reason.text],
          ['', `${style.dim('hint:')} ${reason.hint}`],
        ]),
    ...(vsi.owner === null ? [] : [['owner', describeOwner(vsi)]]),
    ...(vsi.libvirt === null ? [] : [['libvirt', describeLibvirt(vsi.libvirt)]]),
    ['type', formatVsiType(version)],
    ['manager', vsi.managerId],
    ...vsi.filter.map((entry, index) => [index === 0 ? 'filter' : '', entry]),
    ...hint,
    ...org,
    ...(pending === null ? [] : [['pending', `${pending.mode} ${pending.filter.join(' ')}`]]),
    ['requests', counts + (keepAlives === null ? '' : `; ${keepAlives} keep-alives`)],
    ...times({ created: createdAt, changed: changedAt, ended: endedAt }),
  ])
}

/** The number is the one that libvirt shows when it fails. */
function describeLibvirt({ operation, response, reason, at }: LibvirtVsiJson): string {
  if (response === null) return `${operation}, no answer yet`
  const when = at === null ? '' : ` at ${at}`
  return reason === null
    ? `${operation}, done`
    : `${operation}, told error ${response}${when}: ${reason.text}`
}

function times(all: Readonly<Record<string, string | null>>): string[][] {
  return Object.entries(all).flatMap(([name, time]) => (time === null ? [] : [[name, time]]))
}

/** A yes, on standard output. */
export function renderYes({ port, id, mode, state, filter }: RequestAnswer, style: Style): string[] {
  const what = mode === 'deassociate' ? 'de-associated' : state
  return layOut([[port, id, style.green(what), filter.join(' ')]])
}

/** Everything else, on standard error. */
export function renderNo(answer: RequestAnswer, style: Style): string[] {
  const { port, id, outcome, reason } = answer
  const lines = [
    `${style.red('qbg:')} ${port}: VSI ${id} ${OUTCOMES[outcome]}${reason ? `: ${reason.text}` : ''}`,
  ]
  if (reason) lines.push(`${style.dim('hint:')} ${reason.hint}`)
  else if (outcome === 'progress')
    lines.push(`${style.dim('hint:')} the request stays in force: qbg vsi show ${id}`)
  return lines
}

const OUTCOMES: Readonly<Record<RequestAnswer['outcome'], string>> = {
  granted: 'granted',
  kept: 'refused, what was associated before stays',
  refused: 'refused',
  released: 'released',
  lost: 'lost',
  waiting: 'still waits to be sent',
  progress: 'still waits for the answer of the switch',
}
