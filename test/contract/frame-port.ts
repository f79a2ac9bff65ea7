/** What every frame port does, as one suite; each port's own file runs it. */
import { describe, expect } from 'vitest'
import { ETHERTYPE_ECP, ETHERTYPE_LLDP } from '../../protocol/wire/ethernet-frame.ts'
import type { FramePort } from '../../src/io/frame-port.ts'
import { Collected } from '../support/deadline.ts'
import { testFrame } from '../support/frames.ts'
import type { ConditionalTest } from '../support/requirements.ts'

/** Two ports at the ends of one link, closed; `settle` lets time pass where it is virtual. */
export interface Rig {
  readonly near: FramePort
  readonly far: FramePort
  readonly settle: () => void
  /** Frames that wait together may come in several batches. */
  readonly oneByOne?: boolean
  readonly end: () => void
}

export function describeFramePort(name: string, it: ConditionalTest, makeRig: () => Rig): void {
  const withRig = (title: string, body: (rig: Rig) => Promise<void> | void) =>
    it(title, async () => {
      const rig = makeRig()
      try {
        await body(rig)
      } finally {
        rig.near.close()
        rig.far.close()
        rig.end()
      }
    })

  describe(name, () => {
    withRig('delivers LLDP and ECP frames whole, and in order within an ethertype', async (rig) => {
      const arrived = openBoth(rig)
      const lldp = [1, 2, 3].map((mark) => testFrame(ETHERTYPE_LLDP, mark, 60 + mark))
      const ecp = [4, 5].map((mark) => testFrame(ETHERTYPE_ECP, mark, 1514))
      for (const frame of [...lldp, ...ecp]) rig.near.send(frame)
      rig.settle()
      const frames = await arrived.until('five frames', (items) => items.length >= 5)
      expect(frames.filter((frame) => frame[12] === 0x88)).toEqual(lldp.map((frame) => new Uint8Array(frame)))
      expect(frames.filter((frame) => frame[12] === 0x89)).toEqual(ecp.map((frame) => new Uint8Array(frame)))
      expect(rig.near.counters).toMatchObject({ sent: 5, sendErrors: 0, received: 0 })
      expect(rig.far.counters).toMatchObject({ sent: 0, received: 5 })
    })

    withRig('delivers plain Uint8Arrays that stay as they are', async (rig) => {
      const arrived = openBoth(rig)
      const frame = testFrame(ETHERTYPE_LLDP, 1)
      rig.near.send(frame)
      frame.fill(0)
      rig.near.send(testFrame(ETHERTYPE_LLDP, 2))
      rig.settle()
      const frames = await arrived.until('two frames', (items) => items.length >= 2)
      expect(frames).toEqual([testFrame(ETHERTYPE_LLDP, 1), testFrame(ETHERTYPE_LLDP, 2)])
      expect(frames.map((one) => one.constructor)).toEqual([Uint8Array, Uint8Array])
    })

    withRig('does not hear itself', async (rig) => {
      for (const [from, to] of [[rig.near, rig.far] as const, [rig.far, rig.near] as const]) {
        const own: Uint8Array[] = []
        const arrived = new Collected<Uint8Array>()
        from.open({ onFrames: (batch) => own.push(...batch) })
        to.open({ onFrames: arrived.addAll })
        from.send(testFrame(ETHERTYPE_LLDP, 1))
        rig.settle()
        await arrived.until('the frame', (items) => items.length === 1)
        to.send(testFrame(ETHERTYPE_LLDP, 2)) // what it heard of itself would have come before this
        rig.settle()
        while (own.length === 0) await new Promise(setImmediate)
        expect(own).toEqual([testFrame(ETHERTYPE_LLDP, 2)])
        from.close()
        to.close()
      }
    })

    withRig('delivers frames that wait together as one batch', async (rig) => {
      const batches = new Collected<number>()
      rig.near.open({ onFrames: () => {} })
      rig.far.open({ onFrames: (batch) => batches.add(batch.length) })
      for (let mark = 0; mark < 50; mark++) rig.near.send(testFrame(ETHERTYPE_ECP, mark))
      rig.settle()
      await batches.until('all frames', (sizes) => sizes.reduce((sum, size) => sum + size, 0) === 50)
      if (!rig.oneByOne) expect(batches.items).toEqual([50])
    })

    withRig('counts what is sent while closed, and does not throw', (rig) => {
      rig.near.send(testFrame(ETHERTYPE_LLDP, 1))
      expect(rig.near.counters).toMatchObject({ sent: 0, sendErrors: 1 })
    })

    withRig('delivers nothing after close, and opens again', async (rig) => {
      const first = openBoth(rig)
      rig.far.close()
      rig.far.close()
      rig.near.send(testFrame(ETHERTYPE_LLDP, 1))
      rig.settle()
      while (rig.near.counters.sent === 0) await new Promise(setImmediate)
      const second = new Collected<Uint8Array>()
      rig.far.open({ onFrames: second.addAll })
      rig.near.send(testFrame(ETHERTYPE_LLDP, 2))
      rig.settle()
      await second.until('the second frame', (items) => items.length > 0)
      expect(second.items).toEqual([testFrame(ETHERTYPE_LLDP, 2)])
      expect(first.items).toEqual([])
    })

    withRig('may be closed while it delivers', async (rig) => {
      const arrived = new Collected<Uint8Array>()
      rig.near.open({ onFrames: () => {} })
      rig.far.open({
        onFrames: (batch) => {
          rig.far.close()
          rig.near.close()
          arrived.addAll(batch)
        },
      })
      rig.near.send(testFrame(ETHERTYPE_LLDP, 1))
      rig.settle()
      await arrived.until('the frame', (items) => items.length === 1)
    })

    withRig('may send while it delivers', async (rig) => {
      const back = new Collected<Uint8Array>()
      rig.near.open({ onFrames: back.addAll })
      rig.far.open({
        onFrames: (batch) => {
          for (const frame of batch) rig.far.send(frame)
        },
      })
      rig.near.send(testFrame(ETHERTYPE_ECP, 7))
      rig.settle()
      expect(await back.until('the echo', (items) => items.length === 1)).toEqual([
        testFrame(ETHERTYPE_ECP, 7),
      ])
    })
  })
}

function openBoth(rig: Rig): Collected<Uint8Array> {
  const arrived = new Collected<Uint8Array>()
  rig.near.open({ onFrames: () => {} })
  rig.far.open({ onFrames: arrived.addAll })
  return arrived
}
