/** Where a fuzzer of ports starts: every frame of the corpus in one scenario each, and some made of acts alone. */
import { seededRandom } from '../../src/io/prng.ts'
import { EXAMPLE_FRAMES } from '../support/example-frames.ts'

const FRAME = 0
const SCENARIOS = 20

export function* scenarioSeeds(): Generator<Uint8Array> {
  for (const frame of EXAMPLE_FRAMES.slice(0, 40)) {
    yield Uint8Array.from([0, 0, FRAME, frame.length >> 8, frame.length & 0xff, ...frame])
  }
  const random = seededRandom(1)
  for (let scenario = 0; scenario < SCENARIOS; scenario++) {
    yield Uint8Array.from({ length: 20 * (scenario + 1) }, () => Math.floor(random() * 256))
  }
}
