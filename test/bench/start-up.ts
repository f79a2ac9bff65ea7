/** From the start of the process until it answers. */
import { BRIDGE, buildLink, removeLink, STATION } from './link.ts'
import { hasLldpad, LldpadPeer } from './lldpad-peer.ts'
import type { Peer, Program } from './peer.ts'
import { residentMemory } from './process-usage.ts'
import { QbgPeer } from './qbg-peer.ts'
import type { Measurement } from './report.ts'
import { type Summary, summarize } from './statistics.ts'

export interface StartRow {
  readonly program: Program
  readonly role: 'station' | 'bridge'
  /** Milliseconds. */
  readonly time: Summary
  /** Resident when it answers. Octets. */
  readonly memory: number
}

export const startUp: Measurement<StartRow> = {
  name: 'start',
  title: '(f) start of the daemon until it answers: milliseconds',
  columns: ['program', 'role', 'median', 'min', 'max', 'MB'],
  row: ({ program, role, time, memory }) => [
    program,
    role,
    Math.round(time.median),
    Math.round(time.min),
    Math.round(time.max),
    (memory / 1e6).toFixed(1),
  ],
  async *measure({ repeat }) {
    for (const place of [STATION, BRIDGE]) {
      yield await measureStart(place.role, () => new QbgPeer(place), repeat)
      if (hasLldpad()) yield await measureStart(place.role, () => new LldpadPeer(place), repeat)
    }
  },
}

async function measureStart(role: 'station' | 'bridge', make: () => Peer, repeat: number): Promise<StartRow> {
  const times: number[] = []
  let memory = 0
  buildLink()
  const { program } = make()
  try {
    for (let run = 0; run < Math.max(repeat, 3); run++) {
      const peer = make()
      const started = performance.now()
      await peer.start()
      times.push(performance.now() - started)
      memory = residentMemory(peer.pid)
      await peer.stop()
    }
  } finally {
    removeLink()
  }
  return { program, role, time: summarize(times), memory }
}
