/** `npm run captures`: makes the captures of qbg itself in pcaps/, each with its expectation to be looked at. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { captureOf, MALFORMED } from './malformed.ts'
import { SCENARIOS, type Scenario } from './scenarios.ts'
import { Stage } from './stage.ts'

const HELP = `npm run captures -- [NAME...] [--into FOLDER]

Records qbg as station and as bridge, sound and misbehaving, in namespaces of its own, and constructs what is malformed. Wants root or user namespaces,
iproute2, and dumpcap, which comes with tshark. Then: npx qbg replay init FOLDER

${[...SCENARIOS, ...MALFORMED].map(({ name, shows }) => `  ${name.padEnd(22)}${shows}`).join('\n')}
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
  args: JSON.parse(process.env.QBG_ARGUMENTS ?? '[]'),
  allowPositionals: true,
  options: { into: { type: 'string', default: 'pcaps' }, help: { type: 'boolean', default: false } },
})
const ALL = [...SCENARIOS, ...MALFORMED]
const unknown = positionals.find((name) => !ALL.some((each) => each.name === name))
if (values.help || unknown) {
  process.stdout.write(HELP)
  process.exitCode = unknown ? 2 : 0
} else {
  for (const each of ALL) {
    if (positionals.length > 0 && !positionals.includes(each.name)) continue
    const file = join(values.into, `${each.name}.pcap`)
    writeFileSync(file, 'run' in each ? await record(each) : captureOf(each))
    process.stdout.write(`${file}  ${each.shows}\n`)
  }
}
process.exit()
