import { describe, expect, test } from 'vitest'
import type { EventBody } from '../../src/control/schema/event.ts'
import { EventLog } from '../../src/daemon/event-log.ts'

const relay = (port: string): EventBody => ({ type: 'relay', port, active: true })
const fault = (offset: number): EventBody => ({
  type: 'fault',
  port: 'p',
  code: 'ecp-version',
  offset,
  clause: 'c',
})
const vsi = (id: string): EventBody => ({
  type: 'vsi',
  port: 'p',
  id,
  state: 'none',
  outcome: 'lost',
  filter: [],
  reason: null,
})

describe('the event log', () => {
  test('numbers events and gives them back in their order, with their times', () => {
    const log = new EventLog()
    log.add(relay('p'), 0)
    log.add(vsi('a'), 1)
    log.add(relay('q'), 2)
    expect(log.list()).toMatchObject([
      { number: 1, type: 'relay', time: '1970-01-01T00:00:00.000Z' },
      { number: 2, type: 'vsi' },
      { number: 3, port: 'q', time: '1970-01-01T00:00:00.002Z' },
    ])
  })

  test('a flood of one kind costs the others nothing', () => {
    const log = new EventLog(10)
    log.add(vsi('a'), 0)
    for (let offset = 0; offset < 95; offset++) log.add(fault(offset), offset)
    const events = log.list()
    expect(events).toHaveLength(11)
    expect(events[0]).toMatchObject({ type: 'vsi', id: 'a' })
    expect(events.slice(1).map((event) => 'offset' in event && event.offset)).toEqual(
      Array.from({ length: 10 }, (_, index) => 85 + index),
    )
  })

  test('tells what was asked for', () => {
    const log = new EventLog()
    for (const body of [relay('p'), relay('q'), vsi('a'), vsi('b'), { type: 'stopping' } as const])
      log.add(body, 0)
    const numbers = (query: Parameters<EventLog['list']>[0]) => log.list(query).map(({ number }) => number)
    expect(numbers({ port: 'q' })).toEqual([2, 5])
    expect(numbers({ vsi: 'b' })).toEqual([4])
    expect(numbers({ types: ['relay', 'stopping'] })).toEqual([1, 2, 5])
    expect(numbers({ after: 3 })).toEqual([4, 5])
    expect(numbers({ last: 2 })).toEqual([4, 5])
    expect(numbers({ last: 0 })).toEqual([])
  })
})
