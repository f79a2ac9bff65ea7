import { describe, expect, test } from 'vitest'
import type { Decision } from '../../protocol/engine/input.ts'
import { ASSOCIATION_TYPES } from '../../protocol/vdp/association-tlv.ts'
import { FixedTypes } from '../../src/vsi-types/fixed-types.ts'
import { AdmissionBench, asking } from '../support/admission-bench.ts'
import { keyOf } from '../support/vdp.ts'

const { preassociate: PRE, preassociateRr: RR } = ASSOCIATION_TYPES
const DAY = 86_400_000

const granted = { outcome: 'grant' }
const no = (error: number, hard: boolean, detail: RegExp) => ({
  outcome: 'refuse',
  error,
  hard,
  keep: true,
  detail: expect.stringMatching(detail),
})
const outcomes = (...decisions: (Decision | undefined)[]) => decisions.map((one) => one?.outcome)

describe('types', () => {
  test('#199 #201 one that is not known is refused with error 4 for good', () => {
    const bench = new AdmissionBench()
    expect(bench.ask('p1', asking(1, 5, ['7']))).toEqual(no(4, true, /^type 5:0 is not known$/))
  })

  test('#199 #201 a manager that cannot be reached is error 3: for now, or for good when there is none', () => {
    const bench = new AdmissionBench()
    bench.types.unreachable = { why: 'no answer in 2 s', hard: false }
    expect(bench.ask('p1', asking(1, 5, ['7']))).toEqual(no(3, false, /^type 5:0: no answer in 2 s$/))
    bench.types.unreachable = { why: 'there is no such manager', hard: true }
    expect(bench.ask('p1', asking(1, 5, ['7']))).toEqual(no(3, true, /no such manager/))
  })

  test('that the settings list are known of any version, or of one, without limits', () => {
    const listed = new FixedTypes([{ typeId: 5 }, { typeId: 7, typeVersion: 2 }])
    const bench = new AdmissionBench({ source: listed })
    const ask = (typeId: number, typeVersion: number) =>
      bench.ask('p1', asking(1, typeId, ['7'], { typeVersion }))
    expect(outcomes(ask(5, 9), ask(7, 2), ask(7, 1), ask(6, 0))).toEqual([
      'grant',
      'grant',
      'refuse',
      'refuse',
    ])
    const all = new AdmissionBench({ source: new FixedTypes() })
    expect(all.ask('p1', asking(1, 99, ['7']))).toMatchObject(granted)
  })
})

describe('resources', () => {
  test('a type gives as many VSIs as it may have, on all ports together, and gives again what comes back', () => {
    const bench = new AdmissionBench()
    bench.types.put({ id: 5, maxVsis: 2 }, { id: 6 })
    expect(outcomes(bench.ask('p1', asking(1, 5, ['7'])), bench.ask('p2', asking(2, 5, ['7'])))).toEqual([
      'grant',
      'grant',
    ])
    expect(bench.ask('p1', asking(3, 5, ['7']))).toEqual(no(2, false, /type 5 has 2 VSIs, as many as it may/))
    expect(bench.ask('p1', asking(4, 6, ['7']))).toMatchObject(granted)
    bench.end('p2', 2)
    expect(bench.ask('p1', asking(3, 5, ['7']))).toMatchObject(granted)
  })

  test('a type that may have none is refused for good', () => {
    const bench = new AdmissionBench()
    bench.types.put({ id: 5, maxVsis: 0 })
    expect(bench.ask('p1', asking(1, 5, ['7']))).toEqual(no(2, true, /type 5 has 0 VSIs/))
  })

  test('#209 Pre-Associate reserves nothing, Pre-Associate RR does, and Associate has what was reserved', () => {
    const bench = new AdmissionBench()
    bench.types.put({ id: 5, maxVsis: 1 })
    expect(bench.ask('p1', asking(1, 5, ['7'], { type: PRE }))).toMatchObject(granted)
    expect(bench.ask('p1', asking(2, 5, ['7'], { type: RR }))).toMatchObject(granted)
    expect(bench.ask('p1', asking(1, 5, ['7']))).toEqual(no(2, false, /has 1 VSIs/))
    bench.report('p1', keyOf(1), 'refused')
    expect(bench.ask('p1', asking(2, 5, ['7']))).toMatchObject(granted)
    expect(bench.ask('p1', asking(2, 5, ['7'], { type: PRE })), 'gives back what it reserved').toMatchObject(
      granted,
    )
    expect(bench.ask('p1', asking(1, 5, ['7']))).toMatchObject(granted)
  })

  test('a port gives as many VSIs and as much bandwidth as it has', () => {
    const limits = (port: string) => (port === 'p1' ? { vsis: 3, bandwidth: 1e9 } : {})
    const bench = new AdmissionBench({ limits })
    bench.types.put(
      { id: 5, bandwidth: { rate: '400mbit' } },
      { id: 6 },
      { id: 7, bandwidth: { rate: '2gbit' } },
    )
    expect(outcomes(...[1, 2].map((vsi) => bench.ask('p1', asking(vsi, 5, ['7']))))).toEqual([
      'grant',
      'grant',
    ])
    expect(bench.admission.portUse('p1')).toEqual({ vsis: 2, bandwidth: 8e8 })
    expect(bench.ask('p1', asking(3, 5, ['7']))).toEqual(
      no(2, false, /^type 5 takes 400mbit, port p1 has 200mbit left$/),
    )
    expect(bench.ask('p1', asking(3, 7, ['7'])), 'more than the port ever has').toEqual(
      no(2, true, /takes 2gbit/),
    )
    expect(bench.ask('p1', asking(3, 6, ['7']))).toMatchObject(granted)
    expect(bench.ask('p1', asking(4, 6, ['7']))).toEqual(no(2, false, /^port p1 has 3 VSIs/))
    expect(bench.ask('p2', asking(4, 7, ['7'])), 'another port').toMatchObject(granted)
  })

  test('a change of what a VSI has counts only what it would have more', () => {
    const bench = new AdmissionBench({ limits: () => ({ vsis: 1, bandwidth: 1e9 }) })
    bench.types.put(
      { id: 5, maxVsis: 1, bandwidth: { rate: '700mbit' } },
      { id: 6, bandwidth: { rate: '900mbit' } },
    )
    expect(bench.ask('p1', asking(1, 5, ['7']))).toMatchObject(granted)
    expect(bench.ask('p1', asking(1, 5, ['8']))).toMatchObject(granted)
    expect(bench.ask('p1', asking(1, 6, ['8']))).toMatchObject(granted)
    expect(bench.admission.portUse('p1')).toEqual({ vsis: 1, bandwidth: 9e8 })
    bench.end('p1', 1)
    expect(bench.admission.portUse('p1')).toEqual({ vsis: 0, bandwidth: 0 })
    expect(bench.types.used.size).toBe(0)
  })

  test('a refused change leaves what was there, and a yes that the port did not take is taken back', () => {
    const bench = new AdmissionBench()
    bench.types.put({ id: 5, maxVsis: 1 }, { id: 6, maxVsis: 1 })
    bench.ask('p1', asking(1, 5, ['7']))
    bench.ask('p1', asking(2, 6, ['7']))
    expect(bench.ask('p1', asking(1, 6, ['7']))).toMatchObject({ outcome: 'refuse', error: 2 })
    bench.report('p1', keyOf(1), 'kept')
    expect(bench.admission.grant('p1', keyOf(1))?.type.typeId).toBe(5)
    bench.end('p1', 2)
    bench.admission.decide({ port: 'p1', vsi: keyOf(1), command: asking(1, 6, ['7']) }, () => {})
    expect(bench.admission.grant('p1', keyOf(1))?.type.typeId).toBe(6)
    bench.report('p1', keyOf(1), 'kept')
    expect(bench.admission.grant('p1', keyOf(1))?.type.typeId).toBe(5)
    expect(bench.ask('p1', asking(3, 6, ['7'])), 'the place is free').toMatchObject(granted)
  })
})

describe('a manager that takes its time', () => {
  test('keeps nobody else waiting, and is asked for what still counts only', () => {
    const bench = new AdmissionBench()
    bench.types.put({ id: 5 })
    bench.types.slow = true
    const answers: string[] = []
    const decide = (number: number, typeId = 5) =>
      bench.admission.decide(
        { port: 'p1', vsi: keyOf(number), command: asking(number, typeId, ['7']) },
        (answer) => answers.push(`${number} ${answer.outcome}`),
      )
    decide(1)
    decide(2)
    decide(2, 6)
    decide(3)
    expect([bench.types.asked, bench.admission.waiting]).toEqual([3, 3])
    bench.report('p1', keyOf(3), 'refused')
    expect(bench.types.asked, 'its resourceWaitDelay is over').toBe(2)
    bench.types.slow = false
    decide(4)
    expect(answers).toEqual(['4 grant'])
    bench.types.answerAll()
    expect(answers).toEqual(['4 grant', '1 grant', '2 refuse'])
    expect(bench.admission.waiting).toBe(0)
  })

  test('resources are given in the order of the answers, not of the questions', () => {
    const bench = new AdmissionBench()
    bench.types.put({ id: 5, maxVsis: 1 })
    bench.types.slow = true
    bench.ask('p1', asking(1, 5, ['7']))
    bench.types.slow = false
    expect(bench.ask('p1', asking(2, 5, ['7']))).toMatchObject(granted)
    bench.types.answerAll()
    expect(bench.admission.grant('p1', keyOf(1))).toBeUndefined()
  })

  test('a port that goes takes its questions and its VSIs with it', () => {
    const bench = new AdmissionBench()
    bench.types.put({ id: 5, maxVsis: 1 })
    bench.ask('p1', asking(1, 5, ['7']))
    bench.types.slow = true
    bench.ask('p1', asking(2, 5, ['7']))
    bench.admission.forget('p1')
    expect([bench.types.asked, bench.types.used.size]).toEqual([0, 0])
    bench.types.slow = false
    expect(bench.ask('p2', asking(3, 5, ['7']))).toMatchObject(granted)
  })
})

describe('a type that changes', () => {
  test('takes away what it no longer allows, and only that, in whatever state the VSI is', () => {
    const bench = new AdmissionBench()
    bench.types.put({ id: 5 }, { id: 6 })
    bench.ask('p1', asking(1, 5, ['100']))
    bench.ask('p2', asking(2, 5, ['101']))
    bench.ask('p2', asking(3, 5, ['102'], { type: PRE }))
    bench.ask('p2', asking(4, 6, ['103']))
    bench.types.put({ id: 5, vlans: [101] })
    bench.types.changed()
    expect(bench.withdrawn).toEqual([
      { port: 'p1', vsi: keyOf(1), code: 'type-withdrawn', detail: 'type 5 does not allow VLAN 100' },
      { port: 'p2', vsi: keyOf(3), code: 'type-withdrawn', detail: 'type 5 does not allow VLAN 102' },
    ])
    bench.types.types.delete('5')
    bench.types.changed()
    expect(bench.withdrawn.at(-1)).toMatchObject({ vsi: keyOf(2), detail: 'type 5:0 is not known' })
    expect(bench.withdrawn).toHaveLength(3)
  })

  test('gives the others what it has now; a lower number takes nothing away', () => {
    const bench = new AdmissionBench()
    bench.types.put({ id: 5, bandwidth: { rate: '1gbit' } })
    for (const number of [1, 2]) bench.ask('p1', asking(number, 5, ['7']))
    const changed: string[] = []
    bench.admission.onTrafficChange((port, vsi) => changed.push(`${port} ${vsi.slice(-1)}`))
    bench.types.put({ id: 5, maxVsis: 1, bandwidth: { rate: '2gbit', burst: '64kb' } })
    bench.types.changed()
    bench.types.changed()
    expect(changed).toEqual(['p1 1', 'p1 2'])
    expect(bench.admission.traffic('p1', keyOf(2))?.bandwidth).toEqual({ rate: 2e9, burst: 64_000 })
    expect(bench.admission.portUse('p1')).toEqual({ vsis: 2, bandwidth: 4e9 })
    expect(bench.withdrawn).toEqual([])
  })

  test('and cannot be asked for, takes nothing away', () => {
    const bench = new AdmissionBench()
    bench.types.put({ id: 5 })
    bench.ask('p1', asking(1, 5, ['7']))
    bench.types.unreachable = { why: 'gone', hard: false }
    bench.types.changed()
    expect(bench.withdrawn).toEqual([])
  })

  test('is over when its time is, and with its last VSI nothing waits any more', () => {
    const bench = new AdmissionBench()
    bench.types.put({ id: 5, validUntil: '2026-03-03' }, { id: 6, validUntil: '2026-03-03' })
    bench.ask('p1', asking(1, 5, ['7']))
    bench.ask('p1', asking(2, 6, ['7']))
    bench.end('p1', 2)
    bench.clock.advance(2 * DAY - 1)
    expect(bench.withdrawn).toEqual([])
    bench.clock.advance(1)
    expect(bench.withdrawn).toMatchObject([
      { vsi: keyOf(1), detail: expect.stringMatching(/was valid until/) },
    ])
    expect(bench.clock.next).toBe(Number.POSITIVE_INFINITY)
  })
})

describe('a VSI on two ports', () => {
  test('the newest Associate wins, and the other port is told', () => {
    const bench = new AdmissionBench()
    bench.types.put({ id: 5, maxVsis: 1 })
    expect(bench.ask('p1', asking(1, 5, ['7']))).toMatchObject(granted)
    expect(bench.ask('p2', asking(1, 5, ['7'], { type: RR })), 'one VSI, one place').toMatchObject(granted)
    expect(bench.withdrawn, 'so a migration begins').toEqual([])
    expect(bench.ask('p2', asking(1, 5, ['7']))).toMatchObject(granted)
    expect(bench.moves).toEqual(['1 p1 p2'])
    expect(bench.withdrawn).toEqual([
      { port: 'p1', vsi: keyOf(1), code: 'moved', detail: 'associated on port p2 since' },
    ])
    expect([bench.admission.portUse('p1').vsis, bench.admission.portUse('p2').vsis]).toEqual([0, 1])
    bench.ask('p1', asking(1, 5, ['7']))
    expect(bench.moves).toEqual(['1 p1 p2', '1 p2 p1'])
  })

  test('a pre-associated one is left alone by an Associate elsewhere', () => {
    const bench = new AdmissionBench()
    bench.types.put({ id: 5 })
    bench.ask('p1', asking(1, 5, ['7'], { type: PRE }))
    bench.ask('p2', asking(1, 5, ['7']))
    expect([bench.moves, bench.withdrawn]).toEqual([[], []])
  })

  test('a yes that its port has not taken wins over nobody', () => {
    const bench = new AdmissionBench()
    bench.types.put({ id: 5 })
    bench.ask('p1', asking(1, 5, ['7']))
    bench.admission.decide({ port: 'p2', vsi: keyOf(1), command: asking(1, 5, ['7']) }, () => {})
    expect(bench.moves).toEqual([])
    bench.report('p2', keyOf(1), 'refused')
    expect(bench.admission.grant('p1', keyOf(1))).toBeDefined()
  })
})
