/** Faults on purpose of our bridge, set by the command, as lldpad's station sees them: on the wire and in its answers. */
import { describe, expect } from 'vitest'
import { ASSOCIATION_TYPES } from '../../protocol/vdp/association-tlv.ts'
import { type InteropRig, withRig } from '../support/interop-rig.ts'
import type { WireFrame } from '../support/interop-wire.ts'
import { requires } from '../support/requirements.ts'

const withPeers = requires('namespaces', 'bridge', 'nftables', 'lldpad', 'tshark')
const LONG = 60_000

const UUID = 'fa9b7fff-b0a0-4893-8e0e-beef00000001'
const VSI = { mode: 'assoc', uuid: UUID, filter: '200-52:54:00:00:00:01' } as const

const isRequest = (frame: WireFrame) => frame.vdp !== undefined

/** As a tester does; relay is on before it. */
async function provoke(rig: InteropRig, ...fault: string[]): Promise<{ answer: Record<string, string> }> {
  await rig.untilRelay()
  expect(await rig.qbg('fault', 'set', ...fault)).toMatchObject({ status: 0 })
  return rig.lldpad.request(VSI)
}

describe('our bridge misbehaves, lldpad as station', () => {
  withPeers(
    'drop --frame ack --nth 1: lldpad sends its ECPDU again, and the VSI is associated once',
    () =>
      withRig({ role: 'bridge' }, async (rig) => {
        await provoke(rig, 'drop', '--frame', 'ack', '--nth', '1')
        await rig.untilWire('the repetition', () => rig.theirs.filter(isRequest).length >= 2)
        const duplicates = async () => (await rig.port()).counters.EcpRxDuplicateCount
        await expect.poll(duplicates, { timeout: 5000 }).toBe(1)
        const { injected } = await rig.port()
        expect(injected).toMatchObject([{ applied: 1, spent: true }])
        expect(await rig.vsi(UUID)).toMatchObject({ state: 'associated', live: true })
        const numbers = rig.theirs.filter(isRequest).map(({ ecp }) => ecp?.sequence)
        expect(numbers[1]).toBe(numbers[0])
      }),
    LONG,
  )

  withPeers(
    'refuse: lldpad is sent the error, takes the VSI for de-associated, and holds nothing',
    () =>
      withRig({ role: 'bridge' }, async (rig) => {
        const { answer } = await provoke(rig, 'refuse', 'insufficient-resources', '--hard')
        expect(answer).toMatchObject({ mode: 'deassoc', uuid: UUID }) // vdptool does not show the error
        await rig.untilWire('the refusal', () => rig.ours.some(isRequest))
        const [item] = rig.ours.find(isRequest)?.vdp?.items ?? []
        const refusal = item && 'association' in item ? item.association : undefined
        expect(refusal).toMatchObject({ type: ASSOCIATION_TYPES.deassociate, status: 0x52 })
        expect(await rig.vsi(UUID)).toMatchObject({ live: false, outcome: 'refused' })
        expect(await rig.lldpad.held()).toEqual([])
      }),
    LONG,
  )

  withPeers(
    'deassociate: lldpad drops the VSI when it is taken back',
    () =>
      withRig({ role: 'bridge' }, async (rig) => {
        await provoke(rig, 'deassociate', '2s')
        expect(await rig.lldpad.held()).toHaveLength(1)
        await rig.untilEvent('the loss', (event) => event.type === 'vsi' && event.outcome === 'lost')
        await expect.poll(() => rig.lldpad.held(), { timeout: 10_000 }).toEqual([])
      }),
    LONG,
  )

  withPeers(
    'omit: lldpad has its acknowledgement and no answer; nothing of VDP goes out',
    () =>
      withRig({ role: 'bridge' }, async (rig) => {
        await provoke(rig, 'omit')
        await rig.untilEvent('the omission', (event) => event.type === 'injected')
        expect(rig.theirs.filter(isRequest).length).toBeGreaterThan(0)
        expect(rig.ours.filter(isRequest)).toEqual([])
      }),
    LONG,
  )
})
