/** What an answer repeats, and what of it is held against the request, field by field. */
import { describe, expect, it } from 'vitest'
import type { FilterEntry } from '../../protocol/vdp/filter-info.ts'
import { isFilledIn } from '../../protocol/vdp/filter-info.ts'
import { decodeUlpdu } from '../../protocol/vdp/ulpdu.ts'
import type { MacAddress } from '../../protocol/wire/mac-address.ts'
import { BridgeBench } from '../support/bridge-bench.ts'
import { StationBench } from '../support/station-bench.ts'
import { command } from '../support/vdp.ts'

const mac = '52:54:00:00:00:01' as MacAddress

describe('the answer of a bridge', () => {
  it('#187 repeats the manager ID of its request', () => {
    const bench = new BridgeBench()
    const managerId = `${'0'.repeat(30)}07`
    bench.ask(command(1, { managerId }))
    const [sent] = bench.sent()
    const ulpdu = decodeUlpdu(sent!.octets, 18)
    expect(ulpdu.ok && ulpdu.value.managerId).toBe(managerId)
  })
})

describe('the answer to a station', () => {
  it.each<[string, FilterEntry, FilterEntry]>([
    ['another PCP', { vid: 3, pcp: 2, mac, groupId: 7 }, { vid: 3, pcp: 5, mac, groupId: 7 }],
    ['no PCP', { vid: 3, pcp: 2, mac, groupId: 7 }, { vid: 3, mac, groupId: 7 }],
    ['another group ID', { vid: 3, mac, groupId: 7 }, { vid: 3, mac, groupId: 8 }],
  ])('#169 #170 with %s is not what was asked', (_, asked, answered) => {
    const filter = (entry: FilterEntry) => ({ format: 4, entries: [entry] }) as const
    expect(isFilledIn(filter(asked), filter(asked))).toBe(true)
    expect(isFilledIn(filter(asked), filter(answered))).toBe(false)
  })

  it('#169 with another PCP than the one that was asked ends the VSI', () => {
    const bench = new StationBench()
    const of = (pcp: number) => command(1, { filter: { format: 2, entries: [{ vid: 3, pcp, mac }] } })
    const ticket = bench.station.request(of(2))
    bench.answer(of(5))
    expect(bench.station.answerTo(ticket)).toMatchObject({ reason: { code: 'response-mismatch' } })
  })
})
