/**
 * `npm run soak`: two daemons under churn for minutes, and whether anything grows that should not. Ends with 1 when it does,
 * or when station and bridge disagree at the end.
 */
import { writeFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { soakChurn } from './soak-churn.ts'

const HELP = `npm run soak -- [--minutes N] [--seed N] [--json FILE]

Station and bridge in namespaces of their own, 20 requests a second: associate, change, de-associate, migrate between two
ports; every 20 s a link flaps. Watched are memory after garbage collection, resident memory, descriptors, timers and the
delay of the event loop of both. Wants root or user namespaces, and iproute2.

  --minutes N  2 when it is not said
  --seed N     other choices
  --json FILE  writes the same, with all samples, as JSON (schema qbg-soak/1)
`

async function main(): Promise<number> {
  const { values } = parseArgs({
    args: JSON.parse(process.env.QBG_SOAK_ARGUMENTS ?? '[]'),
    options: {
      minutes: { type: 'string', default: '2' },
      seed: { type: 'string', default: '1' },
      json: { type: 'string' },
      help: { type: 'boolean', short: 'h' },
    },
  })
  if (values.help) {
    process.stdout.write(HELP)
    return 0
  }
  const { text, json, good } = await soakChurn(Number(values.minutes) * 60, Number(values.seed))
  process.stdout.write(`${text}\n`)
  const report = { schema: 'qbg-soak/1', time: new Date().toISOString(), good, ...json }
  if (values.json) writeFileSync(values.json, `${JSON.stringify(report, null, 2)}\n`)
  return good ? 0 : 1
}

process.exitCode = await main()
