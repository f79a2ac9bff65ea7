/** What a bridge decides over all its ports and over time, seen at both ends of the wire, on virtual time. */
import { afterEach, describe, expect, test } from 'vitest'
import { ASSOCIATION_TYPES } from '../../protocol/vdp/association-tlv.ts'
import type { MacAddress } from '../../protocol/wire/mac-address.ts'
import { asking } from '../support/admission-bench.ts'
import { TwoHosts } from '../support/two-hosts.ts'
import { keyOf } from '../support/vdp.ts'

const { preassociate: PRE, preassociateRr: RR } = ASSOCIATION_TYPES
/** RWD 17: resourceWaitDelay is 1.31072 s. */
const QUICK = { evb: { rwd: 17, rka: 18 } }
const MAC = '52:54:00:00:00:01'

let two: TwoHosts
afterEach(() => two.close())

function start(): TwoHosts {
  two = new TwoHosts(QUICK)
  two.types.put({ id: 5, maxVsis: 1, assign: { vid: 100 } }, { id: 6 })
  return two
}

describe('a VSI that migrates', () => {
  test('is pre-associated beside its association, then associated there and told to leave here, both with times', () => {
    start()
    two.ask(1, asking(1, 5, [MAC]))
    two.clock.advance(100)
    two.ask(2, asking(1, 5, [MAC], { type: RR, hint: 'migrating' }))
    two.clock.advance(100)
    expect([two.state('swp1', keyOf(1)), two.state('swp2', keyOf(1))]).toEqual([
      'associated',
      'preassociated-rr',
    ])
    two.events.length = 0
    two.ask(2, asking(1, 5, [MAC]))
    two.clock.advance(100)
    expect([two.state('swp1', keyOf(1)), two.state('swp2', keyOf(1))]).toEqual(['gone', 'associated'])
    expect(two.last(1, keyOf(1))).toMatchObject({
      outcome: 'lost',
      reason: { code: 'deassociated-by-bridge' },
    })
    expect(two.last(2, keyOf(1))).toMatchObject({ outcome: 'granted', state: 'associated' })
    const told = two.events.filter(({ type }) => type === 'vsi' || type === 'moved')
    expect(told).toMatchObject([
      { type: 'vsi', port: 'swp2', outcome: 'granted', time: expect.any(String) },
      { type: 'moved', port: 'swp2', from: 'swp1', id: keyOf(1), time: expect.any(String) },
      {
        type: 'vsi',
        port: 'swp1',
        outcome: 'lost',
        reason: { code: 'moved', text: 'associated on port swp2 since' },
        time: expect.any(String),
      },
    ])
    expect(two.bridge.agent.status().types?.inUse).toMatchObject([{ id: 5, vsis: 1, holding: 1 }])
  })

  test('does not move by keep-alives, nor back by itself', () => {
    start()
    two.ask(1, asking(1, 6, ['7']))
    two.clock.advance(100)
    two.ask(2, asking(1, 6, ['7']))
    two.clock.advance(60_000)
    expect([two.state('swp1', keyOf(1)), two.state('swp2', keyOf(1))]).toEqual(['gone', 'associated'])
    expect(two.events.filter(({ type }) => type === 'moved')).toHaveLength(1)
  })

  test('comes back when it is asked back', () => {
    start()
    for (const host of [1, 2, 1] as const) {
      two.ask(host, asking(1, 5, [MAC]))
      two.clock.advance(100)
    }
    expect([two.state('swp1', keyOf(1)), two.state('swp2', keyOf(1))]).toEqual(['associated', 'gone'])
  })

  test('a port that goes down leaves the VSI to the other', () => {
    start()
    two.ask(1, asking(1, 5, [MAC]))
    two.ask(2, asking(1, 5, [MAC], { type: PRE }))
    two.clock.advance(100)
    two.bridge.ports[0]!.driver.submit({
      type: 'link.changed',
      up: false,
      mac: '52:54:00:00:00:03' as MacAddress,
    })
    two.ask(2, asking(1, 5, [MAC]))
    two.clock.advance(100)
    expect([two.state('swp1', keyOf(1)), two.state('swp2', keyOf(1))]).toEqual(['gone', 'associated'])
    expect(two.events.filter(({ type }) => type === 'moved')).toEqual([])
  })
})

describe('a decision that takes its time', () => {
  test('#189 #190 longer than resourceWaitDelay is error 2, what comes later counts for nothing', () => {
    start()
    two.types.slow = true
    two.ask(1, asking(1, 5, [MAC]))
    two.clock.advance(1300)
    expect(two.last(1, keyOf(1)), 'it waits').toBeUndefined()
    two.clock.advance(100)
    expect(two.last(1, keyOf(1))).toMatchObject({ outcome: 'refused', reason: { vdpError: 2 } })
    expect(two.last(1, keyOf(1))?.reason?.hard).toBeUndefined()
    two.types.answerAll()
    two.clock.advance(100)
    expect(two.state('swp1', keyOf(1))).toBe('gone')
    expect(two.bridge.agent.status().types).toMatchObject({ waiting: 0, inUse: [] })
    two.types.slow = false
    two.ask(2, asking(2, 5, [MAC]))
    two.clock.advance(100)
    expect(two.state('swp2', keyOf(2)), 'the only place of the type is free').toBe('associated')
  })

  test('keeps an association whose change is not decided in time', () => {
    start()
    two.ask(1, asking(1, 6, ['7']))
    two.clock.advance(100)
    two.types.slow = true
    two.ask(1, asking(1, 6, ['8']))
    two.clock.advance(1500)
    expect(two.last(1, keyOf(1))).toMatchObject({
      outcome: 'kept',
      state: 'associated',
      reason: { vdpError: 2 },
    })
    expect(two.bridge.admission?.grant('swp1', keyOf(1))?.command.filter.entries).toEqual([{ vid: 7 }])
  })

  test('holds up no other VSI, of the same port or another', () => {
    start()
    two.types.slow = true
    two.ask(1, asking(1, 5, [MAC]))
    two.clock.advance(10)
    two.types.slow = false
    two.ask(1, asking(2, 6, ['7']))
    two.ask(2, asking(3, 6, ['8']))
    two.clock.advance(100)
    expect([two.state('swp1', keyOf(2)), two.state('swp2', keyOf(3))]).toEqual(['associated', 'associated'])
    two.types.answerAll()
    two.clock.advance(100)
    expect(two.last(1, keyOf(1))).toMatchObject({
      outcome: 'granted',
      command: { filter: { entries: [{ vid: 100 }] } },
    })
  })

  test('for a VSI that has left meanwhile gives nothing away', () => {
    start()
    two.types.slow = true
    two.ask(1, asking(1, 5, [MAC]))
    two.clock.advance(10)
    two.hosts[0].ports[0]!.ask([{ owner: 'cli', vsi: keyOf(1), command: null, answer: () => {} }])
    two.bridge.ports[0]!.driver.submit({ type: 'vsi.withdrawn', vsi: keyOf(1) })
    two.types.answerAll()
    two.clock.advance(100)
    expect(two.bridge.agent.status().types?.inUse).toEqual([])
  })
})

test('a type that is withdrawn takes its VSIs on every port, in one ECPDU for each', () => {
  start()
  for (const number of [1, 2, 3]) two.ask(1, asking(number, 6, [String(number + 1)]))
  two.ask(2, asking(4, 6, ['9']))
  two.clock.advance(100)
  const sent = () => two.bridge.ports.map(({ driver }) => driver.counters.EcpTxFrameCount)
  const before = sent()
  two.types.types.delete('6')
  two.types.changed()
  two.clock.advance(5)
  expect(sent().map((count, port) => count - before[port]!)).toEqual([1, 1])
  two.clock.advance(100)
  for (const [host, number] of [
    [1, 1],
    [1, 2],
    [1, 3],
    [2, 4],
  ] as const) {
    expect(two.last(host, keyOf(number))).toMatchObject({
      outcome: 'lost',
      reason: { code: 'deassociated-by-bridge' },
    })
  }
})

test('a fault that answers late does not give to a VSI that has left', () => {
  two = new TwoHosts({ ...QUICK, faults: [{ action: 'late', milliseconds: 500 }] })
  two.types.put({ id: 5, maxVsis: 1 })
  two.ask(1, asking(1, 5, ['7']))
  two.clock.advance(10)
  two.bridge.ports[0]!.driver.submit({ type: 'vsi.withdrawn', vsi: keyOf(1) })
  two.clock.advance(1000)
  expect(two.bridge.agent.status().types?.inUse).toEqual([])
})
