/** What VSIs cost that are associated and left alone: keep-alives and memory. */
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
}

export const idle: Measurement<IdleRow> = {
  name: 'idle',
  title: '(d, e) VSIs associated and idle: CPU for keep-alives, memory',
  columns: ['role', 'VSIs', 'associated', 'CPU %', 'MB at rest', 'MB with them', 'octets a VSI'],
  row: ({ role, vsis, associated, cpu, before, after }) => [
    role,
    vsis,
    associated,
    cpu.toFixed(2),
    (before / 1e6).toFixed(1),
    (after / 1e6).toFixed(1),
    vsis === 0 ? '-' : Math.round((after - before) / vsis),
  ],
  async *measure({ held, idleSeconds }) {
    for (const vsis of [0, ...held]) for (const row of await measureIdle(vsis, idleSeconds)) yield row
  },
}

function measureIdle(vsis: number, seconds: number): Promise<IdleRow[]> {
  return withQbg(async (pair) => {
    await pause(1000)
    const before = usage(pair, residentMemory)
    if (vsis > 0) await pair.station.associate(benchVsis(1, vsis), 60)
    await pause(12_000) // over the first keep-alive, when the garbage of associating is gone
    const started = usage(pair, cpuTime)
    await pause(seconds * 1000)
    const ended = usage(pair, cpuTime)
    const after = usage(pair, residentMemory)
    const rows: IdleRow[] = []
    for (const role of ['station', 'bridge'] as const) {
      const cpu = (ended[role] - started[role]) / seconds / 10
      const { associated = 0 } = await pair[role].counts()
      rows.push({ role, vsis, associated, cpu, before: before[role], after: after[role] })
    }
    return rows
  })
}

function usage({ station, bridge }: RunningPair<QbgPeer, QbgPeer>, measure: (pid: number) => number) {
  return { station: measure(station.pid), bridge: measure(bridge.pid) }
}
