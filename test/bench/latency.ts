/** How long one association takes, when nothing else is going on. */
import { STATION } from './link.ts'
import { availablePairs, nameOf, type Pair, withPair } from './pairs.ts'
import { benchVsis, type StationPeer } from './peer.ts'
import type { Measurement } from './report.ts'
import { type Summary, summarize } from './statistics.ts'
import { WARM_UP, warmStation } from './warm.ts'
import { hasDumpcap, WireLog, type WireSummary } from './wire-log.ts'

/** Milliseconds. */
interface Latency {
  /** From the client's request to its answer. */
  readonly client: Summary
  /** From the request's frame to the answer's, at the station's interface; null without dumpcap. */
  readonly wire: Summary | null
}

export interface LatencyRow extends Latency {
  readonly pair: string
  /** Of a new pair, or of one that has worked for a while (`warm.ts`). */
  readonly age: 'new' | 'later'
}

const milliseconds = (value: number | undefined) => value?.toFixed(2) ?? '-'

export const latency: Measurement<LatencyRow> = {
  name: 'latency',
  title: `(b) one association after the other, by new daemons and after ${WARM_UP} VSIs: milliseconds`,
  columns: ['pair', 'daemons', 'samples', 'client p50', 'client p99', 'wire p50', 'wire p99'],
  row: ({ pair, age, client, wire }) => [
    pair,
    age,
    client.samples,
    milliseconds(client.median),
    milliseconds(client.p99),
    milliseconds(wire?.median),
    milliseconds(wire?.p99),
  ],
  async *measure({ samples }) {
    for (const pair of availablePairs()) yield* await measurePair(pair, samples)
  },
}

function measurePair(pair: Pair, samples: number): Promise<LatencyRow[]> {
  return withPair(pair, async (running) => {
    const row = {
      pair: nameOf(pair),
      age: 'new' as const,
      ...(await measureSome(running.station, 1, samples)),
    }
    const warm = await warmStation(running, 1)
    if (warm === undefined) return [row]
    return [row, { ...row, age: 'later' as const, ...(await measureSome(warm, 1 + samples, samples)) }]
  })
}

async function measureSome(station: StationPeer, from: number, samples: number): Promise<Latency> {
  const log = hasDumpcap() ? await WireLog.open(STATION) : undefined
  const times: number[] = []
  for (const vsi of benchVsis(from, samples)) {
    const { count, elapsed } = await station.associate([vsi], 10)
    if (count === 1) times.push(elapsed)
  }
  const wire = await log?.close()
  return { client: summarize(times), wire: wire ? ofWire(wire) : null }
}

function ofWire({ vsis }: WireSummary): Summary {
  return summarize([...vsis.values()].flatMap(({ asked, granted }) => (granted ? [granted - asked] : [])))
}
