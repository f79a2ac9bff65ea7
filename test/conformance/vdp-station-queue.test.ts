import { beforeEach, describe, expect, it } from 'vitest'
import type { VsiCommand } from '../../protocol/vdp/command.ts'
import { KEEP_ALIVE, StationBench } from '../support/station-bench.ts'
import { command, DEASSOC, keyOf, tlv } from '../support/vdp.ts'

let bench: StationBench

beforeEach(() => {
  bench = new StationBench()
})

const other = command(1, {
  filter: { ...command().filter, entries: [{ ...command().filter.entries[0]!, vid: 9 }] },
})

describe('VDP station: TLVs that wait for an ECPDU', () => {
  it('#164 #176 a De-Associate of the bridge ends the VSI, and its TLV is not sent any more', () => {
    bench.blockEcp()
    const ticket = bench.station.request(command())
    bench.bridgeSends(tlv(command(1, { type: DEASSOC }), 0x00))
    expect(bench.station.answerTo(ticket)).toMatchObject({
      outcome: 'refused',
      reason: { code: 'deassociated-by-bridge' },
    })
    bench.freeEcp()
    bench.time.advance(100)
    expect(bench.sentTlvs()).toEqual([])
  })

  it('#176 nor is its keep-alive', () => {
    bench.granted()
    bench.time.advance(KEEP_ALIVE - 1)
    bench.blockEcp()
    bench.time.advance(2)
    expect(bench.view()).toMatchObject({ machine: 'TRANSMIT_KEEPALIVE' })
    bench.bridgeSends(tlv(command(1, { type: DEASSOC }), 0x00))
    bench.freeEcp()
    bench.time.advance(100)
    expect(bench.sentTlvs()).toEqual([])
  })

  it('#181 an answer that comes before the repeated Associate was sent does not answer it', () => {
    const asked = bench.granted()
    bench.blockEcp()
    const ticket = bench.station.request(asked)
    bench.answer(asked)
    expect(bench.station.answerTo(ticket)).toBeUndefined()
    expect(bench.station.counters.VdpRxTlvDiscardCount).toBe(1)
    bench.freeEcp()
    expect(bench.sentTlvs()).toEqual([tlv(asked, 0)])
    bench.answer(asked)
    expect(bench.station.answerTo(ticket)).toMatchObject({ outcome: 'granted' })
    bench.sentTlvs()
    bench.time.advance(KEEP_ALIVE - 1)
    expect(bench.sentTlvs()).toEqual([])
    bench.time.advance(2)
    expect(bench.sentTlvs()).toEqual([tlv(asked, 0)])
  })

  it('#169 an answer to what was asked before a change that waits is no mismatch', () => {
    const asked = bench.granted()
    bench.blockEcp()
    const ticket = bench.station.request(other)
    bench.answer(asked)
    bench.bridgeSends(tlv(command(1, { type: DEASSOC }), 0x42))
    expect(bench.station.answerTo(ticket)).toBeUndefined()
    bench.freeEcp()
    bench.answer(other)
    expect(bench.station.answerTo(ticket)).toMatchObject({ outcome: 'granted', command: other })
  })

  it('#178 a De-Associate that waits is done when the bridge ends the VSI by itself', () => {
    bench.granted()
    bench.blockEcp()
    const released = bench.station.release(keyOf(1))
    bench.answer(command())
    expect(bench.station.answerTo(released)).toBeUndefined()
    bench.bridgeSends(tlv(command(1, { type: DEASSOC }), 0x00))
    expect(bench.station.answerTo(released)).toMatchObject({ outcome: 'released' })
    bench.freeEcp()
    bench.time.advance(100)
    expect(bench.sentTlvs()).toEqual([])
  })

  it.each([
    ['another VID', { filter: { format: 2, entries: [{ ...command().filter.entries[0]!, vid: 9 }] } }],
    ['a PCP', { filter: { format: 2, entries: [{ ...command().filter.entries[0]!, pcp: 5 }] } }],
    ['one organisation TLV more', { organizational: [{ oui: '00000c', data: 'f1' }] }],
    ['a hint', { hint: 'migrating' }],
  ] satisfies [string, Partial<VsiCommand>][])(
    '#181 a request that differs by %s only from the one under way is one of its own',
    (_, changes) => {
      bench.station.request(command())
      bench.time.advance(0)
      const ticket = bench.station.request(command(1, changes))
      bench.sentTlvs()
      bench.answer(command())
      bench.time.advance(0)
      expect(bench.station.answerTo(ticket)).toBeUndefined()
      expect(bench.sentTlvs()).toHaveLength(1)
    },
  )

  it('#181 the same request again is answered with the one under way', () => {
    const tickets = [bench.station.request(command()), bench.station.request(command())]
    bench.time.advance(0)
    expect(bench.sentTlvs()).toHaveLength(1)
    bench.answer(command())
    bench.time.advance(0)
    expect(bench.sentTlvs()).toEqual([])
    for (const ticket of tickets) expect(bench.station.answerTo(ticket)).toMatchObject({ outcome: 'granted' })
  })
})
