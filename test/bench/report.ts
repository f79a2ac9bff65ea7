/** Measurements as tables for people and as JSON for programs. */
import { execFileSync } from 'node:child_process'
import { cpus, release, totalmem } from 'node:os'

/** How much is measured. */
export interface Extent {
  /** Numbers of VSIs that are asked for at once. */
  readonly sizes: readonly number[]
  /** Numbers of VSIs that are held. */
  readonly held: readonly number[]
  readonly repeat: number
  readonly samples: number
  readonly idleSeconds: number
}

export interface Measurement<Row> {
  readonly name: string
  readonly title: string
  readonly columns: readonly string[]
  readonly row: (row: Row) => readonly (string | number)[]
  /** What is missing on this machine, when something is. */
  readonly needs?: () => string | undefined
  readonly measure: (extent: Extent) => AsyncIterable<Row>
}

/** A measurement whose rows are nobody's business but its own. */
export interface Bench {
  readonly name: string
  readonly title: string
  readonly needs: () => string | undefined
  /** Calls `onRow` with how many there are so far. */
  readonly run: (extent: Extent, onRow: (count: number) => void) => Promise<BenchResult>
}

export interface BenchResult {
  readonly rows: readonly unknown[]
  readonly table: string
}

export function bench<Row>(measurement: Measurement<Row>): Bench {
  const { name, title, columns, row, needs = () => undefined, measure } = measurement
  return {
    name,
    title,
    needs,
    run: async (extent, onRow) => {
      const rows: Row[] = []
      for await (const next of measure(extent)) onRow(rows.push(next))
      return { rows, table: renderTable(columns, rows.map(row)) }
    },
  }
}

export interface Machine {
  readonly cpu: string
  readonly cores: number
  /** Octets. */
  readonly memory: number
  readonly kernel: string
  readonly node: string
  readonly qbg: string
  readonly lldpad: string | null
  readonly tshark: string | null
}

export function describeMachine(qbg: string): Machine {
  const [first] = cpus()
  return {
    cpu: first?.model ?? 'unknown',
    cores: cpus().length,
    memory: totalmem(),
    kernel: release(),
    node: process.version,
    qbg,
    lldpad: debianVersion('lldpad'),
    tshark: debianVersion('tshark'),
  }
}

function debianVersion(name: string): string | null {
  try {
    const options = ['-W', '-f', `\${Version}`, name]
    return execFileSync('dpkg-query', options, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] })
  } catch {
    return null
  }
}

export function renderMachine({ cpu, cores, memory, kernel, node, qbg, lldpad, tshark }: Machine): string {
  const gigabytes = (memory / 1e9).toFixed(0)
  const peers = `lldpad ${lldpad ?? 'not installed'}, tshark ${tshark ?? 'not installed'}`
  return `${cores} x ${cpu}, ${gigabytes} GB, Linux ${kernel}, Node ${node}\nqbg ${qbg}, ${peers}`
}

export function renderTable(
  columns: readonly string[],
  rows: readonly (readonly (string | number)[])[],
): string {
  const cells = [columns, ...rows].map((row) => row.map(String))
  const widths = columns.map((_, column) => Math.max(...cells.map((row) => row[column]!.length)))
  const isNumber = columns.map((_, column) => rows.every((row) => /^[-\d.]*$/.test(String(row[column]))))
  const line = (row: readonly string[]) =>
    row.map((cell, column) =>
      isNumber[column] ? cell.padStart(widths[column]!) : cell.padEnd(widths[column]!),
    )
  return cells.map((row) => `  ${line(row).join('  ').trimEnd()}`).join('\n')
}
