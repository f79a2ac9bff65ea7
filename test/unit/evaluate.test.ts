import { describe, expect, test } from 'vitest'
import type { FilterEntry } from '../../protocol/vdp/filter-info.ts'
import { evaluate } from '../../src/admission/evaluate.ts'
import { formatFilter } from '../../src/control/filter-text.ts'
import type { VsiTypeInput } from '../../src/control/schema/vsi-type.ts'
import { asking, typeOf } from '../support/admission-bench.ts'

const NOW = Date.parse('2026-03-01T12:00:00Z')
type Case = [type: Omit<VsiTypeInput, 'id'>, filter: string[], outcome: string[] | string]

/** The filter that is granted, or error and detail. */
function said(type: Omit<VsiTypeInput, 'id'>, filter: string[], assignVid: number | 'none' = 1) {
  const decision = evaluate(typeOf({ id: 5, ...type }), asking(1, 5, filter).filter, { assignVid, now: NOW })
  if (decision.outcome === 'grant') return formatFilter(decision.filter)
  return `${decision.error}${decision.hard ? ' hard' : ''}: ${decision.detail}`
}

const A = '52:54:00:00:00:01'
const B = '52:54:00:00:00:02'

describe('a request against its VSI type', () => {
  test('is granted as it is when the type says nothing', () => {
    expect(said({}, [`${A}/7@3`, `${B}/8`])).toEqual([`${A}/7@3`, `${B}/8`])
  })

  test.each<Case>([
    [{}, [`${A}@3`, `${B}/7`], [`${A}/1@3`, `${B}/7`]],
    [{ assign: { vid: 200, pcp: 5 } }, [A], [`${A}/200@5`]],
    [{ assign: { vid: 200, pcp: 5 } }, [`${A}/any@2`], [`${A}/200@2`]],
    [{ assign: { vid: 200, pcp: 5 } }, [`${A}/201`], [`${A}/201`]],
    [{ vlans: [100] }, [A], [`${A}/100`]],
    [{ vlans: [100], assign: { pcp: 4 } }, [A], [`${A}/100@4`]],
    [{ vlans: ['1-9'] }, [A], [`${A}/1`]],
    [{ vlans: ['100-199'], assign: { vid: 200 } }, ['any'], ['200']],
    [{ vlans: ['100-199'], assign: { vid: 200 } }, ['200'], ['200']],
    [{ groups: { 5000: { vid: 300, pcp: 6 }, 6000: null } }, ['group:5000/any'], ['group:5000/300@6']],
    [{ groups: { 5000: { vid: 300, pcp: 6 } } }, ['group:5000/300'], ['group:5000/300@6']],
    [
      { vlans: ['100-199'], groups: { 5000: { vid: 300 } } },
      [`group:5000/${A}/any`],
      [`group:5000/${A}/300`],
    ],
    [{ groups: { 6000: null }, assign: { vid: 40 } }, ['group:6000/any'], ['group:6000/40']],
  ])('#198 what is left open is filled in: %j, %j', (type, filter, granted) => {
    expect(said(type, filter)).toEqual(granted)
  })

  test.each<Case>([
    [{ vlans: ['100-199'] }, [`${A}/99`], '5 hard: type 5 does not allow VLAN 99'],
    [
      { vlans: ['100-199'], version: 2, name: 'web' },
      [`${A}/200`],
      '5 hard: type 5:2 "web" does not allow VLAN 200',
    ],
    [{ vlans: [100, 101] }, [A], '5 hard: type 5 does not allow VLAN 1'],
    [{ macs: ['52:54:01'] }, [`${A}/1`], `5 hard: type 5 does not allow MAC ${A}`],
    [{ macs: [B, '52:54:00:00:01'] }, [`${B}/1`, `${A}/1`], `5 hard: type 5 does not allow MAC ${A}`],
    [{ macs: ['52:54:00'] }, ['7'], '5 hard: type 5 does not allow a filter without MAC addresses'],
    [{ groups: { 5000: null } }, ['group:5001/any'], '5 hard: type 5 does not allow group 5001'],
    [
      { groups: { 5000: { vid: 300 } } },
      ['group:5000/301'],
      '5 hard: type 5 has VLAN 300 for group 5000, not 301',
    ],
    [{ manager: 11, vlans: [1] }, ['2'], '5 hard: type 5 of manager 11 does not allow VLAN 2'],
  ])('#199 #201 what it does not allow is refused with error 5 for good: %j, %j', (type, filter, why) => {
    expect(said(type, filter)).toEqual(why)
  })

  test('MAC addresses may be given by how they begin', () => {
    for (const macs of [['52:54:00'], ['52'], [A], ['52-54-00-00-00'], ['aa:bb', A.toUpperCase()]]) {
      expect(said({ macs }, [`${A}/1`])).toEqual([`${A}/1`])
    }
  })

  test('#198 #199 an open VLAN that nobody assigns is refused with error 5', () => {
    expect(said({}, [A], 'none')).toBe('5 hard: type 5 assigns no VLAN, and the request leaves it open')
    expect(said({ assign: { vid: 9 } }, [A], 'none')).toEqual([`${A}/9`])
    expect(said({}, [`${A}/9`], 'none')).toEqual([`${A}/9`])
    expect(said({}, [A], 200)).toEqual([`${A}/200`])
  })

  test('#201 before its time a type is refused for now, after it for good', () => {
    expect(said({ validFrom: '2026-03-02' }, ['7'])).toBe('4: type 5 is valid from 2026-03-02T00:00:00.000Z')
    expect(said({ validUntil: '2026-03-01T13:00:00+01:00' }, ['7'])).toBe(
      '4 hard: type 5 was valid until 2026-03-01T12:00:00.000Z',
    )
    expect(said({ validFrom: '2026-03-01T12:00:00Z', validUntil: '2026-03-01T12:00:01Z' }, ['7'])).toEqual([
      '7',
    ])
  })

  test('an answer fills in only what was open, entry by entry', () => {
    const asked = asking(1, 5, [`${A}/7@3`, B]).filter
    const decision = evaluate(typeOf({ id: 5, assign: { vid: 9, pcp: 1 } }), asked, {
      assignVid: 1,
      now: NOW,
    })
    const entries: readonly FilterEntry[] = decision.outcome === 'grant' ? decision.filter.entries : []
    expect(entries).toEqual([asked.entries[0], { ...asked.entries[1], vid: 9, pcp: 1 }])
  })
})
