/** How long one association takes, when nothing else is going on. */
import { STATION } from './link.ts'
import { availablePairs, nameOf, type Pair, withPair } from './pairs.ts'
import { benchVsis } from './peer.ts'
import type { Measurement } from './report.ts'
import { type Summary, summarize } from './statistics.ts'
import { hasDumpcap, WireLog, type WireSummary } from './wire-log.ts'

export interface LatencyRow {
  readonly pair: string
  /** From the client's request to its answer. Milliseconds. */
  readonly client: Summary
  /** From the request's frame to the answer's, at the station's interface. Milliseconds; null without dumpcap. */
  readonly wire: Summary | null
}

const milliseconds = (value: number | undefined) => value?.toFixed(2) ?? '-'

export const latency: Measurement<LatencyRow> = {
  name: 'latency',
  title: '(b) one association after the other: milliseconds',
  columns: ['pair', 'samples', 'client p50', 'client p99', 'wire p50', 'wire p99'],
  row: ({ pair, client, wire }) => [
    pair,
    client.samples,
    milliseconds(client.median),
    milliseconds(client.p99),
    milliseconds(wire?.median),
    milliseconds(wire?.p99),
  ],
  async *measure({ samples }) {
    for (const pair of availablePairs()) yield await measurePair(pair, samples)
  },
}

function measurePair(pair: Pair, samples: number): Promise<LatencyRow> {
  return withPair(pair, async ({ station }) => {
    const log = hasDumpcap() ? await WireLog.open(STATION) : undefined
    const times: number[] = []
    for (const vsi of benchVsis(1, samples)) {
      const { count, elapsed } = await station.associate([vsi], 10)
      if (count === 1) times.push(elapsed)
    }
    const wire = await log?.close()
    return { pair: nameOf(pair), client: summarize(times), wire: wire ? ofWire(wire) : null }
  })
}

function ofWire({ vsis }: WireSummary): Summary {
  return summarize([...vsis.values()].flatMap(({ asked, granted }) => (granted ? [granted - asked] : [])))
}
