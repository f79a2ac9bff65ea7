/**
 * Frames that our bridge loses, repeats, disorders or breaks on purpose, as lldpad's station sees them. What it does
 * about each is what `src/README.md` says of it.
 */
import { describe, expect, vi } from 'vitest'
import { type InteropRig, type RigOptions, withRig } from '../support/interop-rig.ts'
import type { WireFrame } from '../support/interop-wire.ts'
import {
  acknowledged,
  answerTo,
  HASTY,
  isRequest,
  LONG,
  numbersOf,
  PATIENT,
  QUICK_RTE,
  row,
  set,
  UUID,
  untilHeld,
  untilInjected,
  untilSaid,
  WRONG,
  withPeers,
} from '../support/lldpad-faults.ts'

const hasEvb = ({ lldp = [] }: WireFrame) => lldp.some(({ info }) => info.startsWith('0080c20d'))
const hasEvbText = (text: string) => text.includes('EVB Configuration TLV')

describe.concurrent('acknowledgements of our bridge are missing or wrong, lldpad as station', () => {
  row(
    'drop --frame ack --nth 1',
    'lldpad sends its ECPDU again, and the VSI is associated once',
    async (rig, answer) => {
      expect(answer).toBe('assoc')
      await rig.untilWire('the repetition', () => numbersOf(rig.theirs).length >= 2)
      await vi.waitFor(
        async () => expect((await rig.port()).counters.EcpRxDuplicateCount).toBeGreaterThan(0),
        PATIENT,
      )
      expect((await rig.port()).injected).toMatchObject([{ applied: 1, spent: true }])
      expect(await rig.vsi(UUID)).toMatchObject({ state: 'associated', live: true })
      const numbers = numbersOf(rig.theirs)
      expect(numbers[1]).toBe(numbers[0])
    },
  )

  for (const { fault, wrong } of [
    { fault: 'drop --frame ack' },
    { fault: 'sequence +1 --frame ack', wrong: 1 },
  ])
    row(
      fault,
      'lldpad sends each ECPDU R + 1 times, and believes the answers all the same',
      async (rig, answer) => {
        expect(answer).toBe('assoc')
        const first = () => numbersOf(rig.theirs)[0]!
        await rig.untilWire('the next ECPDU', () => numbersOf(rig.theirs).some((one) => one !== first()))
        expect(numbersOf(rig.theirs).filter((number) => number === first())).toHaveLength(4)
        expect(acknowledged(rig.ours).slice(0, 4)).toEqual(wrong ? Array(4).fill(first() + wrong) : [])
        await untilHeld(rig, 1)
      },
      WRONG,
    )
})

describe.concurrent('ECPDUs of our bridge are repeated, disordered or broken, lldpad as station', () => {
  row(
    'duplicate --frame ecp',
    'lldpad acknowledges both, and acts on one',
    async (rig, answer) => {
      expect(answer).toBe('assoc')
      await untilInjected(rig, 2)
      const first = () => numbersOf(rig.ours)[0]!
      await rig.untilWire('two of it', () => numbersOf(rig.ours).filter((one) => one === first()).length >= 2)
      const copies = () => acknowledged(rig.theirs).filter((one) => one === first())
      await rig.untilWire('two acknowledgements', () => copies().length >= 2)
      await untilHeld(rig, 1)
    },
    WRONG,
  )

  row(
    'reorder --frame vdp --nth 1',
    'the repetition overtakes the answer; lldpad acknowledges both, and acts on one',
    async (rig, answer) => {
      expect(answer).toBe('assoc')
      const first = () => numbersOf(rig.ours)[0]!
      await rig.untilWire('both', () => acknowledged(rig.theirs).filter((one) => one === first()).length >= 2)
      await untilHeld(rig, 1)
    },
    WRONG,
  )

  row(
    'corrupt 14 --frame vdp --nth 1',
    'lldpad does not acknowledge another version, and takes the repetition',
    async (rig, answer) => {
      expect(answer).toBe('assoc')
      await untilSaid(rig)
      expect(rig.ours.filter(({ unreadable }) => unreadable)).toHaveLength(1)
      const { sequence } = rig.ours.find(isRequest)!.ecp!
      await rig.untilWire('its acknowledgement', () => acknowledged(rig.theirs).includes(sequence))
      await untilHeld(rig, 1)
    },
    WRONG,
  )

  row(
    'truncate 40 --frame vdp',
    'lldpad acknowledges, and takes nothing from it',
    async (rig, answer) => {
      expect(answer).toBe('deassoc')
      const broken = () => rig.ours.find((frame) => frame.unreadable)
      await rig.untilWire('the answer', () =>
        acknowledged(rig.theirs).includes(broken()?.ecp?.sequence ?? -1),
      )
      expect(broken()!.unreadable).toBe('tlv-truncated')
      await untilHeld(rig, 0)
    },
    { ...HASTY, ...WRONG },
  )

  row(
    'sequence 5 --frame vdp',
    'lldpad takes the first for new, acknowledges the others, and gives up at the keep-alive',
    async (rig, answer) => {
      expect(answer).toBe('assoc')
      await untilHeld(rig, 0)
      const ours = numbersOf(rig.ours)
      expect(new Set(ours)).toEqual(new Set([5]))
      expect(acknowledged(rig.theirs).filter((one) => one === 5).length).toBeGreaterThan(4)
    },
    { ...HASTY, ...WRONG },
  )
})

describe.concurrent('our bridge stops advertising, lldpad as station', () => {
  const options: Partial<RigOptions> = {
    options: ['--rwd', '17', '--rka', '18', '--lldp-interval', '1', '--lldp-hold', '2'],
  }

  /** The fault is set when the VSI is there. */
  function later(fault: string, what: string, body: (rig: InteropRig) => Promise<void>): void {
    withPeers(
      `${fault}: ${what}`,
      () =>
        withRig({ role: 'bridge', lldpad: QUICK_RTE, ...WRONG, ...options }, async (rig) => {
          await rig.untilRelay()
          expect(await answerTo(rig)).toBe('assoc')
          await set(rig, fault)
          await body(rig)
          await untilHeld(rig, 1)
        }),
      LONG,
    )
  }

  later('no-evb', 'lldpad hears LLDPDUs without it, and keeps the VSI', async (rig) => {
    await untilInjected(rig, 2)
    await rig.untilWire('one', () => rig.ours.some((frame) => frame.lldp && !hasEvb(frame)))
    await vi.waitFor(async () => expect(hasEvbText(await rig.lldpad.neighbor())).toBe(false), PATIENT)
  })

  later('drop --frame lldp', 'lldpad forgets the neighbour, and keeps the VSI', async (rig) => {
    expect(await rig.lldpad.neighbor()).toContain('Chassis ID TLV')
    await untilInjected(rig, 2)
    await vi.waitFor(async () => expect(await rig.lldpad.neighbor()).not.toContain('Chassis ID TLV'), PATIENT)
  })
})
