import fc from 'fast-check'
import { expect, test } from 'vitest'
import { TimerQueue } from '../../src/runtime/timer-queue.ts'
import { VirtualClock } from '../../src/runtime/virtual-clock.ts'

const command = fc.oneof(
  fc.record({
    do: fc.constant('arm' as const),
    id: fc.integer({ min: 0, max: 20 }),
    in: fc.integer({ min: 0, max: 100 }),
  }),
  fc.record({ do: fc.constant('cancel' as const), id: fc.integer({ min: 0, max: 20 }), in: fc.constant(0) }),
  fc.record({ do: fc.constant('advance' as const), id: fc.constant(0), in: fc.integer({ min: 0, max: 60 }) }),
)

test('timers fire once, when due, in order of deadline and arming, however they are armed and cancelled', () => {
  fc.assert(
    fc.property(fc.array(command, { maxLength: 200 }), (commands) => {
      const clock = new VirtualClock()
      const fired: string[] = []
      const expected: string[] = []
      const queue = new TimerQueue<number>(clock, (due) => {
        for (const id of due) fired.push(`${id} at ${clock.now()}`)
      })
      // The model: a list searched from end to end.
      let armed: { id: number; at: number }[] = []
      for (const { do: what, id, in: delay } of commands) {
        if (what === 'advance') {
          const end = clock.now() + delay
          const due = armed.filter(({ at }) => at <= end).sort((a, b) => a.at - b.at)
          expected.push(...due.map((timer) => `${timer.id} at ${timer.at}`))
          armed = armed.filter(({ at }) => at > end)
          clock.advance(delay)
        } else {
          armed = armed.filter((timer) => timer.id !== id)
          if (what === 'arm') {
            armed.push({ id, at: clock.now() + delay })
            queue.arm(id, clock.now() + delay)
          } else {
            queue.cancel(id)
          }
        }
        expect(queue.size).toBe(armed.length)
      }
      expect(fired).toEqual(expected)
    }),
  )
})
