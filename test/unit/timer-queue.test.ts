import { afterEach, expect, test, vi } from 'vitest'
import { type Clock, MAX_TIMEOUT, systemClock } from '../../src/runtime/clock.ts'
import { TimerQueue } from '../../src/runtime/timer-queue.ts'
import { VirtualClock } from '../../src/runtime/virtual-clock.ts'

afterEach(() => {
  vi.useRealTimers()
})

/** A clock that counts what is asked of it. */
function countingClock() {
  const clock = new VirtualClock()
  let asked = 0
  const counting: Clock = {
    now: () => clock.now(),
    wakeAt: (at, wake) => {
      asked++
      return clock.wakeAt(at, wake)
    },
  }
  return { clock, counting, asked: () => asked }
}

test('all timers due at a wake-up come as one batch, disarmed', () => {
  const clock = new VirtualClock()
  const batches: string[][] = []
  const queue: TimerQueue<string> = new TimerQueue(clock, (due) => {
    expect(queue.deadline('a')).toBeUndefined()
    batches.push([...due])
  })
  queue.arm('b', 10)
  queue.arm('a', 10)
  queue.arm('c', 11)
  clock.advance(10)
  expect(batches).toEqual([['b', 'a']])
  clock.advance(1)
  expect(batches).toEqual([['b', 'a'], ['c']])
})

test('a timer armed while others are delivered fires at its time', () => {
  const clock = new VirtualClock()
  const fired: number[] = []
  const queue: TimerQueue<string> = new TimerQueue(clock, () => {
    fired.push(clock.now())
    if (fired.length < 4) queue.arm('again', clock.now() + 5)
  })
  queue.arm('again', 5)
  clock.advance(100)
  expect(fired).toEqual([5, 10, 15, 20])
})

test('the clock is asked once for ten thousand timers, and not for those that move later', () => {
  const { clock, counting, asked } = countingClock()
  let fired = 0
  const queue = new TimerQueue<number>(counting, (due) => {
    fired += due.length
  })
  for (let id = 0; id < 10_000; id++) queue.arm(id, 1000 + id)
  for (let id = 1; id < 10_000; id++) queue.arm(id, 20_000 + id)
  expect(asked()).toBe(1)
  expect(queue.size).toBe(10_000)
  clock.advance(60_000)
  expect(fired).toBe(10_000)
})

test('arming, moving and cancelling among 50,000 takes no time that grows with their number', () => {
  const queue = new TimerQueue<number>(new VirtualClock(), () => {})
  const start = performance.now()
  for (let id = 0; id < 50_000; id++) queue.arm(id, (id * 7919) % 50_000)
  for (let id = 0; id < 50_000; id++) queue.arm(id, (id * 104_729) % 50_000)
  for (let id = 0; id < 50_000; id++) queue.cancel(id)
  expect(queue.size).toBe(0)
  expect(performance.now() - start).toBeLessThan(2000) // a scan each would take minutes
})

test('a queue without timers leaves nothing on the clock', () => {
  const clock = new VirtualClock()
  const queue = new TimerQueue<string>(clock, () => {})
  queue.arm('a', 5)
  queue.arm('b', 6)
  queue.cancel('a')
  queue.cancel('b')
  queue.cancel('b')
  expect(clock.next).toBe(Number.POSITIVE_INFINITY)
  queue.arm('a', 5)
  queue.clear()
  expect(clock.next).toBe(Number.POSITIVE_INFINITY)
})

test('a listener that throws costs neither the other timers nor the next wake-up', () => {
  const clock = new VirtualClock()
  const fired: string[] = []
  const queue = new TimerQueue<string>(clock, (due) => {
    fired.push(...due)
    throw new Error('a bug')
  })
  queue.arm('a', 1)
  queue.arm('b', 2)
  expect(() => clock.advance(1)).toThrow('a bug')
  expect(() => clock.advance(1)).toThrow('a bug')
  expect(fired).toEqual(['a', 'b'])
})

test('NaN is refused: it would be a timer that never fires', () => {
  const queue = new TimerQueue<string>(new VirtualClock(), () => {})
  expect(() => queue.arm('a', Number.NaN)).toThrow(RangeError)
  expect(queue.size).toBe(0)
})

test('a delay beyond what setTimeout takes does not fire at once, and fires in the end', () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] })
  let fired = 0
  const queue = new TimerQueue<string>(systemClock, () => fired++)
  queue.arm('T(31) and then some', systemClock.now() + 2.5 * MAX_TIMEOUT)
  vi.advanceTimersByTime(2.4 * MAX_TIMEOUT)
  expect(fired).toBe(0)
  vi.advanceTimersByTime(0.2 * MAX_TIMEOUT)
  expect(fired).toBe(1)
})
