import { beforeEach, describe, expect, it } from 'vitest'
import { RESP_WAIT, StationBench } from '../support/station-bench.ts'
import { command, configWith, DEASSOC, keyOf, PRE, PRE_RR, tlv, ulpdu } from '../support/vdp.ts'

let bench: StationBench

beforeEach(() => {
  bench = new StationBench()
})

describe('VDP station: De-Associate', () => {
  it('#176 of the bridge with Req/Ack 0 ends the VSI without VDP answer', () => {
    const asked = bench.granted()
    bench.bridgeSends(tlv({ ...asked, type: DEASSOC }, 0x00))
    expect(bench.station.reports.at(-1)).toMatchObject({
      outcome: 'lost',
      reason: { code: 'deassociated-by-bridge' },
    })
    expect(bench.sentTlvs()).toEqual([])
    expect(bench.view()).toBeUndefined()
  })

  it.each([
    ['no entries', 26, 0],
    ['an unknown filter format', 24, 9],
  ])('#176 of the bridge with %s ends it: the VSIID says which', (_, offset, value) => {
    const asked = bench.granted()
    for (const [status, ended] of [
      [0x00, 'lost'],
      [0x42, 'refused'],
    ] as const) {
      if (ended === 'refused') {
        bench.station.request(asked)
        bench.time.advance(0)
      }
      const octets = ulpdu(tlv({ ...asked, type: DEASSOC }, status))
      octets[18 + offset] = value
      bench.bridgeSendsUlpdu(octets)
      expect(bench.station.reports.at(-1)).toMatchObject({ outcome: ended, state: 'none' })
      expect(bench.view()).toBeUndefined()
    }
  })

  it('an answer whose filter cannot be read is none', () => {
    const ticket = bench.station.request(command())
    const octets = ulpdu(tlv(command(), 0x40))
    octets[18 + 24] = 9
    bench.bridgeSendsUlpdu(octets)
    expect(bench.station.answerTo(ticket)).toBeUndefined()
    expect(bench.station.counters.VdpRxTlvDiscardCount).toBe(1)
  })

  it('#177 of the bridge with Req/Ack 1 while idle ends it as well', () => {
    const asked = bench.granted()
    bench.bridgeSends(tlv({ ...asked, type: DEASSOC }, 0x40))
    expect(bench.station.reports.at(-1)).toMatchObject({
      outcome: 'lost',
      reason: { code: 'deassociated-by-bridge' },
    })
  })

  it('#178 as a command ends in INIT with the response', () => {
    const asked = bench.granted()
    const ticket = bench.station.release(keyOf(1))
    expect(bench.sentTlvs()).toEqual([tlv({ ...asked, type: DEASSOC }, 0)])
    bench.bridgeSends(tlv({ ...asked, type: DEASSOC }, 0x40))
    expect(bench.station.answerTo(ticket)).toMatchObject({ outcome: 'released', state: 'none' })
    expect(bench.view()).toBeUndefined()
  })

  it('#178 or after respWaitDelay at the latest', () => {
    bench.granted()
    const ticket = bench.station.release(keyOf(1))
    bench.time.advance(RESP_WAIT + 0.01)
    expect(bench.station.answerTo(ticket)).toMatchObject({ outcome: 'released', state: 'none' })
    expect(bench.time.armed()).not.toContainEqual(expect.arrayContaining([expect.stringContaining('vdp.')]))
  })

  it('#182 of an unknown VSI is refused locally', () => {
    const ticket = bench.station.release(keyOf(7))
    const other = bench.station.request(command(7, { type: DEASSOC }))
    for (const refused of [ticket, other]) {
      expect(bench.station.answerTo(refused)).toMatchObject({
        outcome: 'refused',
        reason: { code: 'unknown-vsi' },
      })
    }
    expect(bench.sentTlvs()).toEqual([])
  })
})

describe('VDP station: commands in sequence', () => {
  it.each([PRE, PRE_RR] as const)('#180 Associate follows Pre-Associate (type %i)', (type) => {
    bench.granted(type)
    const ticket = bench.station.request(command())
    bench.answer(command())
    expect(bench.station.answerTo(ticket)).toMatchObject({ outcome: 'granted', state: 'associated' })
  })

  it('#181 a repeated Associate of an associated VSI is sent again', () => {
    const asked = bench.granted()
    const ticket = bench.station.request(asked)
    expect(bench.sentTlvs()).toEqual([tlv(asked, 0)])
    bench.answer(asked)
    expect(bench.station.answerTo(ticket)).toMatchObject({ outcome: 'granted' })
  })

  it('a command during another waits for its end; an identical one shares its answer', () => {
    const first = bench.station.request(command(1, { type: PRE }))
    const same = bench.station.request(command(1, { type: PRE }))
    const next = bench.station.request(command(1))
    expect(bench.sentTlvs()).toHaveLength(1)
    bench.answer(command(1, { type: PRE }))
    expect(bench.station.answerTo(first)).toBe(bench.station.answerTo(same))
    bench.time.advance(0)
    bench.answer(command(1))
    expect(bench.station.answerTo(next)).toMatchObject({ outcome: 'granted', state: 'associated' })
  })

  it('a newer command replaces one that waits, and says so', () => {
    bench.station.request(command(1, { type: PRE }))
    const replaced = bench.station.request(command(1))
    const newest = bench.station.release(keyOf(1))
    expect(bench.station.answerTo(replaced)).toMatchObject({
      outcome: 'refused',
      reason: { code: 'superseded' },
    })
    bench.answer(command(1, { type: PRE }))
    bench.time.advance(0)
    bench.bridgeSends(tlv(command(1, { type: DEASSOC }), 0x40))
    expect(bench.station.answerTo(newest)).toMatchObject({ outcome: 'released' })
  })

  it('what is refused here leaves what is in force, and says so', () => {
    const before = bench.granted()
    const first = bench.station.request(command(1, { typeVersion: 9 }))
    const replaced = bench.station.request(command(1, { typeVersion: 10 }))
    bench.station.request(command(1, { typeVersion: 11 }))
    expect(bench.station.answerTo(replaced)).toMatchObject({
      outcome: 'kept',
      state: 'associated',
      command: before,
      reason: { code: 'superseded' },
    })
    expect(bench.view()!.reason).toBeUndefined()
    expect(bench.station.answerTo(first)).toBeUndefined()
  })

  it.each([
    ['invalid-filter', { format: 1, entries: Array.from({ length: 244 }, () => ({ vid: 3 })) }],
    ['group-ids-not-agreed', { format: 3, entries: [{ vid: 3, groupId: 7 }] }],
  ] as const)('#70 a filter that cannot be sent (%s) too, and the VSI keeps the reason', (code, filter) => {
    const before = bench.granted()
    const ticket = bench.station.request(command(1, { filter }))
    expect(bench.station.answerTo(ticket)).toMatchObject({
      outcome: 'kept',
      state: 'associated',
      command: before,
      reason: { code },
    })
    expect(bench.view()).toMatchObject({ state: 'associated', command: before, reason: { code } })
    expect(bench.sentTlvs()).toEqual([])
  })

  it('a full queue too', () => {
    bench = new StationBench(configWith({}, { maxQueued: 1 }))
    bench.granted()
    bench.blockEcp()
    bench.station.request(command(2))
    const ticket = bench.station.request(command(1, { typeVersion: 9 }))
    expect(bench.station.answerTo(ticket)).toMatchObject({
      outcome: 'kept',
      state: 'associated',
      reason: { code: 'queue-full' },
    })
    expect(bench.view(1)!.reason).toEqual({ code: 'queue-full' })
  })
})
