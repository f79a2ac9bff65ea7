import { expect, test } from 'vitest'
import { ETHERTYPE_ECP } from '../../protocol/wire/ethernet-frame.ts'
import { MemoryLink } from '../../src/io/memory-port.ts'
import { VirtualClock } from '../../src/runtime/virtual-clock.ts'
import { testFrame } from '../support/frames.ts'

test('a link that goes down loses what is on its way, and refuses more', () => {
  const clock = new VirtualClock()
  const link = new MemoryLink({ clock, latency: 5 })
  const [near, far] = link.ends
  const frames: number[] = []
  const problems: string[] = []
  near.open({ onFrames: () => {}, onProblem: ({ code }) => problems.push(code) })
  far.open({ onFrames: (batch) => frames.push(...batch.map((octets) => octets[14]!)) })
  near.send(testFrame(ETHERTYPE_ECP, 1))
  clock.advance(2)
  link.setUp(false)
  near.send(testFrame(ETHERTYPE_ECP, 2))
  clock.advance(10)
  link.setUp(true)
  near.send(testFrame(ETHERTYPE_ECP, 3))
  clock.advance(10)
  expect(frames).toEqual([3])
  expect(problems).toEqual(['interface-down'])
  expect(near.counters).toMatchObject({ sent: 2, sendErrors: 1 })
  expect(far.counters).toMatchObject({ received: 1, lost: 1 })
})

test('a link carries a bounded number of frames at once', () => {
  const clock = new VirtualClock()
  const [near, far] = new MemoryLink({ clock, latency: 5 }).ends
  near.open({ onFrames: () => {} })
  far.open({ onFrames: () => {} })
  for (let count = 0; count < 10_000; count++) near.send(testFrame(ETHERTYPE_ECP, 1))
  expect(near.counters.sent).toBe(4096)
  expect(near.counters.sendErrors).toBe(10_000 - 4096)
  clock.advance(5)
  expect(far.counters.received).toBe(4096)
})

test('frames sent at different moments arrive at different moments', () => {
  const clock = new VirtualClock()
  const [near, far] = new MemoryLink({ clock, latency: 10 }).ends
  const arrivals: string[] = []
  near.open({ onFrames: () => {} })
  far.open({ onFrames: (batch) => arrivals.push(`${batch.length} at ${clock.now()}`) })
  near.send(testFrame(ETHERTYPE_ECP, 1))
  near.send(testFrame(ETHERTYPE_ECP, 2))
  clock.advance(4)
  near.send(testFrame(ETHERTYPE_ECP, 3))
  clock.advance(20)
  expect(arrivals).toEqual(['2 at 10', '1 at 14'])
})
