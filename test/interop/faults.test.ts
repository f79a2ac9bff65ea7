/**
 * Answers that our bridge gives wrongly, late or never on purpose, as lldpad's station sees them. What it does about
 * each is what `src/README.md` says of it.
 */
import { describe, expect } from 'vitest'
import { ASSOCIATION_TYPES } from '../../protocol/vdp/association-tlv.ts'
import {
  acknowledged,
  asked,
  HASTY,
  isRequest,
  numbersOf,
  row,
  said,
  UUID,
  untilHeld,
  untilInjected,
  untilSaid,
  WRONG,
} from '../support/lldpad-faults.ts'

const { associate, deassociate } = ASSOCIATION_TYPES

describe.concurrent('answers of our bridge are late or never come, lldpad as station', () => {
  row('late 1s', 'lldpad waits', async (rig, answer) => {
    expect(answer).toBe('assoc')
    await untilSaid(rig)
    const asked = rig.theirs.find(isRequest)!
    expect(said(rig)[0]!.at - asked.at).toBeGreaterThan(990)
    await untilHeld(rig, 1)
  })

  row('undecided', 'after RWD lldpad is sent error 2, and holds nothing', async (rig, answer) => {
    expect(answer).toBe('deassoc')
    await untilSaid(rig)
    const asked = rig.theirs.find(isRequest)!
    expect(said(rig)[0]).toMatchObject({ type: deassociate, status: 0x42 })
    expect(said(rig)[0]!.at - asked.at).toBeGreaterThan(1300)
    await untilHeld(rig, 0)
  })

  row(
    'omit',
    'lldpad has its acknowledgement and no answer, and gives up; nothing of VDP goes out',
    async (rig, answer) => {
      expect(answer).toBe('deassoc')
      await rig.untilWire('an acknowledgement', () => acknowledged(rig.ours).length > 0)
      expect(acknowledged(rig.ours)).toContain(numbersOf(rig.theirs)[0])
      expect(rig.ours.filter(isRequest)).toEqual([])
      await untilHeld(rig, 0)
    },
    HASTY,
  )

  row(
    'omit --nth 2',
    'the first keep-alive is not answered, and lldpad gives the VSI up',
    async (rig, answer) => {
      expect(answer).toBe('assoc')
      await untilInjected(rig)
      await untilHeld(rig, 0)
    },
    { ...HASTY, ...WRONG },
  )

  row(
    'delay 4s --frame vdp',
    'lldpad has given up when the answer comes; it acknowledges and ignores it',
    async (rig, answer) => {
      expect(answer).toBe('deassoc')
      await untilSaid(rig)
      const { sequence } = rig.ours.find(isRequest)!.ecp!
      await rig.untilWire('its acknowledgement', () => acknowledged(rig.theirs).includes(sequence))
      expect(said(rig)[0]).toMatchObject({ type: associate, status: 0x40 })
      expect(await rig.lldpad.held()).toEqual([])
    },
    { ...HASTY, ...WRONG },
  )
})

describe.concurrent('our bridge refuses, or takes back what it granted, lldpad as station', () => {
  row(
    'refuse insufficient-resources --hard',
    'lldpad is sent the error, takes the VSI for de-associated, and holds nothing',
    async (rig, answer) => {
      expect(answer).toBe('deassoc')
      await untilSaid(rig)
      expect(said(rig)[0]).toMatchObject({ type: deassociate, status: 0x52 })
      expect(await rig.vsi(UUID)).toMatchObject({ live: false, outcome: 'refused' })
      expect(await rig.lldpad.held()).toEqual([])
    },
  )

  row(
    'rewrite --status 0x64',
    'Keep where nothing was: lldpad takes it for granted, and gives it up at the keep-alive',
    async (rig) => {
      await untilSaid(rig)
      expect(said(rig)[0]).toMatchObject({ type: associate, status: 0x64 })
      await rig.untilWire('De-Associate', () => asked(rig).includes(deassociate))
      await untilHeld(rig, 0)
    },
    WRONG,
  )

  row(
    'rewrite --status 0x64 --nth 2',
    'Keep to the first keep-alive, which has something to keep: lldpad de-associates',
    async (rig, answer) => {
      expect(answer).toBe('assoc')
      await untilInjected(rig)
      await rig.untilWire('De-Associate', () => asked(rig).includes(deassociate))
      expect(
        said(rig)
          .map(({ status }) => status)
          .slice(0, 2),
      ).toEqual([0x40, 0x64])
      await untilHeld(rig, 0)
    },
    WRONG,
  )

  row('deassociate 2s', 'lldpad drops the VSI when it is taken back', async (rig, answer) => {
    expect(answer).toBe('assoc')
    await rig.untilEvent('the loss', (event) => event.type === 'vsi' && event.outcome === 'lost')
    await rig.untilWire('De-Associate', () => said(rig).some(({ type }) => type === deassociate))
    const [granted, taken] = said(rig).filter(({ type }, index, all) => type !== all[index - 1]?.type)
    expect(taken!.at - granted!.at).toBeGreaterThan(1900)
    expect(taken!.status, 'lldpad takes it with Req/Ack 0 only').toBe(0)
    await untilHeld(rig, 0)
  })

  for (const fault of ['rewrite --vid 77', 'rewrite --new-id mac:52:54:00:00:00:01'])
    row(
      fault,
      'lldpad does not take it for its answer',
      async (rig, answer) => {
        expect(answer).toBe('deassoc')
        await untilInjected(rig)
        await untilHeld(rig, 0)
      },
      { ...HASTY, ...WRONG },
    )
})
