/** The agent for libvirt against anything: no octets and no order of events leave a request without its one answer. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { VsiReport } from '../../protocol/engine/effect.ts'
import { LibvirtAgent } from '../../src/libvirt/agent.ts'
import { MAX_ANSWER } from '../../src/libvirt/answer.ts'
import type { AgentEffect } from '../../src/libvirt/outlet.ts'
import { OPERATIONS, readDatagram } from '../../src/libvirt/request.ts'
import { GIVE_UP, KEEP_UNREAD } from '../../src/libvirt/vsi-life.ts'
import { errorOf, getLink, message, responseIn, setLink } from '../support/libvirt-octets.ts'

const SENDER = 1234
const newAgent = () =>
  new LibvirtAgent({
    agentPort: 4242,
    findUplink: ({ index }) => (index === 2 ? { name: 'lvu0', index } : undefined),
  })

const answersOf = (effects: readonly AgentEffect[]) =>
  effects.flatMap((effect) => (effect.type === 'answer' ? [effect] : []))

const uuids = fc
  .uint8Array({ minLength: 16, maxLength: 16 })
  .map((octets) => Buffer.from(octets).toString('hex'))
const requests = fc.record({
  operation: fc.constantFrom(...OPERATIONS),
  uuid: uuids.filter((uuid) => !/^0*$/.test(uuid)),
  mac: fc
    .uint8Array({ minLength: 6, maxLength: 6 })
    .map((octets) => Buffer.from([octets[0]! & 0xfe, ...octets.subarray(1, 5), octets[5]! | 1]))
    .map((octets) => octets.toString('hex').match(/../g)!.join(':')),
  vlan: fc.nat(4094),
  index: fc.nat(0x7fffffff),
  sequence: fc.nat(0xffffffff),
  eventPort: fc.nat(0xffffffff),
  nested: fc.boolean(),
})

/** Octets of libvirt's with some changed, cut or prolonged; a plausible header before noise; noise. */
const damaged = fc
  .tuple(
    fc.oneof(
      requests.map(setLink),
      fc.nat(5).map((index) => getLink(index)),
    ),
    fc.array(fc.tuple(fc.nat(160), fc.nat(255)), { maxLength: 6 }),
    fc.nat(400),
  )
  .map(([whole, changes, cut]) => {
    const octets = Buffer.from(cut < whole.length ? whole.subarray(0, cut) : whole)
    for (const [at, value] of changes) if (at < octets.length) octets[at] = value
    return octets
  })
const headed = fc
  .tuple(fc.oneof(fc.constantFrom(2, 3, 16, 17, 18, 19), fc.nat(0xffff)), fc.uint8Array({ maxLength: 300 }))
  .map(([type, body]) => message(type, body))
const datagrams = fc
  .array(fc.oneof(damaged, headed, fc.uint8Array({ maxLength: 40 }).map(Buffer.from)), { maxLength: 4 })
  .map((parts) => Buffer.concat(parts))

/** How many messages a receiver finds, and whether octets are left, by the rules of netlink(7) alone. */
function countMessages(octets: Buffer): { requests: number; others: number; rest: boolean } {
  let [requests, others, at] = [0, 0, 0]
  while (at + 16 <= octets.length) {
    const length = octets.readUInt32LE(at)
    if (length < 16 || at + length > octets.length) break
    if (octets.readUInt16LE(at + 4) >= 16) requests++
    else others++
    at += Math.ceil(length / 4) * 4
  }
  return { requests, others, rest: octets.length === 0 || at < octets.length }
}

describe('the codec', () => {
  test('reads back what libvirt was asked to send', () => {
    fc.assert(
      fc.property(requests, (request) => {
        const { operation, uuid, mac, vlan, index, sequence, eventPort } = request
        const datagram = readDatagram(setLink(request))
        expect(datagram).toMatchObject({
          broken: false,
          requests: [
            {
              kind: 'set',
              operation,
              uuid,
              device: { index },
              profile: { mac, vlan },
              header: { sequence, eventPort },
            },
          ],
        })
      }),
    )
  })
})

describe('any octets', () => {
  test('are answered, message by message and to their sender only, or counted', () => {
    fc.assert(
      fc.property(datagrams, (octets) => {
        const agent = newAgent()
        const answers = answersOf(agent.receive(octets, SENDER, 0))
        const { requests, others, rest } = countMessages(octets)
        expect(answers.map(({ to }) => to)).toEqual(Array(requests).fill(SENDER))
        for (const { octets: answer } of answers) {
          expect(answer.readUInt32LE(0)).toBe(answer.length)
          expect(answer.length).toBeLessThanOrEqual(MAX_ANSWER)
        }
        const { dropsNotRequest, dropsMalformed, answers: counted } = agent.counters
        expect({ dropsNotRequest, dropsMalformed, counted }).toEqual({
          dropsNotRequest: others,
          dropsMalformed: rest ? 1 : 0,
          counted: requests,
        })
      }),
      { numRuns: 2000 },
    )
  })

  test('of thousands of requests in one datagram are answered each, at the cost of a few', () => {
    const agent = newAgent()
    for (let n = 1; n <= 16_384; n++)
      agent.receive(setLink({ uuid: n.toString(16).padStart(32, '0') }), SENDER, 0)
    const start = performance.now()
    const answers = answersOf(agent.receive(Buffer.concat(Array(1000).fill(getLink())), SENDER, 0))
    expect(performance.now() - start).toBeLessThan(500) // it was 0.9 s, and 64 datagrams are read at a time
    const told = answers.filter(({ octets }) => errorOf(octets) === undefined)
    expect([answers.length, told.length]).toEqual([1000, 4])
    expect(answers.map(({ octets }) => errorOf(octets)).slice(4)).toEqual(Array(996).fill(-22))
  })

  test('from the kernel are none of ours', () => {
    fc.assert(
      fc.property(datagrams, (octets) => {
        const agent = newAgent()
        expect(agent.receive(octets, 0, 0)).toEqual([])
        expect(agent.counters.dropsKernel).toBe(1)
      }),
    )
  })
})

/** libvirt and the station do what they like, for three VSIs. */
const steps = fc.oneof(
  fc.record({ what: fc.constant('set' as const), vsi: fc.nat(2), operation: fc.constantFrom(...OPERATIONS) }),
  fc.record({ what: fc.constant('get' as const) }),
  fc.record({
    what: fc.constant('answer' as const),
    vsi: fc.nat(2),
    outcome: fc.constantFrom('granted' as const, 'refused' as const, 'released' as const, 'lost' as const),
  }),
  fc.record({
    what: fc.constant('report' as const),
    vsi: fc.nat(2),
    outcome: fc.constantFrom('waiting' as const, 'progress' as const, 'lost' as const, 'granted' as const),
  }),
  fc.record({ what: fc.constant('pass' as const), time: fc.nat(20_000) }),
)
const UUIDS = [1, 2, 3].map((n) => `09b11c53-8b5c-4eeb-8f00-d84eaa0aaa0${n}`)

class World {
  readonly agent = newAgent()
  now = 0
  events = 0
  /** By VSI: what the agent has asked of the station last. */
  readonly asks = new Map<string, number>()

  take(effects: readonly AgentEffect[]): readonly AgentEffect[] {
    for (const effect of effects) {
      if (effect.type === 'ask') this.asks.set(effect.place.vsi, effect.ask)
      if (effect.type === 'event') this.events++
      expect(effect.type).not.toBe('fault')
    }
    return effects
  }

  ask(octets: Buffer): Buffer {
    const answers = answersOf(this.take(this.agent.receive(octets, SENDER, this.now)))
    expect(answers).toHaveLength(1)
    return answers[0]!.octets
  }

  report(vsi: string, outcome: VsiReport['outcome'], tickets: number[]): VsiReport {
    const reason =
      outcome === 'granted' || outcome === 'released' ? {} : { reason: { code: 'no-response' as const } }
    return { vsi, state: 'none', command: null, outcome, tickets, ...reason }
  }

  pass(time: number): void {
    const end = this.now + time
    while (this.agent.nextDue <= end) {
      const due = this.agent.nextDue
      this.now = Math.max(this.now, due)
      this.take(this.agent.pass(this.now))
      expect(this.agent.nextDue).toBeGreaterThan(due)
    }
    this.now = end
  }
}

type Step = typeof steps extends fc.Arbitrary<infer T> ? T : never

function play(world: World, step: Step): void {
  if (step.what === 'pass') return world.pass(step.time)
  if (step.what === 'get') return void world.ask(getLink())
  const uuid = UUIDS[step.vsi]!
  if (step.what === 'set') {
    expect(errorOf(world.ask(setLink({ uuid, operation: step.operation })))).toBe(0)
    expect(responseIn(world.ask(getLink()), uuid)).toBe(null)
  } else if (step.what === 'answer') {
    const ask = world.asks.get(uuid)
    if (ask === undefined) return
    world.asks.delete(uuid)
    const report = world.report(uuid, step.outcome, [ask])
    world.take(world.agent.answered(ask, { port: 'lvu0', vsi: uuid }, report, world.now))
  } else {
    world.take(world.agent.reported('lvu0', world.report(uuid, step.outcome, []), world.now))
  }
}

describe('any order of events', () => {
  test('each request has one answer at once, an outcome in time, and none lasts that nobody wants', () => {
    fc.assert(
      fc.property(fc.array(steps, { maxLength: 40 }), (all) => {
        const world = new World()
        for (const step of all) play(world, step)
        for (const uuid of UUIDS)
          play(world, { what: 'set', vsi: UUIDS.indexOf(uuid), operation: 'associate' })
        world.pass(GIVE_UP)
        for (const uuid of UUIDS) expect(responseIn(world.ask(getLink()), uuid)).not.toBe(null)
        for (const uuid of UUIDS)
          play(world, { what: 'set', vsi: UUIDS.indexOf(uuid), operation: 'deassociate' })
        const told = world.events
        world.pass(GIVE_UP + KEEP_UNREAD)
        expect(world.agent.size).toBe(0)
        expect(world.events).toBe(told)
      }),
      { numRuns: 500 },
    )
  })

  test('libvirt is told of losses seldom, however often they come', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(3000), { minLength: 50, maxLength: 400 }), (pauses) => {
        const world = new World()
        const [uuid] = UUIDS
        for (const pause of pauses) {
          play(world, { what: 'set', vsi: 0, operation: 'associate' })
          play(world, { what: 'answer', vsi: 0, outcome: 'granted' })
          world.take(world.agent.reported('lvu0', world.report(uuid!, 'lost', []), world.now))
          world.pass(pause)
        }
        expect(world.events).toBeLessThan(8 + world.now / 60_000)
      }),
      { numRuns: 100 },
    )
  })
})
