/**
 * Draws `protocol/README.md` from the code: the charts from the machines, the index of clauses from the citations, the
 * table of rules from the titles of the tests. `npm run docs` writes it; a test holds it fresh.
 */
import { readdirSync, readFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import type { AnyStateMachine } from 'xstate'
import { receiveMachine } from '../../protocol/ecp/receive.machine.ts'
import { transmitMachine } from '../../protocol/ecp/transmit.machine.ts'
import { evbBridgeMachine } from '../../protocol/evb/bridge.machine.ts'
import { evbStationMachine } from '../../protocol/evb/station.machine.ts'
import { receiveMachine as lldpReceiveMachine } from '../../protocol/lldp/receive.machine.ts'
import { transmitMachine as lldpTransmitMachine } from '../../protocol/lldp/transmit.machine.ts'
import { bridgeMachine } from '../../protocol/vdp/bridge.machine.ts'
import { stationMachine } from '../../protocol/vdp/station.machine.ts'
import { RULE_EXCEPTIONS } from './rule-exceptions.ts'

const ROOT = join(import.meta.dirname, '../..')

/** Every chart of the tree, with the file it is in. */
export const CHARTS: readonly (readonly [string, string, AnyStateMachine])[] = [
  ['LLDP transmit', 'lldp/transmit.machine.ts', lldpTransmitMachine],
  ['LLDP receive', 'lldp/receive.machine.ts', lldpReceiveMachine],
  ['EVB station', 'evb/station.machine.ts', evbStationMachine],
  ['EVB bridge', 'evb/bridge.machine.ts', evbBridgeMachine],
  ['ECP transmit', 'ecp/transmit.machine.ts', transmitMachine],
  ['ECP receive', 'ecp/receive.machine.ts', receiveMachine],
  ['VDP station', 'vdp/station.machine.ts', stationMachine],
  ['VDP bridge', 'vdp/bridge.machine.ts', bridgeMachine],
]

export interface Rule {
  readonly number: number
  readonly statement: string
  readonly source: string
}

/** The rules of sections 7.1 to 7.12 without CDCP (84 to 96). */
export function readRules(): Rule[] {
  const text = readFileSync(join(ROOT, 'protocol/reference.md'), 'utf8')
  const checklist = text.slice(text.indexOf('## 7. Conformance'), text.indexOf('### 7.13'))
  return [...checklist.matchAll(/^\| (\d+) \| (.*?) \| (.*?) \| `.*` \|$/gm)]
    .map(([, number, statement, source]) => ({
      number: Number(number),
      statement: statement!,
      source: source!,
    }))
    .filter(({ number }) => number < 84 || number > 96)
}

/** Files under `folder` (from the top), as paths from the top. */
export function filesUnder(folder: string, ending: string): string[] {
  return readdirSync(join(ROOT, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith(ending))
    .map((entry) => relative(ROOT, join(entry.parentPath, entry.name)))
    .sort()
}

/** Which test files name which rule in a title, as `#42`. */
export function testsByRule(): Map<number, string[]> {
  const tests = new Map<number, string[]>()
  for (const file of filesUnder('test', '.test.ts')) {
    const named = new Set(readFileSync(join(ROOT, file), 'utf8').match(/#\d{1,3}\b/g))
    for (const name of named) {
      const number = Number(name.slice(1))
      tests.set(number, [...(tests.get(number) ?? []), file])
    }
  }
  return tests
}

export function renderProtocolReadme(): string {
  return [
    '<!-- Drawn from the code by `npm run docs`; the text is in test/support/protocol-readme.ts. -->',
    INTRODUCTION,
    '## Charts',
    CHART_NOTE,
    ...CHARTS.map(
      ([title, file, machine]) => `### ${title}\n\n[\`${file}\`](${file})\n\n${drawChart(machine)}`,
    ),
    '## Clauses',
    'Where each clause that the code cites is implemented; the tests stand in the table of rules.',
    clauseIndex(),
    '## Rules',
    'Every rule of the [reference](reference.md), sections 7.1 to 7.12 without CDCP, and the tests that name it.',
    ruleIndex(),
    '',
  ].join('\n\n')
}

const INTRODUCTION = `# protocol/

Everything that is true without a computer: octets, values, state machines, and their composition into a station port or
a bridge port. No clock, sockets, randomness or Node: the compiler refuses them here (\`types: []\`). Everything that needs a
kernel, a clock or a person is in \`src/\`.

\`\`\`mermaid
flowchart LR
  wire --> lldp --> evb
  wire --> ecp --> vdp
  evb --> engine
  vdp --> engine
  engine --> trace
  lldp --> cdcp
  evb --> dissect
  cdcp --> dissect
  vdp --> dissect
\`\`\`

| folder | what it holds |
| --- | --- |
| \`wire/\` | octets, TLV headers, Ethernet frames, MAC addresses, \`Decoded\` with its located faults |
| \`lldp/\` | LLDPDU and its TLVs, the remote table, transmit and receive machines (802.1AB-2016) |
| \`evb/\` | EVB TLV, negotiation, reflective relay on both sides (802.1Q-2018 §D.2.12) |
| \`ecp/\` | ECPDU, transmit and receive machines (802.1Q-2018 §43) |
| \`vdp/\` | VSI TLVs, filters, VSIIDs, status, timers, one machine per VSI and role (802.1Q-2018 §41) |
| \`cdcp/\` | CDCP TLV, for reading only (802.1Q-2018 §D.2.13) |
| \`dissect/\` | every field of a frame with its octets and clause, and what is wrong with it; draft 0.2 as well |
| \`engine/\` | \`step(state, input, now)\`: composes the machines of a port; the one door |
| \`trace/\` | inputs and effects as JSON lines, and as lines for people |
| [\`reference.md\`](reference.md) | the protocols octet by octet, what peers do, and the numbered rules |

An arrow points to who may import. A codec never imports a machine, machines never import each other; only \`engine/\` knows
several of them. \`test/unit/architecture.test.ts\` enforces it.

Start reading at \`engine/step.ts\`, \`engine/input.ts\` and \`engine/effect.ts\`: that is the whole vocabulary of a port.`

const CHART_NOTE = `Drawn from the machines. The table at the head of each file sets the standard's states beside ours: transient states of the
standard are actions here. \`[guard]\` in brackets, actions after the slash.`

interface Transition {
  readonly target?: string | readonly string[] | undefined
  readonly guard?: unknown
  readonly actions?: unknown
}

/** A Mermaid state diagram of a flat machine. */
export function drawChart(machine: AnyStateMachine): string {
  const {
    initial,
    states = {},
    on = {},
  } = machine.config as {
    initial?: string
    states?: Record<string, { on?: object; always?: unknown; entry?: unknown; type?: string }>
    on?: object
  }
  const lines = ['stateDiagram-v2', `  [*] --> ${initial}`]
  for (const [name, state] of Object.entries(states)) {
    const entry = names(state.entry)
    if (entry.length > 0) lines.push(`  ${name} : entry / ${entry.join(', ')}`)
    lines.push(...drawTransitions(name, [...Object.entries(state.on ?? {}), ...always(state.always)]))
    if (state.type === 'final') lines.push(`  ${name} --> [*]`)
  }
  const anywhere = drawTransitions('any', Object.entries(on))
  if (anywhere.length > 0) lines.push('  state "any state" as any', ...anywhere)
  return `\`\`\`mermaid\n${lines.join('\n')}\n\`\`\``
}

function always(transitions: unknown): [string, unknown][] {
  return transitions === undefined ? [] : [['always', transitions]]
}

function drawTransitions(from: string, transitions: readonly [string, unknown][]): string[] {
  return transitions.flatMap(([event, given]) =>
    (Array.isArray(given) ? given : [given]).map((one: string | Transition) => {
      const { target, guard, actions }: Transition = typeof one === 'string' ? { target: one } : one
      const to = (Array.isArray(target) ? target[0] : target)?.replace(/^[.#]/, '') ?? from
      const doing = names(actions)
      const label = [
        event,
        guard ? `[${names(guard).join()}]` : '',
        doing.length > 0 ? `/ ${doing.join(', ')}` : '',
      ]
      return `  ${from} --> ${to} : ${label.filter(Boolean).join(' ')}`
    }),
  )
}

/** Names of actions or guards, with a fixed parameter where it tells them apart. */
function names(given: unknown): string[] {
  if (given === undefined) return []
  return (Array.isArray(given) ? given : [given]).map((one: unknown) => {
    if (typeof one === 'string') return one
    const { type, params } = one as { type: string; params?: unknown }
    const fixed =
      typeof params === 'object' && params !== null
        ? Object.values(params).filter((value) => typeof value !== 'object')
        : []
    return fixed.length > 0 ? `${type}(${fixed.join()})` : type
  })
}

function clauseIndex(): string {
  const files = new Map<string, Set<string>>()
  for (const file of filesUnder('protocol', '.ts')) {
    for (const clause of citations(readFileSync(join(ROOT, file), 'utf8'))) {
      files.set(clause, (files.get(clause) ?? new Set()).add(file))
    }
  }
  const rows = [...files].sort(([a], [b]) => a.localeCompare(b, 'en', { numeric: true }))
  const row = ([clause, implementing]: [string, Set<string>]) => `| ${clause} | ${links(implementing)} |`
  return ['| clause | files |', '| --- | --- |', ...rows.map(row)].join('\n')
}

/** `802.1Q-2018 §41.2.8, §41.2.9` names two clauses. */
function citations(text: string): string[] {
  return [...text.matchAll(/(802\.\w+-\d{4}) ((?:§[\w.]*\w(?:, | to )?)+)/g)].flatMap(
    ([, standard, clauses]) => clauses!.match(/§[\w.]*\w/g)!.map((clause) => `${standard} ${clause}`),
  )
}

function ruleIndex(): string {
  const tests = testsByRule()
  const row = ({ number, statement, source }: Rule) => {
    const named = tests.get(number)
    return `| ${number} | ${statement} | ${source} | ${named ? links(named) : `*no test:* ${RULE_EXCEPTIONS[number]}`} |`
  }
  return ['| # | rule | source | tests |', '| --- | --- | --- | --- |', ...readRules().map(row)].join('\n')
}

function links(files: Iterable<string>): string {
  return [...files]
    .sort()
    .map((file) => `[${file.replace(/^(protocol|test)\//, '').replace(/(\.test)?\.ts$/, '')}](../${file})`)
    .join(', ')
}
