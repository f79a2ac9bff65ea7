/** `qbg status` as text: one block for each port. */
import { exponentTime } from '../../protocol/wire/exponent-time.ts'
import type { InjectedJson } from '../control/schema/fault.ts'
import type { LibvirtJson } from '../control/schema/libvirt.ts'
import type { NeighborJson, PortJson, PortResourcesJson, StatusAnswer } from '../control/schema/status.ts'
import { formatRate } from '../control/vsi-type-text.ts'
import { formatDuration } from './duration.ts'
import { renderTypes } from './render-types-status.ts'
import type { Style } from './style.ts'
import { layOut } from './table.ts'

export function renderStatus(answer: StatusAnswer, style: Style): string[] {
  const { version, role, pid, control, startedAt, time } = answer
  const up = formatDuration(Date.parse(time) - Date.parse(startedAt))
  const head = `qbg ${version}, ${role}, pid ${pid}, up ${up}, control ${control}`
  return [
    head,
    ...renderLog(answer.log, style),
    ...renderState(answer.state, style),
    ...(answer.types ? renderTypes(answer.types, time, style) : []),
    ...answer.ports.flatMap((port) => ['', ...renderPort(port, time, style)]),
    ...(answer.libvirt ? ['', ...renderLibvirt(answer.libvirt, time, style)] : []),
  ]
}

/** A log that is written says nothing of itself. */
function renderLog({ file, lost, problem }: StatusAnswer['log'], style: Style): string[] {
  const where = file ?? 'standard error'
  const lines = `${lost} line${lost === 1 ? '' : 's'}`
  if (problem !== null)
    return [`${style.yellow('!')} the log cannot be written, ${lines} lost: ${where}: ${problem}`]
  return lost === 0 ? [] : [`the log ${where} lacks ${lines}, and is written again`]
}

/** Where VSIs are kept over a restart. */
function renderState(state: StatusAnswer['state'], style: Style): string[] {
  if (state === null) return []
  if (state.problem === null) return [`${state.vsis} VSIs kept over a restart in ${state.path}`]
  return [`${style.yellow('!')} VSIs would be lost by a restart: ${state.path}: ${state.problem}`]
}

export function renderPort(port: PortJson, time: string, style: Style): string[] {
  const down = port.enabled ? style.red('down') : style.yellow('disabled')
  const link = port.link.up ? style.green('up') : down
  const mac = port.link.mac === null ? '' : `  ${port.link.mac}`
  const master = port.master === null ? '' : `  port of ${port.master}`
  const body = layOut([
    ['  neighbour', describeNeighbor(port.neighbor)],
    ['  relay', describeRelay(port, style)],
    ['  VDP', describeVdp(port)],
    ['  ECP', describeEcp(port)],
    ...(port.resources ? [['  resources', describeResources(port.resources)]] : []),
    ['  faults', describeFaults(port, time)],
    ...describeFrames(port),
  ])
  return [
    `${style.bold(port.name)}  ${port.role}  link ${link}${mac}${master}`,
    ...body,
    ...renderValues(port, style),
    ...renderCounters(port, style),
    ...port.injected.map((fault) => renderInjected(fault, style)),
    ...renderProblems(port, style),
  ]
}

/** A fault on purpose. */
function renderInjected({ name, text, matched, applied, spent }: InjectedJson, style: Style): string {
  const done = `done to ${applied} of ${matched}${spent ? ', spent' : ''}`
  return `  ${style.yellow('on purpose')}  ${name}: ${text} (${done})`
}

function describeNeighbor(neighbor: NeighborJson | null): string {
  if (neighbor === null) return 'none with EVB'
  const name = neighbor.systemName ? `${neighbor.systemName}, ` : ''
  const port = neighbor.portDescription ? ` (${neighbor.portDescription})` : ''
  const what = ['EVB off', 'EVB bridge', 'EVB station', 'NVO3'][neighbor.evb?.mode ?? 0]
  return `${name}port ${neighbor.portId}${port}, ${neighbor.mac}, ${what}, TTL ${neighbor.ttl} s`
}

function describeRelay({ role, relay }: PortJson, style: Style): string {
  const word = (value: boolean) => (value ? 'yes' : 'no')
  const active = relay.active ? style.green('on') : 'off'
  const applied =
    role === 'bridge' && relay.applied !== null ? `, hairpin ${relay.applied ? 'on' : 'off'}` : ''
  return `${active} (requested ${word(relay.requested)}, capable ${word(relay.capable)}${applied})`
}

function describeVdp({ vdp }: PortJson): string {
  const states = Object.entries(vdp.vsis).filter(([state, count]) => state === 'associated' || count > 0)
  const vsis = states
    .map(([state, count]) => `${count} ${state === 'none' ? 'without association' : state}`)
    .join(', ')
  return `${vdp.ready ? 'ready' : 'not ready'}; VSIs: ${vsis || '0'}`
}

function describeResources({ vsis, maxVsis, bandwidth, maxBandwidth }: PortResourcesJson): string {
  const of = (most: string | number | null) => (most === null ? '' : ` of ${most}`)
  const rate = bandwidth > 0 || maxBandwidth !== null
  const most = maxBandwidth === null ? null : formatRate(maxBandwidth)
  return `${vsis}${of(maxVsis)} VSIs${rate ? `, ${formatRate(bandwidth)}${of(most)}` : ''}`
}

function describeEcp({ ecp }: PortJson): string {
  const waiting = ecp.outstanding ? 'waiting for an acknowledgement' : 'idle'
  return `${waiting}, last sequence ${ecp.sequence}, ${ecp.queued} queued${ecp.unpaced ? '' : ', paced'}`
}

function describeFaults({ faults }: PortJson, time: string): string {
  const { total, last } = faults
  if (last === null) return '0'
  const age = formatDuration(Math.max(0, Date.parse(time) - Date.parse(last.time)))
  return `${total}, last: ${last.code} at octet ${last.offset} (${last.clause}), ${age} ago`
}

/** Only what did not go well. */
function describeFrames({ frames: { lost, sendErrors } }: PortJson): string[][] {
  const said = [
    ...(lost > 0 ? [`${lost} lost on receipt`] : []),
    ...(sendErrors > 0 ? [`${sendErrors} not sent`] : []),
  ]
  return said.length === 0 ? [] : [['  frames', said.join(', ')]]
}

const VALUES = [
  ['R', 'r'],
  ['RTE', 'rte'],
  ['RWD', 'rwd'],
  ['RKA', 'rka'],
] as const

function renderValues({ evb }: PortJson, style: Style): string[] {
  const rows = VALUES.map(([label, key]) => {
    const value = evb.operating[key]
    const meaning = key === 'r' ? `${value + 1} transmissions` : formatDuration(exponentTime(value))
    const sides = [evb.configured[key], evb.remote?.[key]].map((side) =>
      side === undefined ? '-' : String(side),
    )
    return [`  ${label}`, ...sides, String(value), evb.winner[key], meaning]
  })
  const head = ['  EVB', 'local', 'remote', 'operating', 'whose', 'meaning']
  const groups = evb.groupIds ? ['  group IDs are agreed'] : []
  const [first = '', ...rest] = layOut([head, ...rows], [1, 2, 3])
  return [style.dim(first), ...rest, ...groups]
}

/** The counters of the MIB always, others when they say something. */
function renderCounters({ counters }: PortJson, style: Style): string[] {
  const always = /^(Ecp(TxFrame|TxRetry|RxFrame)Count|EcpTxFailures|VDPCommand)/
  const shown = Object.entries(counters).filter(([name, value]) => value > 0 || always.test(name))
  const cells = shown.map(([name, value]) => [name, String(value)])
  const half = Math.ceil(cells.length / 2)
  const rows = cells
    .slice(0, half)
    .map((cell, index) => [`  ${cell[0]}`, cell[1]!, ...(cells[half + index] ?? [])])
  return [style.dim('  counters'), ...layOut(rows, [1, 3])]
}

function renderProblems({ problems }: Pick<PortJson, 'problems'>, style: Style): string[] {
  return problems.flatMap(({ text, hint }) => [
    `  ${style.yellow('!')} ${text}`,
    `    ${style.dim('hint:')} ${hint}`,
  ])
}

/** Requests that libvirt has made, and what of the host keeps it from making more. */
function renderLibvirt(libvirt: LibvirtJson, time: string, style: Style): string[] {
  const { port, pidFile, vsis, lastRequestAt, counters } = libvirt
  const said = Object.entries(counters).flatMap(([name, value]) => (value > 0 ? [`${value} ${name}`] : []))
  const last = lastRequestAt === null ? 'never' : formatDuration(Date.parse(time) - Date.parse(lastRequestAt))
  return [
    style.bold('libvirt'),
    ...layOut([
      ['  agent', `netlink port ${port}, ${pidFile}`],
      ['  VSIs', String(vsis)],
      ['  last request', lastRequestAt === null ? last : `${last} ago`],
      ['  counters', said.join(', ') || '0'],
    ]),
    ...renderProblems(libvirt, style),
  ]
}
