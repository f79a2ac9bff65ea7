/**
 * What VSIs cost that are associated and left alone: keep-alives and memory. The kernel counts (RSS) what the garbage
 * collector has not given back yet; what a VSI costs is told of the heap that is in use.
 */
import { type RunningPair, withQbg } from './pairs.ts'
import { benchVsis, pause } from './peer.ts'
import { cpuTime, residentMemory } from './process-usage.ts'
import type { QbgPeer } from './qbg-peer.ts'
import type { Measurement } from './report.ts'

export interface IdleRow {
  readonly role: 'station' | 'bridge'
  readonly vsis: number
  readonly associated: number
  /** Share of one core, in percent, with the keep-alives of RKA 20 (10.5 s). */
  readonly cpu: number
  /** Resident, before the first VSI and with all. Octets. */
  readonly before: number
  readonly after: number
  /** What is in use of the heap, with all. Octets. */
  readonly live: number
  /** The same without a VSI. */
  readonly liveAtRest: number
}

export const idle: Measurement<IdleRow> = {
  name: 'idle',
  title: '(d, e) VSIs associated and idle: CPU for keep-alives, memory',
  columns: [
    'role',
    'VSIs',
    'associated',
    'CPU %',
    'RSS MB at rest',
    'RSS MB',
    'heap in use MB',
    'octets a VSI',
  ],
  row: ({ role, vsis, associated, cpu, before, after, live, liveAtRest }) => [
    role,
    vsis,
    associated,
    cpu.toFixed(2),
    (before / 1e6).toFixed(1),
    (after / 1e6).toFixed(1),
    (live / 1e6).toFixed(1),
    vsis === 0 ? '-' : Math.round((live - liveAtRest) / vsis),
  ],
  async *measure({ held, idleSeconds }) {
    const atRest = { station: 0, bridge: 0 }
    for (const vsis of [0, ...held]) {
      for (const row of await measureIdle(vsis, idleSeconds)) {
        if (vsis === 0) atRest[row.role] = row.live
        yield { ...row, liveAtRest: atRest[row.role] }
      }
    }
  },
}

function measureIdle(vsis: number, seconds: number): Promise<Omit<IdleRow, 'liveAtRest'>[]> {
  return withQbg(async (pair) => {
    await pause(1000)
    const before = usage(pair, residentMemory)
    if (vsis > 0) await pair.station.associate(benchVsis(1, vsis), 60)
    await pause(12_000) // over the first keep-alive, when the garbage of associating is gone
    const started = usage(pair, cpuTime)
    await pause(seconds * 1000)
    const ended = usage(pair, cpuTime)
    const after = usage(pair, residentMemory)
    const counts = { station: await pair.station.counts(), bridge: await pair.bridge.counts() }
    // At once: the one that goes on would miss the keep-alives of the other.
    const [station, bridge] = await Promise.all([pair.station.liveHeap(), pair.bridge.liveHeap()])
    const live = { station, bridge }
    return (['station', 'bridge'] as const).map((role) => ({
      role,
      vsis,
      associated: counts[role].associated ?? 0,
      cpu: (ended[role] - started[role]) / seconds / 10,
      before: before[role],
      after: after[role],
      live: live[role],
    }))
  })
}

function usage({ station, bridge }: RunningPair<QbgPeer, QbgPeer>, measure: (pid: number) => number) {
  return { station: measure(station.pid), bridge: measure(bridge.pid) }
}
