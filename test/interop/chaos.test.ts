/**
 * VSIs that come, change and go on a bad wire of real frames, qbg with itself and with lldpad on either side. When the wire is
 * good again both sides hold the same. `npm run soak -- chaos` does the first for minutes.
 */
import { setTimeout as delay } from 'node:timers/promises'
import { describe, expect, vi } from 'vitest'
import { seededRandom } from '../../src/io/prng.ts'
import { BAD_WIRE, soakChurn } from '../soak/soak-churn.ts'
import { type InteropRig, withRig } from '../support/interop-rig.ts'
import { HASTY, LONG, withPeers } from '../support/lldpad-faults.ts'

/** Longer in the run that looks for more. Seconds. */
const SECONDS = Number(process.env.QBG_CHAOS_SECONDS ?? 5)
const SEED = Number(process.env.QBG_CHAOS_SEED ?? 1)
const LIMIT = LONG + 2000 * SECONDS
/** LLDP's 30 s, in which lldpad may have forgotten who we are. */
const SETTLES = { timeout: 45_000, interval: 200 }
const VSIS = 4

/** lldpad sends an ECPDU twice only, so that a third lost is as bad as it gets for it. */
const LOSSES = [
  { action: 'drop', chance: 0.2, frame: 'ecp', direction: 'both' },
  { action: 'duplicate', chance: 0.1, frame: 'ecp', direction: 'both' },
  { action: 'delay', milliseconds: 20, chance: 0.1, frame: 'ecp', direction: 'both' },
] as const

const uuid = (number: number) => `fa9b7fff-b0a0-4893-8e0e-beef0000000${number}`
const mac = (number: number) => `52:54:00:00:00:0${number}`

async function live(rig: InteropRig, act: (number: number, random: number) => Promise<unknown>) {
  const random = seededRandom(SEED)
  await rig.untilRelay()
  await rig.client.setFaults([...LOSSES])
  const end = performance.now() + SECONDS * 1000
  while (performance.now() < end) {
    await act(1 + Math.floor(random() * VSIS), random())
    await delay(50)
  }
  const done = (await rig.client.faults()).faults.flatMap(({ ports }) => ports.map((port) => port.applied))
  expect(done.some((count) => count > 0)).toBe(true)
  await rig.client.clearFaults()
}

const agree = async (rig: InteropRig) => {
  const { vsis } = await rig.client.vsis()
  const ours = vsis.filter(({ state }) => state === 'associated').map(({ id }) => id)
  const theirs = (await rig.lldpad.held()).map((one) => one.uuid ?? '')
  expect(theirs.sort()).toEqual(ours.sort())
}

/** A VSI is associated, asked for once more if need be, and a keep-alive after that was answered. */
async function kept(rig: InteropRig, number: number): Promise<boolean> {
  const id = uuid(number)
  const [answer] = await rig.request({ mode: 'associate', id, typeId: 5, filter: [`${mac(number)}/200`] })
  if (answer?.ok !== true) return false
  const before = (await rig.vsi(id)).keepAlives ?? 0
  await vi.waitFor(
    async () => expect((await rig.vsi(id)).keepAlives ?? 0).toBeGreaterThan(before + 1),
    SETTLES,
  )
  return (await rig.vsi(id)).state === 'associated'
}

describe.concurrent('on a bad wire of real frames', () => {
  withPeers(
    'qbg and qbg agree when it is good again',
    async () => {
      const { json, text } = await soakChurn(SECONDS, SEED, BAD_WIRE)
      expect((json as { problems: string[] }).problems, text).toEqual([])
    },
    LIMIT,
  )

  withPeers(
    'a station of lldpad and our bridge agree when it is good again',
    () =>
      withRig({ role: 'bridge', ...HASTY, judged: false }, async (rig) => {
        await live(rig, (number, random) => {
          const mode = random < 0.7 ? 'assoc' : 'deassoc'
          return rig.lldpad.request({ mode, uuid: uuid(number), filter: `200-${mac(number)}` })
        })
        await vi.waitFor(() => agree(rig), SETTLES)
      }),
    LIMIT,
  )

  withPeers(
    'our station and a bridge of lldpad agree when it is good again, and everybody was answered',
    () =>
      withRig({ role: 'station', ...HASTY, judged: false }, async (rig) => {
        const answers: Promise<unknown>[] = []
        await live(rig, async (number, random) => {
          const id = uuid(number)
          const filter = [`${mac(number)}/200`]
          const request =
            random < 0.7
              ? { mode: 'associate' as const, id, typeId: 5, filter }
              : { mode: 'deassociate' as const, id }
          answers.push(rig.request(request))
        })
        const all = (await Promise.all(answers)) as { outcome: string }[][]
        const final = ['granted', 'kept', 'refused', 'released', 'lost']
        expect(all.flat().filter(({ outcome }) => !final.includes(outcome))).toEqual([])
        await rig.untilRelay()
        for (let number = 1; number <= VSIS; number++)
          await vi.waitFor(async () => expect(await kept(rig, number)).toBe(true), SETTLES)
      }),
    LIMIT,
  )
})
