/**
 * `npm run soak`: two daemons under churn for minutes, and whether anything grows that should not. Ends with 1 when it does,
 * or when station and bridge disagree at the end.
 */
import { writeFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { BAD_WIRE, soakChurn } from './soak-churn.ts'
import { soakFlood } from './soak-flood.ts'

const HELP = `npm run soak -- [churn | chaos | flood] [--minutes N] [--seed N] [--rate N] [--json FILE]

Station and bridge in namespaces of their own, 20 requests a second: associate, change, de-associate, migrate between two
ports; every 20 s a link flaps. Watched are memory after garbage collection, resident memory, descriptors, timers and the
delay of the event loop of both. Wants root or user namespaces, and iproute2.

chaos: the same on a bad wire, on which a third of all frames is lost, doubled, late, out of order or changed; then on a good
one, where both have to agree.

flood: frames that are all different to both sides, which hold 100 VSIs: 100,000 neighbours and VSIs of strangers as fast as
they go, and new VSIs and numbers under the peer's address, --rate a second.

  --minutes N  2 when it is not said, 1 for a flood
  --seed N     other choices
  --rate N     300 when it is not said
  --strangers N  of their frames a second; as many as go
  --json FILE  writes the same, with all samples, as JSON (schema qbg-soak/1)
`

async function main(): Promise<number> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    args: JSON.parse(process.env.QBG_ARGUMENTS ?? '[]'),
    options: {
      minutes: { type: 'string' },
      strangers: { type: 'string', default: 'Infinity' },
      rate: { type: 'string', default: '300' },
      seed: { type: 'string', default: '1' },
      json: { type: 'string' },
      help: { type: 'boolean', short: 'h' },
    },
  })
  if (values.help) {
    process.stdout.write(HELP)
    return 0
  }
  const [kind = 'churn', ...more] = positionals
  if (!['churn', 'chaos', 'flood'].includes(kind) || more.length > 0) {
    process.stderr.write(`there are churn, chaos and flood\n\n${HELP}`)
    return 2
  }
  const seconds = Number(values.minutes ?? (kind === 'flood' ? 1 : 2)) * 60
  const { text, json, good } =
    kind === 'flood'
      ? await soakFlood(seconds, { rate: Number(values.rate), strangers: Number(values.strangers) })
      : await soakChurn(seconds, Number(values.seed), kind === 'chaos' ? BAD_WIRE : [])
  process.stdout.write(`${text}\n`)
  const report = { schema: 'qbg-soak/1', time: new Date().toISOString(), good, ...json }
  if (values.json) writeFileSync(values.json, `${JSON.stringify(report, null, 2)}\n`)
  return good ? 0 : 1
}

process.exitCode = await main()
