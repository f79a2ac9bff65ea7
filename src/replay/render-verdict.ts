/** A verdict for people: who, what came of it, and what was wrong. Colours are the caller's. */
import { printable } from '../../protocol/lldp/admin-string.ts'
import type { Difference } from './comparison.ts'
import type { Finding, Severity } from './finding.ts'
import type { Problem, Replayed } from './replay.ts'
import type { SideVerdict, Times, VsiVerdict, WireVerdict } from './verdict.ts'

export interface Paints {
  readonly bold: (text: string) => string
  readonly red: (text: string) => string
  readonly green: (text: string) => string
  readonly yellow: (text: string) => string
  readonly dim: (text: string) => string
}

/** Lines of each kind that are shown; `--json` has all. */
const MAX_LINES = 40
/** Findings with the same code about the same side. */
const MAX_ALIKE = 3

export function renderReplayed(replayed: Replayed, paints: Paints, notes: boolean): string[] {
  const { verdict, mismatch, differences, problem } = replayed
  if (problem !== null) return renderProblem(verdict.file, problem, paints)
  const shown = verdict.findings.filter(({ severity }) => notes || severity !== 'note')
  return [
    headline(replayed, paints),
    ...verdict.wires.flatMap((wire) => renderWire(wire, verdict.wires.length > 1)),
    ...renderFindings(shown, verdict.wires, paints),
    ...(verdict.broken ? [`  ${paints.red('unusable')}  ${verdict.broken.message}`] : []),
    ...(mismatch ? ['', ...mismatch.split('\n').map((line) => `  ${paintDiff(line, paints)}`)] : []),
    ...differences.flatMap((difference) => renderDifference(difference, paints)),
  ]
}

function renderProblem(file: string, { message, hint }: Problem, { bold, red }: Paints): string[] {
  return [`${red('UNUSABLE')} ${bold(printable(file))}  ${message}`, ...(hint === null ? [] : [`  ${hint}`])]
}

function headline({ verdict, result, expectation, updated }: Replayed, { bold, green, red }: Paints): string {
  const word = result === 'pass' ? green('PASS') : red(result === 'fail' ? 'FAIL' : 'UNUSABLE')
  const { packets, lldp, ecp, draft, broken } = verdict.frames
  const parts = [`${packets} packets`, `${lldp} LLDP`, `${ecp} ECP`]
  if (draft > 0) parts.push(`${draft} of draft 0.2, not judged`)
  if (broken > 0) parts.push(`${broken} unreadable`)
  const held = expectation ? `, ${updated ? 'expectation written' : 'as expected by'} ${expectation}` : ''
  return `${word} ${bold(printable(verdict.file))}  ${parts.join(', ')}, ${seconds(verdict.duration)}${result === 'fail' && expectation ? `, not${held.slice(1)}` : held}`
}

function renderWire(
  { interface: index, sides, operating, relay, vsis }: WireVerdict,
  several: boolean,
): string[] {
  const values = operating
    ? `R ${operating.r}, RTE ${operating.rte}, RWD ${operating.rwd}, RKA ${operating.rka}, reflective relay ${relay}`
    : 'no EVB TLV'
  return [
    ...(several ? [`  interface ${index}`] : []),
    ...sides.map(renderSide),
    `  EVB      ${values}`,
    ...few(vsis.map(renderVsi)),
  ]
}

function renderSide({ role, mac, evidence, lldpdus, ecp }: SideVerdict): string {
  const repeated = ecp.transmissions - ecp.requests
  const traffic = [
    `${lldpdus} LLDPDUs`,
    `${ecp.requests} ECP requests`,
    ...(repeated > 0 ? [`${repeated} repeated`] : []),
    ...(ecp.ackTime ? [`acknowledged in ${renderTimes(ecp.ackTime)}`] : []),
    `${ecp.acknowledgements} acknowledgements`,
  ]
  return `  ${role.padEnd(7)}  ${mac}  ${traffic.join(', ')}${evidence ? ` (${evidence})` : ''}`
}

function renderVsi({ id, state, path, answerTime }: VsiVerdict): string {
  const answered = answerTime ? `, answered in ${renderTimes(answerTime)}` : ''
  return `  VSI      ${id}  ${path.join(' > ') || 'answers only'}; in the end ${state}${answered}`
}

function renderTimes({ median, max }: Times): string {
  return `${median.toFixed(1)} ms (at most ${max.toFixed(1)})`
}

/** The first few of each kind, in order; of the others how many there are. */
function renderFindings(
  findings: readonly Finding[],
  wires: readonly WireVerdict[],
  paints: Paints,
): string[] {
  const alike = new Map<string, number>()
  const shown = findings.filter(({ code, side }) => {
    const count = (alike.get(`${code} of ${side}`) ?? 0) + 1
    alike.set(`${code} of ${side}`, count)
    return count <= MAX_ALIKE
  })
  const rest = [...alike].filter(([, count]) => count > MAX_ALIKE)
  const more = rest.map(([kind, count]) => `${count - MAX_ALIKE} more ${kind}`).join(', ')
  return [
    ...few(shown.map((finding) => renderFinding(finding, wires, paints))),
    ...(more ? [`  ${paints.dim(`and ${more}; --json has all`)}`] : []),
  ]
}

function renderFinding(
  { severity, frame, at, side, code, rule, vsi, text }: Finding,
  wires: readonly WireVerdict[],
  paints: Paints,
): string {
  const who = wires.flatMap(({ sides }) => sides).find(({ mac }) => mac === side)?.role ?? 'unknown'
  const about = vsi ? ` VSI ${vsi}:` : ''
  const source = rule === null ? code : `${code}, rule ${rule}`
  return `  ${paintSeverity(severity, paints)}  frame ${frame} at ${seconds(at)}, ${who} ${side}:${about} ${text} (${source})`
}

function paintSeverity(severity: Severity, { red, yellow, dim }: Paints): string {
  return { error: red, warning: yellow, note: dim }[severity](severity.padEnd(7))
}

function renderDifference({ stream, lines }: Difference, paints: Paints): string[] {
  const context = lines.map(({ sign, frame, at, text }) => {
    const where = frame === null ? 'ours' : `frame ${frame}`
    return `    ${paintDiff(`${sign} ${where.padEnd(10)} ${seconds(at).padStart(10)}  ${text}`, paints)}`
  })
  return ['', `  ${stream}: - recorded, + sent by our machine`, ...few(context)]
}

function paintDiff(line: string, { red, green }: Paints): string {
  if (line.startsWith('-')) return red(line)
  return line.startsWith('+') ? green(line) : line
}

function few(lines: readonly string[]): string[] {
  if (lines.length <= MAX_LINES) return [...lines]
  return [...lines.slice(0, MAX_LINES), `  ... and ${lines.length - MAX_LINES} more; --json has all`]
}

function seconds(milliseconds: number): string {
  return `${(milliseconds / 1000).toFixed(3)} s`
}
