import { beforeEach, describe, expect, it } from 'vitest'
import { KEEP_ALIVE, RESP_WAIT, StationBench } from '../support/station-bench.ts'
import { ASSOC, DEASSOC, PRE, PRE_RR, requests, tlv } from '../support/vdp.ts'

let bench: StationBench

beforeEach(() => {
  bench = new StationBench()
})

describe('VDP station: keep-alive', () => {
  it.each([PRE, PRE_RR, ASSOC] as const)(
    '#172 #173 repeats the request T(RKA) after the last response (type %i)',
    (type) => {
      const asked = bench.granted(type)
      for (let round = 0; round < 3; round++) {
        bench.time.advance(KEEP_ALIVE - 0.01)
        expect(bench.sentTlvs()).toEqual([])
        bench.time.advance(0.02)
        expect(bench.sentTlvs()).toEqual([tlv(asked, 0)])
        bench.time.advance(5)
        bench.answer(asked)
      }
      expect(bench.view()!.counters.keepAlives).toBe(3)
    },
  )

  it('#174 without a response ends after respWaitDelay', () => {
    bench.granted()
    bench.time.advance(KEEP_ALIVE)
    bench.time.advance(RESP_WAIT - 0.01)
    expect(bench.view()).toMatchObject({ state: 'associated', machine: 'TRANSMIT_KEEPALIVE' })
    bench.time.advance(0.02)
    expect(bench.view()).toMatchObject({ state: 'none', machine: 'INIT', reason: { code: 'no-response' } })
    expect(bench.station.reports.at(-1)).toMatchObject({
      outcome: 'lost',
      state: 'none',
      reason: { code: 'no-response' },
    })
  })

  it('#175 Keep with an error makes the station de-associate', () => {
    const asked = bench.granted()
    bench.time.advance(KEEP_ALIVE)
    bench.answer(asked, 0x62)
    expect(bench.sentTlvs().at(-1)).toEqual(tlv({ ...asked, type: DEASSOC }, 0))
    bench.bridgeSends(tlv({ ...asked, type: DEASSOC }, 0x40))
    expect(bench.station.reports.at(-1)).toMatchObject({
      outcome: 'lost',
      reason: { code: 'insufficient-resources' },
    })
    expect(bench.view()).toBeUndefined()
  })

  it('#163 an error without Keep on a keep-alive ends the VSI for good', () => {
    const asked = bench.granted()
    bench.time.advance(KEEP_ALIVE)
    bench.answer(asked, 0x43)
    expect(bench.station.reports.at(-1)).toMatchObject({
      outcome: 'lost',
      reason: { code: 'manager-unreachable' },
    })
    bench.time.advance(60_000)
    expect(bench.sentTlvs()).toHaveLength(1)
  })

  it('a lost VSI is asked for again, less and less often, until it is granted', () => {
    const asked = bench.granted()
    bench.acknowledge = false
    bench.time.advance(KEEP_ALIVE + 45)
    expect(bench.station.reports.at(-1)).toMatchObject({
      outcome: 'lost',
      reason: { code: 'ecp-no-acknowledgement' },
    })
    bench.station.takeSent()
    bench.time.advance(8000)
    const tries = requests(bench.station.takeSent()).length / 4
    expect(tries).toBe(3)
    expect(bench.station.reports.filter(({ outcome }) => outcome === 'lost')).toHaveLength(1)
    bench.acknowledge = true
    while (bench.sentTlvs().length === 0) bench.time.advance(100)
    bench.answer(asked)
    expect(bench.station.reports.at(-1)).toMatchObject({
      outcome: 'granted',
      state: 'associated',
      tickets: [],
    })
  })
})
