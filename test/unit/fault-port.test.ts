import { expect, test } from 'vitest'
import { ETHERTYPE_ECP } from '../../protocol/wire/ethernet-frame.ts'
import { equalOctets } from '../../protocol/wire/octets.ts'
import { FaultPort, type Faults } from '../../src/io/fault-port.ts'
import { MemoryLink } from '../../src/io/memory-port.ts'
import { seededRandom } from '../../src/io/prng.ts'
import { VirtualClock } from '../../src/runtime/virtual-clock.ts'
import { testFrame } from '../support/frames.ts'

const frame = (mark: number) => testFrame(ETHERTYPE_ECP, mark)

/** What arrives of frames 0, 1, 2, ... sent one a millisecond through a port with `faults`. */
function pass(count: number, faults: Faults, seed = 7, direction: 'send' | 'receive' = 'send') {
  const clock = new VirtualClock()
  const [near, far] = new MemoryLink({ clock }).ends
  const bad = new FaultPort(direction === 'send' ? near : far, { clock, seed, [direction]: faults })
  const [from, to] = direction === 'send' ? [bad, far] : [near, bad]
  const frames: Uint8Array[] = []
  from.open({ onFrames: () => {} })
  to.open({ onFrames: (batch) => frames.push(...batch) })
  for (let mark = 0; mark < count; mark++) {
    from.send(frame(mark))
    clock.advance(1)
  }
  clock.advance(1000)
  return { frames, marks: frames.map((octets) => octets[14]!), bad, near, from }
}

const inOrder = (count: number) => Array.from({ length: count }, (_, mark) => mark)

test.each(['send', 'receive'] as const)(
  'loss on %s: about so many, others untouched and in order',
  (direction) => {
    const { marks, bad } = pass(250, { loss: 0.2 }, 3, direction)
    expect(marks.length).toBeGreaterThan(175)
    expect(marks.length).toBeLessThan(225)
    expect(marks).toEqual([...marks].sort((a, b) => a - b))
    expect(bad.lost).toBe(250 - marks.length)
  },
)

test('loss of everything, and of nothing', () => {
  expect(pass(50, { loss: 1 }).marks).toEqual([])
  expect(pass(50, { loss: 0 }).marks).toEqual(inOrder(50))
})

test('duplication of everything gives each frame twice', () => {
  expect(pass(3, { duplication: 1 }).marks).toEqual([0, 0, 1, 1, 2, 2])
})

test('reordering lets later frames overtake and loses none', () => {
  const { marks } = pass(200, { reordering: 0.3 })
  expect(marks).not.toEqual(inOrder(200))
  expect([...marks].sort((a, b) => a - b)).toEqual(inOrder(200))
})

test('delay keeps the order and takes its time', () => {
  const clock = new VirtualClock()
  const [near, far] = new MemoryLink({ clock }).ends
  const bad = new FaultPort(near, { clock, seed: 1, send: { delay: 40 } })
  const times: number[] = []
  bad.open({ onFrames: () => {} })
  far.open({ onFrames: () => times.push(clock.now()) })
  bad.send(frame(1))
  clock.advance(100)
  expect(times).toEqual([40])
})

test('corruption changes one octet behind the addresses, and not the sender s own frame', () => {
  const clock = new VirtualClock()
  const [near, far] = new MemoryLink({ clock }).ends
  const bad = new FaultPort(near, { clock, seed: 5, send: { corruption: 1 } })
  const frames: Uint8Array[] = []
  bad.open({ onFrames: () => {} })
  far.open({ onFrames: (batch) => frames.push(...batch) })
  const sent = frame(1)
  for (let count = 0; count < 100; count++) bad.send(sent)
  clock.advance(1)
  expect(sent).toEqual(frame(1))
  for (const octets of frames) {
    const changed = inOrder(octets.length).filter((at) => octets[at] !== sent[at])
    expect(changed).toHaveLength(1)
    expect(changed[0]).toBeGreaterThanOrEqual(12)
  }
})

test('the same seed does the same, another seed something else', () => {
  const faults = { loss: 0.2, duplication: 0.2, reordering: 0.2, corruption: 0.2, jitter: 3 }
  const one = pass(100, faults, 42).frames
  const two = pass(100, faults, 42).frames
  const other = pass(100, faults, 43).frames
  expect(one.every((octets, index) => equalOctets(octets, two[index]!))).toBe(true)
  expect(one.map((octets) => octets[14])).not.toEqual(other.map((octets) => octets[14]))
})

test('faults change while frames pass, each direction for itself', () => {
  const { bad, from, near } = pass(1, {})
  bad.setFaults('receive', { loss: 1 })
  from.send(frame(1))
  expect(near.counters.sent).toBe(2)
  bad.setFaults('send', { loss: 1 })
  from.send(frame(2))
  expect(near.counters.sent).toBe(2)
  bad.setFaults('send', {})
  from.send(frame(3))
  expect(near.counters.sent).toBe(3)
})

test('nothing that was held back comes after close', () => {
  const clock = new VirtualClock()
  const [near, far] = new MemoryLink({ clock }).ends
  const bad = new FaultPort(far, { clock, seed: 1, receive: { delay: 10 } })
  const frames: Uint8Array[] = []
  near.open({ onFrames: () => {} })
  bad.open({ onFrames: (batch) => frames.push(...batch) })
  near.send(frame(1))
  clock.advance(5)
  bad.close()
  clock.advance(50)
  expect(frames).toEqual([])
  expect(clock.next).toBe(Number.POSITIVE_INFINITY)
})

test('random numbers are spread over [0, 1)', () => {
  const random = seededRandom(1)
  const buckets = new Array<number>(10).fill(0)
  for (let count = 0; count < 10_000; count++) buckets[Math.floor(random() * 10)]!++
  for (const bucket of buckets) expect(Math.abs(bucket - 1000)).toBeLessThan(150)
})
