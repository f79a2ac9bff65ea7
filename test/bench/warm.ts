/** A pair of qbg that has worked for a while: V8 has compiled what a new one still interprets. */
import type { RunningPair } from './pairs.ts'
import { benchVsis } from './peer.ts'
import { QbgPeer } from './qbg-peer.ts'

/** VSIs that are associated and released before, as many at once as are measured then. */
export const WARM_UP = 5000

/** Numbers of VSIs that nothing else uses. */
const FROM = 0x10_0000

/** Undefined where one of the two is not qbg: lldpad is no faster later, and loses requests. */
export async function warmStation(
  { station, bridge }: RunningPair,
  atOnce: number,
): Promise<QbgPeer | undefined> {
  if (!(station instanceof QbgPeer) || bridge.program !== 'qbg') return undefined
  for (let done = 0; done < WARM_UP; done += atOnce) {
    const vsis = benchVsis(FROM, atOnce)
    await station.associate(vsis, 30)
    await station.release(vsis)
  }
  return station
}
