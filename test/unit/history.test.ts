import { describe, expect, test } from 'vitest'
import type { VsiReport } from '../../protocol/engine/effect.ts'
import { History } from '../../src/daemon/history.ts'

const command = {
  type: 3,
  vsiId: { format: 5, value: 'a'.repeat(32) },
  managerId: '0'.repeat(32),
  typeId: 1,
  typeVersion: 0,
  filter: { format: 1, entries: [{ vid: 1 }] },
  hint: 'none',
  organizational: [],
} as const

function report(vsi: string, outcome: VsiReport['outcome']): VsiReport {
  return { vsi, state: 'none', command, outcome, reason: { code: 'no-response' }, tickets: [] }
}

describe('what is remembered of VSIs', () => {
  test('an ended VSI keeps its reason, its times and its counts', () => {
    const history = new History()
    history.add(report('a', 'granted'), true, 100)
    history.add(report('a', 'kept'), true, 150)
    history.add(report('a', 'lost'), false, 200)
    expect(history.live('a')).toBeUndefined()
    expect(history.ended('a')).toMatchObject({
      createdAt: 100,
      endedAt: 200,
      outcome: 'lost',
      reason: { code: 'no-response' },
      counters: { succeeded: 1, failed: 0, reverts: 1 },
    })
  })

  test('a VSI that comes back is no longer an ended one', () => {
    const history = new History()
    history.add(report('a', 'refused'), false, 100)
    history.add(report('a', 'granted'), true, 200)
    expect([...history.allEnded().keys()]).toEqual([])
    expect(history.live('a')?.createdAt).toBe(200)
  })

  test('the oldest ends are forgotten first, and what is live never', () => {
    const history = new History(2)
    history.add(report('live', 'granted'), true, 0)
    for (const [at, vsi] of ['a', 'b', 'a', 'c'].entries()) history.add(report(vsi, 'refused'), false, at)
    expect([...history.allEnded().keys()]).toEqual(['a', 'c'])
    expect(history.live('live')).toBeDefined()
  })

  test('a limit of 0 remembers none', () => {
    const history = new History(0)
    history.add(report('a', 'refused'), false, 1)
    expect(history.ended('a')).toBeUndefined()
  })
})
