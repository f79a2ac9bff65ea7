/** Five seconds of what `npm run soak -- flood` does for a minute. */
import { expect } from 'vitest'
import { soakFlood } from '../soak/soak-flood.ts'
import { requires } from '../support/requirements.ts'

const test = requires('namespaces', 'bridge')
const SECONDS = 5
/** Frames a second: those that nothing tells from the neighbour's own, and others. */
const RATES = { rate: 200, strangers: 10_000 }

test('no VSI is lost while strangers and an impostor send frames that are all different, and memory is bounded', async () => {
  const { json, text } = await soakFlood(SECONDS, RATES)
  expect({ ...json, samples: undefined }, text).toMatchObject({ problems: [] })
}, 90_000)
