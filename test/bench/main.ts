/**
 * `npm run bench`: qbg and, where it is installed, lldpad through the same work on the same wire, in namespaces of
 * its own. The numbers are of this machine and this moment; nothing here fails because something is slow.
 */
import { execFileSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { association } from './association.ts'
import { capture } from './capture.ts'
import { idle } from './idle.ts'
import { latency } from './latency.ts'
import { recovery } from './recovery.ts'
import { type Bench, bench, describeMachine, type Extent, renderMachine } from './report.ts'
import { startUp } from './start-up.ts'
import { stepCost } from './step-cost.ts'

const BENCHES: readonly Bench[] = [
  bench(stepCost),
  bench(startUp),
  bench(latency),
  bench(association),
  bench(recovery),
  bench(idle),
  bench(capture),
]

const WHOLE: Extent = {
  sizes: [1, 10, 100, 500, 1000, 5000],
  held: [1000, 10_000],
  repeat: 3,
  samples: 500,
  idleSeconds: 30,
}
const QUICK: Extent = { sizes: [1, 100, 500], held: [1000], repeat: 1, samples: 200, idleSeconds: 12 }

const HELP = `npm run bench -- [NAME...] [--quick] [--json FILE]

Measures qbg and, where it is installed, lldpad. NAME: ${BENCHES.map(({ name }) => name).join(', ')}; all when none
is given. Wants root or user namespaces, and iproute2; what is seen on the wire wants tshark.

  --quick      fewer sizes, one run of each: some minutes instead of twenty
  --json FILE  writes the same as JSON (schema qbg-bench/1)
`

async function main(): Promise<number> {
  const { values, positionals } = parseArgs({
    args: JSON.parse(process.env.QBG_ARGUMENTS ?? '[]'),
    allowPositionals: true,
    options: { quick: { type: 'boolean' }, json: { type: 'string' }, help: { type: 'boolean', short: 'h' } },
  })
  if (values.help) return print(HELP)
  const unknown = positionals.find((name) => !BENCHES.some((measurement) => measurement.name === name))
  if (unknown !== undefined) return print(`there is no measurement ${unknown}\n\n${HELP}`, 2)
  const chosen = BENCHES.filter(({ name }) => positionals.length === 0 || positionals.includes(name))
  const machine = describeMachine(qbgVersion())
  const report = {
    schema: 'qbg-bench/1',
    time: new Date().toISOString(),
    machine,
    extent: values.quick ? QUICK : WHOLE,
  }
  print(`${renderMachine(machine)}\n`)
  const results: Record<string, unknown> = {}
  for (const measurement of chosen) results[measurement.name] = await run(measurement, report.extent)
  if (values.json) writeFileSync(values.json, `${JSON.stringify({ ...report, results }, null, 2)}\n`)
  return 0
}

async function run({ name, title, needs, run }: Bench, extent: Extent): Promise<readonly unknown[]> {
  print(`\n${title}\n`)
  const missing = needs()
  if (missing !== undefined) {
    print(`  not measured: ${missing} is not installed\n`)
    return []
  }
  const { rows, table } = await run(extent, (count) => progress(`  ${name}: ${count} rows`))
  progress('')
  print(`${table}\n`)
  return rows
}

function progress(text: string): void {
  if (process.stderr.isTTY) process.stderr.write(`\r\u001b[K${text}`)
}

function print(text: string, status = 0): number {
  process.stdout.write(text)
  return status
}

function qbgVersion(): string {
  const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'))
  try {
    return `${version} ${execFileSync('git', ['describe', '--always', '--dirty'], { encoding: 'utf8' }).trim()}`
  } catch {
    return version
  }
}

process.exitCode = await main()
