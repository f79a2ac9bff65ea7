/** How many VSIs are associated a second, and whether all are, when they are asked for at once. */
import { existsSync } from 'node:fs'
import { STATION } from './link.ts'
import { availablePairs, nameOf, type Pair, type RunningPair, withPair } from './pairs.ts'
import { benchVsis, type Granted, type Peer } from './peer.ts'
import type { Measurement } from './report.ts'
import { type Summary, summarize } from './statistics.ts'
import { WARM_UP, warmStation } from './warm.ts'
import { hasDumpcap, WireLog } from './wire-log.ts'

/** Seconds a run may take; what is not associated then is lost. */
const PATIENCE = 30
/** Of a pair that has worked for a while. */
const LATER_RUNS = 5

export interface AssociationRow {
  readonly pair: string
  readonly vsis: number
  /** A second, as the client sees it: those that it was told of, from the first request to the last grant. */
  readonly rate: Summary
  /** The same of a pair that has worked for a while (`warm.ts`); null where it is not measured. */
  readonly later: Summary | null
  /** The fewest VSIs that a run ended with. */
  readonly associated: number
  /** The most requests on the wire for each VSI: 1 is none repeated. Null without dumpcap. */
  readonly requestsPerVsi: number | null
  /** Who was no longer there at the end of a run. */
  readonly died: readonly string[]
  /** ECPDUs with requests. */
  readonly requestFrames: number | null
}

export const association: Measurement<AssociationRow> = {
  name: 'association',
  title: '(a) VSIs asked for at once: associations a second and how many were associated at all',
  columns: [
    'pair',
    'VSIs',
    'a second',
    'min',
    'max',
    `after ${WARM_UP}`,
    'associated',
    'requests a VSI',
    'request ECPDUs',
    'died',
  ],
  row: (row) => [
    row.pair,
    row.vsis,
    Math.round(row.rate.median),
    Math.round(row.rate.min),
    Math.round(row.rate.max),
    row.later ? Math.round(row.later.median) : '-',
    row.associated,
    row.requestsPerVsi?.toFixed(2) ?? '-',
    row.requestFrames ?? '-',
    row.died.join(', '),
  ],
  async *measure({ sizes, repeat }) {
    for (const pair of availablePairs()) for (const vsis of sizes) yield await measureSize(pair, vsis, repeat)
  },
}

async function measureSize(pair: Pair, vsis: number, repeat: number): Promise<AssociationRow> {
  const runs: Awaited<ReturnType<typeof runOnce>>[] = []
  for (let run = 0; run < repeat; run++) runs.push(await runOnce(pair, vsis))
  const wires = runs.flatMap(({ wire }) => (wire ? [wire] : []))
  const rates = runs.flatMap(({ later }) => later)
  const most = (values: number[]) => (values.length > 0 ? Math.max(...values) : null)
  return {
    pair: nameOf(pair),
    vsis,
    rate: summarize(runs.map(({ granted }) => aSecond(granted))),
    later: rates.length > 0 ? summarize(rates) : null,
    associated: Math.min(...runs.map(({ granted }) => granted.count)),
    requestsPerVsi: most(wires.map(({ requests }) => requests / vsis)),
    died: [...new Set(runs.flatMap(({ died }) => died))],
    requestFrames: most(wires.map(({ requestFrames }) => requestFrames)),
  }
}

/** Daemons that have done nothing before, each time; then, without a capture beside them, as they are later. */
function runOnce(pair: Pair, vsis: number) {
  return withPair(pair, async (running) => {
    const { station, bridge } = running
    const log = hasDumpcap() ? await WireLog.open(STATION) : undefined
    const granted = await station.associate(benchVsis(1, vsis), PATIENCE)
    const wire = await log?.close()
    const died = [station, bridge].filter(({ pid }) => !existsSync(`/proc/${pid}`)).map(describePeer)
    return { granted, wire, died, later: await measureLater(running, vsis) }
  })
}

async function measureLater(pair: RunningPair, vsis: number): Promise<number[]> {
  const rates: number[] = []
  const station = await warmStation(pair, vsis)
  for (let run = 0; station && run < LATER_RUNS; run++) {
    const set = benchVsis(1 + vsis, vsis)
    rates.push(aSecond(await station.associate(set, PATIENCE)))
    await station.release(set)
  }
  return rates
}

function aSecond({ count, elapsed }: Granted): number {
  return (count / elapsed) * 1000
}

function describePeer({ program, role }: Peer): string {
  return `${program} ${role}`
}
