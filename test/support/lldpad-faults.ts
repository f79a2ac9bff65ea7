/** Faults on purpose of our bridge, set by the command, with lldpad as the station: what a test needs of each. */
import { expect, vi } from 'vitest'
import { type InteropRig, type RigOptions, withRig } from './interop-rig.ts'
import type { WireFrame } from './interop-wire.ts'
import { requires } from './requirements.ts'

export const withPeers = requires('namespaces', 'bridge', 'nftables', 'lldpad', 'tshark')
export const LONG = 60_000
export const PATIENT = { timeout: 15_000, interval: 100 }

export const UUID = 'fa9b7fff-b0a0-4893-8e0e-beef00000001'
export const VSI = { mode: 'assoc', uuid: UUID, filter: '200-52:54:00:00:00:01' } as const
/** lldpad's own RTE, 8, would be 2.6 ms. */
export const QUICK_RTE = { ecprte: 14, vdprwd: 17, vdprka: 18 }
/** resourceWaitDelay 0.33 s, keep-alive 1.3 s: who gives up does so after 2.2 s. */
export const HASTY = {
  options: ['--rwd', '15', '--rka', '17'],
  lldpad: { ecprte: 14, vdprwd: 15, vdprka: 17 },
}

export const isRequest = (frame: WireFrame) => frame.vdp !== undefined
export const numbersOf = (frames: readonly WireFrame[]) =>
  frames.filter(isRequest).map(({ ecp }) => ecp?.sequence)
/** Numbers that are acknowledged, in order. */
export const acknowledged = (frames: readonly WireFrame[]) =>
  frames.flatMap(({ ecp, vdp, unreadable }) => (ecp && !vdp && !unreadable ? [ecp.sequence] : []))

/** Type and status of the VSI TLVs we sent, in order, repetitions too. */
export function said(rig: InteropRig): { type: number; status: number; at: number }[] {
  return rig.ours.filter(isRequest).map(({ vdp, at }) => {
    const [item] = vdp?.items ?? []
    if (item === undefined || !('association' in item)) throw new Error('a response of ours cannot be read')
    const { type, status } = item.association
    return { type, status, at }
  })
}

/** Types of the VSI TLVs that lldpad sent. */
export function asked(rig: InteropRig): number[] {
  const items = rig.theirs.flatMap(({ vdp }) => vdp?.items ?? [])
  return items.flatMap((item) => ('association' in item ? [item.association.type] : []))
}

/** As a tester does; relay is on before it. */
export async function set(rig: InteropRig, fault: string): Promise<void> {
  await rig.untilRelay()
  expect(await rig.qbg('fault', 'set', ...fault.split(' '))).toMatchObject({ status: 0 })
}

export async function answerTo(rig: InteropRig): Promise<string | undefined> {
  return (await rig.lldpad.request(VSI)).answer.mode
}

export const untilHeld = (rig: InteropRig, count: number) =>
  vi.waitFor(async () => expect(await rig.lldpad.held()).toHaveLength(count), PATIENT)
/** Our first VDP ECPDU is in the capture, which is a moment behind the wire. */
export const untilSaid = (rig: InteropRig) =>
  rig.untilWire('what we say', () => rig.ours.some(isRequest), 15_000)
export const untilInjected = (rig: InteropRig, count = 1) =>
  rig.events.until('faults', (all) => all.filter(({ type }) => type === 'injected').length >= count, 15_000)

type Judged = Pick<RigOptions, 'judged'>
export const WRONG: Judged = { judged: false }

/** The fault is set, then lldpad is asked for its VSI; `body` has what it said, `assoc` or `deassoc`. */
export function row(
  fault: string,
  what: string,
  body: (rig: InteropRig, answer: string | undefined) => Promise<void>,
  options: Partial<RigOptions> = {},
): void {
  withPeers(
    `${fault}: ${what}`,
    () =>
      withRig({ role: 'bridge', lldpad: QUICK_RTE, ...options }, async (rig) => {
        await set(rig, fault)
        await body(rig, await answerTo(rig))
      }),
    LONG,
  )
}
