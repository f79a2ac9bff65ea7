import { pino } from 'pino'
import { beforeEach, describe, expect, test } from 'vitest'
import { DEFAULT_MANAGER_ID } from '../../protocol/vdp/manager-id-tlv.ts'
import type { VsiTypeInput } from '../../src/control/schema/vsi-type.ts'
import { VirtualClock } from '../../src/runtime/virtual-clock.ts'
import type { HttpAnswer } from '../../src/vsi-types/http-get.ts'
import { HttpTypes } from '../../src/vsi-types/http-types.ts'
import type { Lookup } from '../../src/vsi-types/type-source.ts'

const key = (typeId: number, typeVersion = 1) => ({ managerId: DEFAULT_MANAGER_ID, typeId, typeVersion })
const type = (written: VsiTypeInput): HttpAnswer => ({
  status: 200,
  text: JSON.stringify({ schema: 'qbg/v1/vsi-type', type: written }),
})
const UNKNOWN = {
  status: 404,
  text: JSON.stringify({ schema: 'qbg/v1/error', error: { code: 'unknown-type', message: 'none' } }),
}

let clock: VirtualClock
let manager: HttpTypes
/** Paths asked for and not answered. */
let asked: { path: string; answer: (answer: HttpAnswer) => void; fail: (why: string) => void }[]
let said: Lookup[]
let changed: number[]

const ask = (typeId: number, typeVersion = 1) =>
  manager.lookUp(key(typeId, typeVersion), (lookup) => said.push(lookup))
/** Lets what was answered be read. */
const settle = () => new Promise(setImmediate)
async function answer(value: HttpAnswer | string): Promise<void> {
  const one = asked.shift()!
  if (typeof value === 'string') one.fail(value)
  else one.answer(value)
  await settle()
}
const outcomes = () =>
  said.map((one) => (one.outcome === 'unreachable' ? one.why.split('/: ').at(-1) : one.outcome))

beforeEach(() => {
  clock = new VirtualClock()
  asked = []
  said = []
  changed = []
  manager = new HttpTypes({
    id: DEFAULT_MANAGER_ID,
    url: 'http://192.0.2.7:8080/',
    isDefault: true,
    timeout: 2000,
    refresh: 60_000,
    cache: 3,
    clock,
    log: pino({ level: 'silent' }),
    get: (url, signal) =>
      new Promise((resolve, reject) => {
        const fail = (why: string) => reject(new Error(why))
        signal.addEventListener('abort', () => fail('aborted'), { once: true })
        asked.push({ path: url, answer: resolve, fail })
      }),
  })
  manager.onChange(({ typeId }) => changed.push(typeId))
})

describe('a manager asked over HTTP', () => {
  test('is asked by manager, type and version, and says the type', async () => {
    ask(5, 2)
    expect(asked.map(({ path }) => path)).toEqual(['http://192.0.2.7:8080/v1/vsi-types/0/5/2'])
    expect(said).toEqual([])
    await answer(type({ id: 5, version: 2, name: 'web', vlans: ['100-199'] }))
    expect(said).toMatchObject([
      { outcome: 'found', type: { typeId: 5, name: 'web', managerId: DEFAULT_MANAGER_ID } },
    ])
  })

  test('many who ask for the same are one question, and for a while none', async () => {
    ask(5)
    ask(5)
    expect(asked).toHaveLength(1)
    await answer(type({ id: 5 }))
    clock.advance(59_999)
    ask(5)
    expect([outcomes(), asked.length]).toEqual([['found', 'found', 'found'], 0])
    clock.advance(1)
    ask(5)
    expect([said.length, asked.length]).toEqual([3, 1])
  })

  test('that there is no such type counts for a shorter while', async () => {
    ask(5)
    await answer(UNKNOWN)
    ask(5)
    expect(outcomes()).toEqual(['unknown', 'unknown'])
    clock.advance(5000)
    ask(5)
    expect(asked).toHaveLength(1)
  })

  test('sixteen questions are on their way at once, the others wait', async () => {
    for (let id = 0; id < 40; id++) ask(id)
    expect([asked.length, manager.toJson().waiting]).toEqual([16, 40])
    for (let id = 0; id < 40; id++) await answer(type({ id }))
    expect(said).toHaveLength(40)
    expect(manager.toJson()).toMatchObject({ waiting: 0, counters: { asked: 40, answered: 40, failed: 0 } })
  })

  test('who no longer waits is not answered, nor asked for when that has not begun', async () => {
    const takeBack = Array.from({ length: 20 }, (_, id) => ask(id))
    for (const one of takeBack) one()
    expect(manager.toJson().waiting).toBe(16)
    for (let id = 0; id < 16; id++) await answer(type({ id }))
    expect([said, asked, manager.toJson().waiting]).toEqual([[], [], 0])
  })

  test('types that no VSI has are remembered up to a number, the others always', async () => {
    for (let id = 0; id < 6; id++) {
      ask(id)
      await answer(type({ id }))
      if (id < 2) manager.use(key(id))
    }
    expect(manager.toJson()).toMatchObject({ cached: 5, used: 2 })
    for (let id = 0; id < 6; id++) ask(id)
    expect(asked.map(({ path }) => path.at(-3))).toEqual(['2'])
    manager.drop(key(0))
    expect(manager.toJson()).toMatchObject({ cached: 4, used: 1 })
  })
})

describe('one that cannot be asked', () => {
  test('says why, to all who wait and to who comes within a second', async () => {
    for (let id = 0; id < 17; id++) ask(id)
    await answer('connection refused')
    expect(outcomes(), 'the failed one, and the one that was not on its way').toEqual([
      'connection refused',
      'connection refused',
    ])
    expect(said[0]).toMatchObject({
      hard: false,
      why: 'VSI manager http://192.0.2.7:8080/: connection refused',
    })
    ask(99)
    expect(outcomes().at(-1)).toBe('connection refused')
    expect(manager.toJson().problem).toBe('connection refused')
    clock.advance(1000)
    for (let id = 1; id < 16; id++) await answer(UNKNOWN)
    ask(99)
    await answer(type({ id: 99 }))
    expect([outcomes().at(-1), manager.toJson().problem]).toEqual(['found', null])
  })

  test.each<[string, HttpAnswer, string]>([
    ['another status', { status: 503, text: '' }, 'it answers HTTP 503'],
    ['a bare 404', { status: 404, text: '<html>' }, 'it answers HTTP 404, and not as a VSI manager'],
    ['no JSON', { status: 200, text: 'hello' }, 'it answers something that is no VSI type: is missing'],
    [
      'a wrong type',
      type({ id: 5, vlans: [5000] }),
      'it answers something that is no VSI type: type.vlans[0]: VLAN',
    ],
    ['another type', type({ id: 6 }), 'asked for type 5:1 it answers another type'],
    ['another version', type({ id: 5, version: 2 }), 'asked for type 5:1 it answers another type'],
    ["another manager's", type({ id: 5, manager: 11 }), 'asked for type 5:1 it answers another type'],
  ])('%s is no answer', async (_, said404, why) => {
    ask(5)
    await answer(said404)
    expect(said).toMatchObject([{ outcome: 'unreachable', why: expect.stringContaining(why) }])
  })
})

describe('types that VSIs have', () => {
  beforeEach(async () => {
    ask(5)
    await answer(type({ id: 5, vlans: [1] }))
    manager.use(key(5))
  })

  test('are asked for again and again, and a change is told', async () => {
    clock.advance(60_000)
    await answer(type({ id: 5, vlans: [1] }))
    expect(changed).toEqual([])
    clock.advance(60_000)
    await answer(type({ id: 5, vlans: [2] }))
    expect(changed).toEqual([5])
    ask(5)
    expect(said.at(-1)).toMatchObject({
      outcome: 'found',
      type: { entry: { vlans: [{ first: 2, last: 2 }] } },
    })
    clock.advance(60_000)
    await answer(UNKNOWN)
    expect(changed).toEqual([5, 5])
  })

  test('stay as they are while the manager cannot be asked; new requests are told', async () => {
    clock.advance(60_000)
    await answer('no route')
    expect([changed, manager.toJson().problem]).toEqual([[], 'no route'])
    ask(5)
    expect(outcomes().at(-1)).toBe('no route')
    clock.advance(60_000)
    await answer(type({ id: 5, vlans: [1] }))
    expect([changed, manager.toJson().problem]).toEqual([[], null])
  })

  test('are no longer asked for when no VSI has them', () => {
    manager.drop(key(5))
    clock.advance(60_000)
    expect([asked, clock.next]).toEqual([[], Number.POSITIVE_INFINITY])
  })

  test('when it is closed nothing is asked or told any more', async () => {
    ask(6)
    manager.close()
    await settle()
    clock.advance(600_000)
    expect([said.length, clock.next]).toEqual([1, Number.POSITIVE_INFINITY])
  })
})
