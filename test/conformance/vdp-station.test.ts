import { beforeEach, describe, expect, it } from 'vitest'
import type { MacAddress } from '../../protocol/wire/mac-address.ts'
import { KEEP_ALIVE, RESP_WAIT, StationBench } from '../support/station-bench.ts'
import { ASSOC, command, DEASSOC, PRE, PRE_RR, tlv } from '../support/vdp.ts'

let bench: StationBench

beforeEach(() => {
  bench = new StationBench()
})

describe('VDP station: requests', () => {
  it.each([
    ['none', 0x00],
    ['migrating', 0x10],
    ['suspended', 0x20],
  ] as const)('#156 #157 a request with hint %s has status %i', (hint, status) => {
    bench.station.request(command(1, { hint }))
    expect(bench.sentTlvs()[0]!.status).toBe(status)
  })

  it('#158 ignores a TLV with Req/Ack 0 that is no De-Associate', () => {
    const ticket = bench.station.request(command())
    for (const type of [PRE, PRE_RR, ASSOC] as const) bench.bridgeSends(tlv(command(1, { type }), 0x00))
    expect(bench.station.answerTo(ticket)).toBeUndefined()
    expect(bench.station.counters.VdpRxTlvDiscardCount).toBe(3)
    bench.answer(command())
    expect(bench.station.answerTo(ticket)).toMatchObject({ outcome: 'granted', state: 'associated' })
  })

  it('#159 #160 a request that ECP acknowledged and nobody answered ends after respWaitDelay', () => {
    const ticket = bench.station.request(command())
    bench.time.advance(RESP_WAIT - 0.01)
    expect(bench.station.answerTo(ticket)).toBeUndefined()
    bench.time.advance(0.02)
    expect(bench.station.answerTo(ticket)).toMatchObject({
      outcome: 'refused',
      state: 'none',
      reason: { code: 'no-response' },
    })
    expect(bench.sentTlvs()).toHaveLength(1)
    expect(bench.view()).toBeUndefined()
  })

  it('#161 accepts a response without the acknowledgement of the request', () => {
    bench.acknowledge = false
    const ticket = bench.station.request(command())
    bench.answer(command())
    expect(bench.station.answerTo(ticket)).toMatchObject({ outcome: 'granted' })
    bench.time.advance(1000)
    expect(bench.station.counters.EcpTxFailures).toBe(1)
    expect(bench.view()).toMatchObject({ state: 'associated' })
  })

  it.each([
    [PRE, 'preassociated'],
    [PRE_RR, 'preassociated-rr'],
    [ASSOC, 'associated'],
  ] as const)('#162 #179 error 0 to type %i leads from INIT to %s', (type, state) => {
    bench.granted(type)
    expect(bench.view()).toMatchObject({ state, machine: 'WAIT_SYSTEM_CMD' })
  })

  it.each([
    [0x41, 'invalid-format', false],
    [0x42, 'insufficient-resources', false],
    [0x43, 'manager-unreachable', false],
    [0x44, 'other-failure', false],
    [0x55, 'invalid-filter', true],
    [0x4f, 'other-failure', false],
  ])('#163 status %i ends the VSI with its reason', (status, code, hard) => {
    const ticket = bench.station.request(command())
    bench.answer(command(), status)
    const reason = { code, vdpError: status & 15, ...(hard && { hard }) }
    expect(bench.station.answerTo(ticket)).toMatchObject({ outcome: 'refused', state: 'none', reason })
    expect(bench.view()).toBeUndefined()
  })

  it.each([
    [0x40, 'deassociated-by-bridge'],
    [0x42, 'insufficient-resources'],
  ])('#164 a De-Associate with status %i in answer to any request ends the VSI', (status, code) => {
    for (const type of [PRE, PRE_RR, ASSOC] as const) {
      const ticket = bench.station.request(command(1, { type }))
      bench.time.advance(0)
      bench.bridgeSends(tlv(command(1, { type: DEASSOC }), status))
      expect(bench.station.answerTo(ticket)).toMatchObject({ outcome: 'refused', reason: { code } })
    }
  })

  it('#165 Keep leaves an associated VSI associated with its previous parameters', () => {
    const before = bench.granted()
    const changed = command(1, {
      filter: { format: 2, entries: [{ vid: 9, mac: '52:54:00:00:00:09' as MacAddress }] },
    })
    const ticket = bench.station.request(changed)
    bench.answer(changed, 0x62)
    expect(bench.station.answerTo(ticket)).toMatchObject({
      outcome: 'kept',
      state: 'associated',
      command: before,
    })
    expect(bench.station.answerTo(ticket)!.reason).toEqual({ code: 'insufficient-resources', vdpError: 2 })
    bench.time.advance(KEEP_ALIVE)
    expect(bench.sentTlvs().at(-1)).toEqual(tlv(before, 0))
  })

  it.each([PRE, PRE_RR, ASSOC] as const)(
    '#166 Keep on a VSI that was not associated ends it (type %i)',
    (type) => {
      const ticket = bench.station.request(command(1, { type }))
      bench.answer(command(1, { type }), 0x62)
      expect(bench.station.answerTo(ticket)).toMatchObject({ outcome: 'refused', state: 'none' })
    },
  )

  it('#166 also when it was only pre-associated', () => {
    bench.granted(PRE)
    const ticket = bench.station.request(command())
    bench.answer(command(), 0x62)
    expect(bench.station.answerTo(ticket)).toMatchObject({ outcome: 'refused', state: 'none' })
  })

  it.each([0x60, 0x50, 0x70])('#167 Keep or Hard with error 0 is success (status %i)', (status) => {
    const ticket = bench.station.request(command())
    bench.answer(command(), status)
    expect(bench.station.answerTo(ticket)).toMatchObject({ outcome: 'granted' })
  })
})
