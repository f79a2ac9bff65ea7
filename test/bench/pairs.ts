/** Station and bridge as separate processes at the two ends of the wire. */
import { BRIDGE, buildLink, type Place, removeLink, STATION } from './link.ts'
import { hasLldpad, LLDPAD_RTE, LldpadPeer } from './lldpad-peer.ts'
import type { Peer, Program, StationPeer } from './peer.ts'
import { QbgPeer } from './qbg-peer.ts'

export interface Pair {
  readonly station: Program
  readonly bridge: Program
}

export const PAIRS: readonly Pair[] = [
  { station: 'qbg', bridge: 'qbg' },
  { station: 'lldpad', bridge: 'qbg' },
  { station: 'qbg', bridge: 'lldpad' },
  { station: 'lldpad', bridge: 'lldpad' },
]

export function availablePairs(): readonly Pair[] {
  return hasLldpad() ? PAIRS : PAIRS.slice(0, 1)
}

export function nameOf({ station, bridge }: Pair): string {
  return `${station}-${bridge}`
}

export interface RunningPair<Station extends StationPeer = StationPeer, Bridge extends Peer = Peer> {
  readonly station: Station
  readonly bridge: Bridge
}

/**
 * Runs `body` while both are up and have associated a VSI; afterwards nothing is left of them. Both have their
 * defaults, but qbg next to lldpad takes over its RTE.
 */
export function withPair<Result>(pair: Pair, body: (pair: RunningPair) => Promise<Result>): Promise<Result> {
  const mixed = pair.station !== pair.bridge
  const options = mixed ? ['--rte', String(LLDPAD_RTE)] : []
  const make = (program: Program, place: Place) =>
    program === 'qbg' ? new QbgPeer(place, options) : new LldpadPeer(place)
  return runPair({ station: make(pair.station, STATION), bridge: make(pair.bridge, BRIDGE) }, body)
}

/** With what only qbg can tell; `options` are the station's. */
export function withQbg<Result>(
  body: (pair: RunningPair<QbgPeer, QbgPeer>) => Promise<Result>,
  options: readonly string[] = [],
): Promise<Result> {
  return runPair({ station: new QbgPeer(STATION, options), bridge: new QbgPeer(BRIDGE) }, body)
}

async function runPair<Result, P extends RunningPair>(
  pair: P,
  body: (pair: P) => Promise<Result>,
): Promise<Result> {
  buildLink()
  try {
    await pair.bridge.start()
    await pair.station.start()
    await pair.station.untilReady()
    return await body(pair)
  } finally {
    await pair.station.stop('SIGKILL')
    await pair.bridge.stop('SIGKILL')
    removeLink()
  }
}
