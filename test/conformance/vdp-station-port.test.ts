import { beforeEach, describe, expect, it } from 'vitest'
import { RESP_WAIT, StationBench } from '../support/station-bench.ts'
import { command, configWith, DEASSOC, keyOf, PRE, PRE_RR, requests, tlv } from '../support/vdp.ts'

let bench: StationBench

beforeEach(() => {
  bench = new StationBench()
})

describe('VDP station: port and company', () => {
  it('#183 port down puts every VSI in INIT and stops its timers', () => {
    bench.granted()
    const pending = bench.station.request(command(2))
    bench.station.linkDown()
    expect(bench.view(1)).toMatchObject({ state: 'none', machine: 'INIT', reason: { code: 'link-down' } })
    expect(bench.view(2)).toMatchObject({ state: 'none', machine: 'INIT' })
    expect(bench.time.armed().filter(([id]) => id.includes('vdp.') || id.includes('ecp.'))).toEqual([])
    expect(bench.station.answerTo(pending)).toBeUndefined()
    bench.station.takeSent()
    bench.station.linkUp()
    expect(bench.sentTlvs().map(({ vsiId }) => vsiId.value)).toEqual([
      command(1).vsiId.value,
      command(2).vsiId.value,
    ])
    bench.bridgeSends(tlv(command(1), 0x40), tlv(command(2), 0x40))
    expect(bench.station.answerTo(pending)).toMatchObject({ outcome: 'granted' })
    expect(bench.view(1)).toMatchObject({ state: 'associated' })
  })

  it('#183 a command that waits when the port goes down is sent when it is back', () => {
    bench.granted(PRE)
    bench.station.request(command(1, { type: PRE_RR }))
    const waiting = bench.station.request(command(1))
    bench.station.linkDown()
    expect(bench.station.reports.at(-1)).toMatchObject({ outcome: 'refused', reason: { code: 'superseded' } })
    bench.station.takeSent()
    bench.station.linkUp()
    expect(bench.sentTlvs()).toEqual([tlv(command(1), 0)])
    bench.answer(command(1))
    expect(bench.station.answerTo(waiting)).toMatchObject({ outcome: 'granted', state: 'associated' })
  })

  it('#183 a De-Associate that waits when the port goes down is done', () => {
    bench.granted(PRE)
    bench.station.request(command(1))
    const released = bench.station.release(keyOf(1))
    bench.station.linkDown()
    expect(bench.station.answerTo(released)).toMatchObject({ outcome: 'released' })
    expect(bench.view()).toBeUndefined()
  })

  it('#178 #183 a De-Associate on the wire when the port goes down is done, and nothing asks for the VSI again', () => {
    bench.granted()
    const released = bench.station.release(keyOf(1))
    expect(bench.sentTlvs()).toHaveLength(1)
    bench.station.linkDown()
    expect(bench.station.answerTo(released)).toMatchObject({ outcome: 'released', state: 'none' })
    expect(bench.view()).toBeUndefined()
    bench.station.linkUp()
    bench.time.advance(60_000)
    expect(bench.sentTlvs()).toEqual([])
  })

  it('#183 what was asked for after that De-Associate is sent when the port is back', () => {
    bench.granted()
    const released = bench.station.release(keyOf(1))
    const waiting = bench.station.request(command(1, { typeVersion: 5 }))
    bench.station.linkDown()
    expect(bench.station.answerTo(released)).toMatchObject({ outcome: 'released' })
    bench.sentTlvs()
    bench.station.linkUp()
    expect(bench.sentTlvs()).toEqual([tlv(command(1, { typeVersion: 5 }), 0)])
    bench.answer(command(1, { typeVersion: 5 }))
    expect(bench.station.answerTo(waiting)).toMatchObject({ outcome: 'granted' })
  })

  it('#175 #183 a command that waits for the De-Associate of a refused keep-alive is sent when the port is back', () => {
    bench.keepAliveRefused()
    const waiting = bench.station.request(command(1, { typeVersion: 5 }))
    bench.station.linkDown()
    expect(bench.view()).toMatchObject({ state: 'none', machine: 'INIT' })
    bench.station.linkUp()
    expect(bench.sentTlvs()).toEqual([tlv(command(1, { typeVersion: 5 }), 0)])
    bench.answer(command(1, { typeVersion: 5 }))
    expect(bench.station.answerTo(waiting)).toMatchObject({ outcome: 'granted', state: 'associated' })
  })

  it('an exhausted ECPDU does not fail what was asked for after its answer came', () => {
    bench.acknowledge = false
    bench.station.request(command(1))
    bench.answer(command(1))
    const released = bench.station.release(keyOf(1))
    bench.time.advance(45)
    expect(bench.station.counters.EcpTxFailures).toBe(1)
    expect(bench.station.answerTo(released)).toBeUndefined()
    expect(bench.sentTlvs().at(-1)).toEqual(tlv(command(1, { type: DEASSOC }), 0))
  })

  it('#184 #185 VSIs of one ECPDU fare independently, answered in any order and grouping', () => {
    const commands = [1, 2, 3, 4].map((number) => command(number))
    bench.station.input(
      ...commands.map((asked, index) => ({
        type: 'vsi.requested' as const,
        ticket: index + 1,
        command: asked,
      })),
    )
    expect(requests(bench.station.takeSent()).map(({ tlvs }) => tlvs.length)).toEqual([4])
    bench.bridgeSends(tlv(commands[2]!, 0x40), tlv(commands[0]!, 0x42))
    bench.bridgeSends(tlv({ ...commands[1]!, type: DEASSOC }, 0x45))
    expect([1, 2, 3, 4].map((ticket) => bench.station.answerTo(ticket)?.outcome)).toEqual([
      'refused',
      'refused',
      'granted',
      undefined,
    ])
    bench.time.advance(RESP_WAIT + 1)
    expect(bench.station.answerTo(4)).toMatchObject({ outcome: 'refused', reason: { code: 'no-response' } })
    expect(bench.view(3)).toMatchObject({ state: 'associated' })
  })

  it('a full queue and a full table refuse in words', () => {
    bench = new StationBench(configWith({}, { maxQueued: 2, maxVsis: 4 }))
    const tickets = [1, 2, 3, 4].map((number) => bench.station.request(command(number)))
    expect(bench.station.answerTo(tickets[3]!)).toMatchObject({ reason: { code: 'queue-full' } })
    expect(bench.station.counters.VdpTxQueueFullCount).toBe(1)
    const full = new StationBench(configWith({}, { maxVsis: 1 })).station
    full.request(command(1))
    expect(full.answerTo(full.request(command(2)))).toMatchObject({ reason: { code: 'too-many-vsis' } })
  })
})
