/** Faults in frames, on a link in memory: what arrives of frames 0, 1, 2, ... */
import { describe, expect, test } from 'vitest'
import { ETHERTYPE_ECP, ETHERTYPE_LLDP } from '../../protocol/wire/ethernet-frame.ts'
import { equalOctets } from '../../protocol/wire/octets.ts'
import { faultRules } from '../../src/control/schema/fault.ts'
import { FaultPort } from '../../src/faults/fault-port.ts'
import { FaultTable, type Injected } from '../../src/faults/fault-table.ts'
import { MemoryLink } from '../../src/io/memory-port.ts'
import { seededRandom } from '../../src/io/prng.ts'
import { VirtualClock } from '../../src/runtime/virtual-clock.ts'
import { testFrame } from '../support/frames.ts'

const frame = (mark: number) => testFrame(ETHERTYPE_ECP, mark)
const inOrder = (count: number) => Array.from({ length: count }, (_, mark) => mark)

function tableOf(faults: object[], seed = 7): FaultTable {
  const table = new FaultTable(seed)
  table.set(faultRules.parse(faults))
  return table
}

/** Frames sent one a millisecond through a port with `faults` at the sending or the receiving end. */
function pass(count: number, faults: object[], seed = 7, direction: 'send' | 'receive' = 'send') {
  const clock = new VirtualClock()
  const [near, far] = new MemoryLink({ clock }).ends
  const table = tableOf(
    faults.map((fault) => ({ direction, ...fault })),
    seed,
  )
  const bad = new FaultPort(direction === 'send' ? near : far, { clock, table })
  const [from, to] = direction === 'send' ? [bad, far] : [near, bad]
  const frames: Uint8Array[] = []
  const times: number[] = []
  from.open({ onFrames: () => {} })
  to.open({
    onFrames: (batch) => {
      frames.push(...batch)
      for (const _ of batch) times.push(clock.now())
    },
  })
  for (let mark = 0; mark < count; mark++) {
    from.send(frame(mark))
    clock.advance(1)
  }
  clock.advance(2000)
  return { frames, times, marks: frames.map((octets) => octets[14]!), table, from, clock, near }
}

describe('what is done', () => {
  test.each(['send', 'receive'] as const)(
    'drop by chance on %s: about so many, others untouched and in order',
    (direction) => {
      const { marks, table } = pass(250, [{ action: 'drop', chance: 0.2 }], 3, direction)
      expect(marks.length).toBeGreaterThan(175)
      expect(marks.length).toBeLessThan(225)
      expect(marks).toEqual([...marks].sort((a, b) => a - b))
      const [injected] = table.injected(direction === 'send' ? 'memory0' : 'memory1')
      expect(injected).toMatchObject({ matched: 250, applied: 250 - marks.length, spent: false })
    },
  )

  test('drop all', () => {
    expect(pass(50, [{ action: 'drop' }]).marks).toEqual([])
  })

  test('the other direction is left alone', () => {
    expect(pass(5, [{ action: 'drop', direction: 'receive' }]).marks).toEqual(inOrder(5))
    expect(pass(5, [{ action: 'drop', direction: 'both' }]).marks).toEqual([])
  })

  test('duplicate gives each frame again', () => {
    expect(pass(3, [{ action: 'duplicate' }]).marks).toEqual([0, 0, 1, 1, 2, 2])
    expect(pass(1, [{ action: 'duplicate', copies: 3 }]).marks).toEqual([0, 0, 0, 0])
  })

  test('reorder lets so many later ones overtake, and loses none', () => {
    expect(pass(5, [{ action: 'reorder', nth: 1 }]).marks).toEqual([1, 0, 2, 3, 4])
    expect(pass(5, [{ action: 'reorder', behind: 3, nth: 2 }]).marks).toEqual([0, 2, 3, 4, 1])
    expect(pass(5, [{ action: 'reorder', nth: 5 }])).toMatchObject({
      marks: inOrder(5),
      times: [0, 1, 2, 3, 1004],
    })
  })

  test('reorder: only frames of the kind it is about overtake', () => {
    const clock = new VirtualClock()
    const [near, far] = new MemoryLink({ clock }).ends
    const bad = new FaultPort(near, { clock, table: tableOf([{ action: 'reorder', frame: 'ecp', nth: 1 }]) })
    const marks: number[] = []
    bad.open({ onFrames: () => {} })
    far.open({ onFrames: (batch) => marks.push(...batch.map((octets) => octets[14]!)) })
    const [request, lldpdu, acknowledgement] = [0x10, 0x02, 0x14]
    const vdp = (mark: number) => testFrame(ETHERTYPE_ECP, mark).with(15, 1)
    bad.send(vdp(request))
    bad.send(testFrame(ETHERTYPE_LLDP, lldpdu))
    bad.send(vdp(acknowledgement))
    clock.advance(1)
    expect(marks).toEqual([lldpdu, acknowledgement, request])
  })

  test('delay keeps the order and takes its time; more than the time between frames reorders', () => {
    const { times } = pass(2, [{ action: 'delay', milliseconds: '40ms' }])
    expect(times).toEqual([40, 41])
    const { marks } = pass(200, [{ action: 'delay', milliseconds: 0, jitter: 5 }])
    expect(marks).not.toEqual(inOrder(200))
    expect([...marks].sort((a, b) => a - b)).toEqual(inOrder(200))
  })

  test('corrupt changes one octet behind the addresses, or the one that is named; the sender’s stays', () => {
    const { frames } = pass(100, [{ action: 'corrupt' }], 5)
    const changed = (octets: Uint8Array, mark: number) =>
      inOrder(octets.length).filter((at) => octets[at] !== frame(mark)[at])
    for (const [mark, octets] of frames.entries()) {
      expect(changed(octets, mark)).toHaveLength(1)
      expect(changed(octets, mark)[0]).toBeGreaterThanOrEqual(12)
    }
    const named = pass(3, [{ action: 'corrupt', offset: 20 }]).frames
    expect(named.map(changed)).toEqual([[20], [20], [20]])
    expect(pass(1, [{ action: 'corrupt', offset: 900 }]).frames).toEqual([frame(0)])
  })

  test('truncate', () => {
    expect(pass(1, [{ action: 'truncate', octets: 17 }]).frames[0]).toEqual(frame(0).slice(0, 17))
  })

  test('several are combined, in their order', () => {
    const { marks, times } = pass(3, [
      { action: 'drop', nth: 2 },
      { action: 'duplicate', nth: 2 },
      { action: 'delay', milliseconds: 10 },
    ])
    expect({ marks, times }).toEqual({ marks: [0, 2, 2], times: [10, 12, 12] })
  })
})

describe('how often', () => {
  test.each([
    [{ nth: 3 }, [3]],
    [{ every: 3 }, [3, 6, 9]],
    [{ times: 2 }, [1, 2]],
    [{ every: 2, times: 2 }, [2, 4]],
  ])('%j', (condition, gone) => {
    const { marks } = pass(10, [{ action: 'drop', ...condition }])
    const lost = inOrder(10).filter((mark) => !marks.includes(mark))
    expect(lost.map((mark) => mark + 1)).toEqual(gone)
  })

  test('the same seed does the same, another seed something else; another rule changes nothing', () => {
    const faults = ['drop', 'duplicate', 'reorder', 'corrupt'].map((action) => ({ action, chance: 0.2 }))
    const one = pass(100, faults, 42).frames
    const two = pass(100, faults, 42).frames
    expect(one).toHaveLength(two.length)
    expect(one.every((octets, index) => equalOctets(octets, two[index]!))).toBe(true)
    const marks = (frames: Uint8Array[]) => frames.map((octets) => octets[14])
    expect(marks(one)).not.toEqual(marks(pass(100, faults, 43).frames))
    const alone = pass(100, [{ action: 'drop', chance: 0.2 }], 42).marks
    const beside = pass(
      100,
      [
        { action: 'drop', chance: 0.2 },
        { action: 'delay', milliseconds: 1, chance: 0.5 },
      ],
      42,
    )
    expect([...beside.marks].sort((a, b) => a - b)).toEqual(alone)
  })
})

describe('rules', () => {
  test('come and go while frames pass, each for itself', () => {
    const { table, from, near, clock } = pass(1, [{ action: 'delay', milliseconds: 5, name: 'slow' }])
    table.set(faultRules.parse([{ action: 'drop' }]))
    from.send(frame(1))
    clock.advance(10)
    expect(near.counters.sent).toBe(1)
    table.clear(['drop-1'])
    from.send(frame(2))
    clock.advance(4)
    expect(near.counters.sent).toBe(1)
    clock.advance(1)
    expect(near.counters.sent).toBe(2)
    expect(table.clear()).toEqual(['slow'])
    expect(() => table.clear(['slow'])).toThrow('no fault of the name slow')
  })

  test('fit ports by pattern, and count for each of them', () => {
    const table = tableOf([{ action: 'drop', port: 'swp*', nth: 2 }])
    expect(table.onPort('eth0')).toEqual([])
    const [one] = table.onPort('swp1')
    expect([one!.happens(), one!.happens()]).toEqual([false, true])
    expect(table.toJson(['eth0', 'swp1', 'swp2'])).toMatchObject([
      {
        rule: { name: 'drop-1', action: 'drop' },
        ports: [
          { port: 'swp1', matched: 2, applied: 1, spent: true },
          { port: 'swp2', matched: 0, applied: 0, spent: false },
        ],
      },
    ])
  })

  test('that are set again begin anew', () => {
    const table = tableOf([{ action: 'drop', name: 'x', times: 1 }])
    const [before] = table.onPort('p')
    before!.happens()
    table.set(faultRules.parse([{ action: 'drop', name: 'x', times: 1 }]))
    expect(table.isInForce(before!)).toBe(false)
    expect(table.injected('p')).toMatchObject([{ name: 'x', applied: 0 }])
  })

  test('tell each time that something is done', () => {
    const told: Injected[] = []
    const { table, from } = pass(0, [{ action: 'drop', name: 'x', nth: 1 }])
    table.onInjected = (injected) => told.push(injected)
    from.send(frame(0))
    from.send(frame(1))
    expect(told).toMatchObject([{ port: 'memory0', rule: { name: 'x' }, what: 'frame sent' }])
  })

  test('are not without end', () => {
    const table = tableOf([])
    const many = faultRules.parse(Array.from({ length: 1000 }, () => ({ action: 'drop' })))
    expect(table.set(many)).toHaveLength(1000)
    expect(() => table.set(many.slice(0, 1))).toThrow('1000 faults at most')
  })
})

test('nothing that was held back comes after close', () => {
  const clock = new VirtualClock()
  const [near, far] = new MemoryLink({ clock }).ends
  const faults = [
    { action: 'delay', milliseconds: 10, direction: 'receive', nth: 1 },
    { action: 'reorder', direction: 'receive', nth: 2 },
  ]
  const bad = new FaultPort(far, { clock, table: tableOf(faults) })
  const frames: Uint8Array[] = []
  near.open({ onFrames: () => {} })
  bad.open({ onFrames: (batch) => frames.push(...batch) })
  near.send(frame(1))
  near.send(frame(2))
  clock.advance(5)
  bad.close()
  clock.advance(5000)
  expect(frames).toEqual([])
  expect(clock.next).toBe(Number.POSITIVE_INFINITY)
})

test('random numbers are spread over [0, 1)', () => {
  const random = seededRandom(1)
  const buckets = new Array<number>(10).fill(0)
  for (let count = 0; count < 10_000; count++) buckets[Math.floor(random() * 10)]!++
  for (const bucket of buckets) expect(Math.abs(bucket - 1000)).toBeLessThan(150)
})
