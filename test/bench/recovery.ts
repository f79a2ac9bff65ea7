/** How long it takes until every VSI is associated again after something went away and came back. */
import { BRIDGE, setStationLink } from './link.ts'
import { type RunningPair, withQbg } from './pairs.ts'
import { benchVsis, pause } from './peer.ts'
import type { QbgPeer } from './qbg-peer.ts'
import type { Measurement } from './report.ts'
import { hasDumpcap, WireLog } from './wire-log.ts'

type QbgPair = RunningPair<QbgPeer, QbgPeer>

export interface RecoveryRow {
  readonly event: string
  readonly vsis: number
  /** VSIs that the switch granted again, as seen on the wire. */
  readonly back: number
  /** From when the link or the daemon was back to the last grant. Milliseconds. */
  readonly elapsed: number
  /** Of that, until the first request: LLDP, EVB. Milliseconds. */
  readonly first: number
}

/** Seconds. */
const PATIENCE = 40

/** Each does it, and resolves with the time when it was over. */
const EVENTS: Readonly<Record<string, (pair: QbgPair) => Promise<number>>> = {
  'link flap': async () => {
    setStationLink(false)
    await pause(1000)
    setStationLink(true)
    return Date.now()
  },
  'switch killed and started': async ({ bridge }) => {
    await bridge.stop('SIGKILL')
    await bridge.start()
    return Date.now()
  },
  'station killed and started': async ({ station }) => {
    await station.stop('SIGKILL')
    await station.start()
    return Date.now()
  },
}

export const recovery: Measurement<RecoveryRow> = {
  name: 'recovery',
  title: '(c) all VSIs back: milliseconds after link or daemon were up again',
  columns: ['event', 'VSIs', 'back', 'all back after', 'first request after'],
  row: ({ event, vsis, back, elapsed, first }) => [event, vsis, back, Math.round(elapsed), Math.round(first)],
  needs: () => (hasDumpcap() ? undefined : 'dumpcap'),
  async *measure({ held }) {
    for (const vsis of held) for (const event of Object.keys(EVENTS)) yield await measureEvent(event, vsis)
  },
}

function measureEvent(event: string, vsis: number): Promise<RecoveryRow> {
  const state = `/run/bench-state-${vsis}-${event.replaceAll(' ', '-')}.json`
  return withQbg(
    async (pair) => {
      await pair.station.associate(benchVsis(1, vsis), 60)
      await pause(2500) // the state file is written behind the association
      const quiet = Date.now()
      const wire = await WireLog.open(BRIDGE) // the end that is not set down
      const since = await EVENTS[event]!(pair)
      await untilHeld(pair, vsis)
      const { vsis: seen } = await wire.close()
      const granted = [...seen.values()].flatMap((vsi) => (vsi.granted ? [vsi.granted] : []))
      const asked = [...seen.values()].map((vsi) => vsi.asked)
      const elapsed = maximum(granted) - since
      return {
        event,
        vsis,
        back: granted.filter((at) => at > quiet).length,
        elapsed,
        first: minimum(asked) - since,
      }
    },
    ['--state', state],
  )
}

/** The switch holds all of them: asked sparsely, for the question costs the daemon's time. */
async function untilHeld({ bridge }: QbgPair, vsis: number): Promise<void> {
  const deadline = performance.now() + PATIENCE * 1000
  while (performance.now() < deadline) {
    await pause(1000)
    if (((await bridge.counts()).associated ?? 0) >= vsis) return
  }
}

const maximum = (values: readonly number[]) =>
  values.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY)
const minimum = (values: readonly number[]) =>
  values.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY)
