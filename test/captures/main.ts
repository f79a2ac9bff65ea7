/** `npm run captures`: makes the captures of qbg itself in pcaps/, each with its expectation to be looked at. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { SCENARIOS, type Scenario } from './scenarios.ts'
import { Stage } from './stage.ts'

const HELP = `npm run captures -- [NAME...] [--into FOLDER]

Records qbg as station and as bridge, sound and misbehaving, in namespaces of its own. Wants root or user namespaces,
iproute2, and dumpcap, which comes with tshark. Then: npx qbg replay init FOLDER

${SCENARIOS.map(({ name, shows }) => `  ${name.padEnd(22)}${shows}`).join('\n')}
`

async function record({ options, run }: Scenario): Promise<Uint8Array> {
  const directory = mkdtempSync(join(tmpdir(), 'qbg-captures-'))
  const stage = new Stage(directory, options ?? {})
  try {
    await stage.build()
    await run(stage)
    return await stage.end()
  } finally {
    await stage.clear()
    rmSync(directory, { recursive: true })
  }
}

const { values, positionals } = parseArgs({
  args: JSON.parse(process.env.QBG_CAPTURES_ARGUMENTS ?? '[]'),
  allowPositionals: true,
  options: { into: { type: 'string', default: 'pcaps' }, help: { type: 'boolean', default: false } },
})
const unknown = positionals.find((name) => !SCENARIOS.some((scenario) => scenario.name === name))
if (values.help || unknown) {
  process.stdout.write(HELP)
  process.exitCode = unknown ? 2 : 0
} else {
  for (const scenario of SCENARIOS) {
    if (positionals.length > 0 && !positionals.includes(scenario.name)) continue
    const file = join(values.into, `${scenario.name}.pcap`)
    writeFileSync(file, await record(scenario))
    process.stdout.write(`${file}  ${scenario.shows}\n`)
  }
}
process.exit()
