/** When recorded frames are sent again. */
import { getEventListeners } from 'node:events'
import { describe, expect, it } from 'vitest'
import { VirtualClock } from '../../src/runtime/virtual-clock.ts'
import { play, schedule } from '../../src/send/playback.ts'
import type { RecordedFrame } from '../../src/send/recorded-side.ts'

const at = (...times: number[]): RecordedFrame[] =>
  times.map((time, index) => ({ number: index + 1, at: time, kind: 'lldp', octets: Uint8Array.of(index) }))
const FAST = { speed: 1, rate: 1_000_000 }

describe('the plan', () => {
  it('starts with the first frame, whenever that was', () => {
    expect(schedule(at(5000, 5010, 7000), { ...FAST, rate: 1000 })).toEqual([0, 10, 2000])
  })

  it('is divided by the speed', () => {
    expect(schedule(at(0, 10, 2000), { speed: 10, rate: 1000 })).toEqual([0, 1, 200])
  })

  it('keeps the rate, and catches up when there is time', () => {
    expect(schedule(at(0, 0, 0, 500), { speed: 1, rate: 10 })).toEqual([0, 100, 200, 500])
    expect(schedule(at(0, 700, 1400), { speed: Number.POSITIVE_INFINITY, rate: 10 })).toEqual([0, 100, 200])
  })

  it('does not go back when the capture does', () => {
    expect(schedule(at(100, 50, 0, 300), { speed: 1, rate: 1000 })).toEqual([0, 1, 2, 200])
  })
})

describe('playing', () => {
  async function played(frames: readonly RecordedFrame[], abortAfter = Number.POSITIVE_INFINITY) {
    const clock = new VirtualClock()
    const sent: [number, number][] = []
    const over = new AbortController()
    const port = { send: (octets: Uint8Array) => void sent.push([clock.now(), octets[0]!]) }
    const onSent = (count: number) => count === abortAfter && over.abort()
    let done = false
    const result = play(frames, { ...FAST, port, clock, signal: over.signal, onSent }).finally(() => {
      done = true
    })
    while (!done) {
      clock.step()
      await new Promise((resolve) => setImmediate(resolve))
    }
    return { sent, listeners: getEventListeners(over.signal, 'abort').length, ...(await result) }
  }

  it('sends each frame when it is due', async () => {
    const { sent, frames, duration, late } = await played(at(0, 10, 250))
    expect(sent).toEqual([
      [0, 0],
      [10, 1],
      [250, 2],
    ])
    expect({ frames, duration, late }).toEqual({ frames: 3, duration: 250, late: 0 })
  })

  it('stops where it is told to', async () => {
    expect(await played(at(0, 10, 250), 2)).toMatchObject({
      frames: 2,
      sent: [
        [0, 0],
        [10, 1],
      ],
    })
  })

  it('leaves no listener behind', async () => {
    const many = at(...Array.from({ length: 100 }, (_, index) => index * 10))
    expect(await played(many)).toMatchObject({ frames: 100, listeners: 0 })
  })
})
