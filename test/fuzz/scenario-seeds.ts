/** Where a fuzzer of ports starts: every frame of the corpus in one scenario each, lives as they are led, and some made of noise. */
import { seededRandom } from '../../src/io/prng.ts'
import { EXAMPLE_FRAMES } from '../support/example-frames.ts'

const SCENARIOS = 20
const FRAME = 0
/** Acts as `port-life.ts` reads them: the VSI, the number of the act, then what it chooses. */
const VSI = 0
/** 65.6 s, 10.49 s, 0.26 s. */
const MINUTE = [VSI, 3, 25, 160]
const KEEP_ALIVE = [VSI, 3, 4, 25]
const MOMENT = [VSI, 2, 255]
const DOWN = [VSI, 4]
const UP = [VSI, 5, 0]
const RELEASE = [VSI, 8]
const ACK = [VSI, 9]
/** What a station is asked for: Pre-Associate, with resources, Associate; with a MAC/VID filter. */
const ask = (type: number, typeId = 0) => [VSI, 6, type, 0, typeId, 1]
/** What its bridge says of it. */
const [GRANTED, REFUSED, KEPT] = [1, 3, 5]
const answer = (status: number) => [VSI, 10, 2, 0, status, 1, 1, 1]
const ENDED = [VSI, 10, 4, 0, 0, 0, 1, 1]
/** What a bridge is asked for by its station, 4 for a De-Associate, and what its switch says from then on. */
const request = (type: number, typeId = 0) => [VSI, 10, type, 0, 0, 0, typeId, 1, 1, 1]
const [SILENT, REFUSING, GRANTING] = [0, 1, 2]
const policy = (outcome: number, flags = 0) => [VSI, 13, outcome, 2, flags]
const DECIDE = [VSI, 14, 0]
const RESTORE = [VSI, 15, 2, 0, 0, 1]

const GRANT = [...ask(2), ...ACK, ...answer(GRANTED)]
const LIVES: readonly (readonly number[])[] = [
  [...GRANT, ...KEEP_ALIVE, ...ACK, ...answer(GRANTED), ...RELEASE, ...ACK, ...answer(GRANTED)],
  [...GRANT, ...KEEP_ALIVE, ...ACK, ...answer(KEPT), ...ACK, ...MINUTE],
  [...GRANT, ...ask(2, 1), ...ACK, ...answer(KEPT), ...ask(2, 2), ...ACK, ...answer(REFUSED), ...MINUTE],
  [...GRANT, ...DOWN, ...UP, ...ACK, ...answer(GRANTED), ...ENDED, ...MINUTE],
  [...ask(0), ...ACK, ...MOMENT, ...ask(1), ...answer(GRANTED), ...RELEASE, ...DOWN, ...UP, ...MINUTE],
  [...RESTORE, ...ACK, ...answer(GRANTED), ...MINUTE, ...RESTORE],
  [...request(2), ...ACK, ...request(2), ...ACK, ...request(4), ...ACK, ...MINUTE],
  [...request(2), ...ACK, ...policy(REFUSING, 1), ...request(2, 1), ...policy(REFUSING), ...request(2, 2)],
  [
    ...policy(SILENT),
    ...request(0),
    ...request(2, 1),
    ...DECIDE,
    ...policy(GRANTING),
    ...KEEP_ALIVE,
    ...MINUTE,
  ],
]

export function* scenarioSeeds(): Generator<Uint8Array> {
  for (const frame of EXAMPLE_FRAMES.slice(0, 40)) {
    yield Uint8Array.from([0, 0, FRAME, frame.length >> 8, frame.length & 0xff, ...frame])
  }
  for (const settings of [0, 1]) for (const life of LIVES) yield Uint8Array.from([settings, ...life])
  const random = seededRandom(1)
  for (let scenario = 0; scenario < SCENARIOS; scenario++) {
    yield Uint8Array.from({ length: 20 * (scenario + 1) }, () => Math.floor(random() * 256))
  }
}
