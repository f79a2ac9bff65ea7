/**
 * Everything that can happen to a station and a bridge, for many seeds: QBG_SEEDS=5000 for more, QBG_FIRST_SEED=1234 with
 * QBG_SEEDS=1 for one that failed. What is looked at, and what happens, is in `support/chaos*.ts`.
 */
import { expect, it } from 'vitest'
import { Chaos } from '../support/chaos.ts'

const SEEDS = Number(process.env.QBG_SEEDS ?? 160)
const FIRST = Number(process.env.QBG_FIRST_SEED ?? 1)
const CHUNK = 40
/** In each half of a run: what settled once is stirred up again. */
const ACTS = 20

/** Undefined when all was well. */
function problemOf(seed: number): string | undefined {
  const chaos = new Chaos(seed)
  try {
    for (let half = 0; half < 2; half++) {
      chaos.run(ACTS)
      const problem = chaos.unsettled().join('; ')
      if (problem !== '') return problem
    }
  } catch (error) {
    return (error as Error).message
  }
  return undefined
}

const chunks = Array.from({ length: Math.ceil(SEEDS / CHUNK) }, (_, chunk) => FIRST + chunk * CHUNK)

it.each(chunks)(
  'seeds from %i on: order at every step, agreement when it is quiet',
  { timeout: 120_000 },
  (first) => {
    const seeds = Array.from({ length: Math.min(CHUNK, FIRST + SEEDS - first) }, (_, index) => first + index)
    const problems = seeds.map((seed) => ({ seed, problem: problemOf(seed) }))
    expect(problems.filter(({ problem }) => problem !== undefined)).toEqual([])
  },
)
