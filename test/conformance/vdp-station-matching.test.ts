import { beforeEach, describe, expect, it } from 'vitest'
import type { VsiCommand } from '../../protocol/vdp/command.ts'
import type { MacAddress } from '../../protocol/wire/mac-address.ts'
import { KEEP_ALIVE, StationBench } from '../support/station-bench.ts'
import { command, DEASSOC, keyOf, PRE, tlv, ulpdu } from '../support/vdp.ts'

let bench: StationBench

beforeEach(() => {
  bench = new StationBench()
})

describe('VDP station: matching responses', () => {
  const nullVid = (vid: number, pcp?: number): VsiCommand =>
    command(1, {
      filter: {
        format: 2,
        entries: [{ vid, ...(pcp !== undefined && { pcp }), mac: '52:54:00:00:00:01' as MacAddress }],
      },
    })

  it('#168 adopts VID and PCP of the bridge and sends them from then on', () => {
    const ticket = bench.station.request(nullVid(0))
    bench.answer(nullVid(200, 3))
    expect(bench.station.answerTo(ticket)!.command).toEqual(nullVid(200, 3))
    bench.sentTlvs()
    bench.time.advance(KEEP_ALIVE)
    expect(bench.sentTlvs()).toEqual([tlv(nullVid(200, 3), 0)])
    bench.answer(nullVid(200, 3))
    bench.station.release(keyOf(1))
    expect(bench.sentTlvs()).toEqual([tlv({ ...nullVid(200, 3), type: DEASSOC }, 0)])
  })

  it('#168 sends them also when it is asked for the same once more, with the VID left open', () => {
    bench.station.request(nullVid(0))
    bench.answer(nullVid(200, 3))
    bench.sentTlvs()
    const again = bench.station.request(nullVid(0))
    bench.time.advance(20)
    expect(bench.sentTlvs()).toEqual([tlv(nullVid(200, 3), 0)])
    bench.answer(nullVid(200, 3))
    expect(bench.station.answerTo(again)).toMatchObject({ outcome: 'granted', command: nullVid(200, 3) })
    bench.station.request({ ...nullVid(0), type: PRE })
    bench.time.advance(20)
    expect(bench.sentTlvs()).toEqual([tlv({ ...nullVid(200, 3), type: PRE }, 0)])
  })

  it('#168 but leaves the VID open for another VSI type', () => {
    bench.station.request(nullVid(0))
    bench.answer(nullVid(200, 3))
    bench.sentTlvs()
    bench.station.request({ ...nullVid(0), typeVersion: 9 })
    bench.time.advance(20)
    expect(bench.sentTlvs()).toEqual([tlv({ ...nullVid(0), typeVersion: 9 }, 0)])
  })

  it('#144 #169 a response that fills in VID 4095 ends the VSI', () => {
    const ticket = bench.station.request(nullVid(0))
    bench.answer(nullVid(4095))
    expect(bench.station.answerTo(ticket)).toMatchObject({
      outcome: 'refused',
      reason: { code: 'response-mismatch' },
    })
    bench.time.advance(60_000)
    expect(bench.sentTlvs()).toHaveLength(1)
  })

  it('#169 a response that changes a VID that was not null ends the VSI', () => {
    const ticket = bench.station.request(nullVid(3))
    bench.answer(nullVid(4))
    expect(bench.station.answerTo(ticket)).toMatchObject({
      outcome: 'refused',
      reason: { code: 'response-mismatch' },
    })
  })

  it.each([
    ['another MAC', [{ vid: 3, mac: '52:54:00:00:00:02' }]],
    [
      'another number of entries',
      [
        { vid: 3, mac: '52:54:00:00:00:01' },
        { vid: 3, mac: '52:54:00:00:00:02' },
      ],
    ],
  ])('#170 a response with %s ends the VSI', (_, entries) => {
    const ticket = bench.station.request(nullVid(3))
    bench.answer(
      command(1, { filter: { format: 2, entries: entries as unknown as VsiCommand['filter']['entries'] } }),
    )
    expect(bench.station.answerTo(ticket)).toMatchObject({
      outcome: 'refused',
      reason: { code: 'response-mismatch' },
    })
  })

  it('#171 a response with another type ID, version, VSIID or manager is not taken for the pending request', () => {
    const ticket = bench.station.request(command())
    bench.answer(command(1, { typeId: 5 }))
    bench.answer(command(1, { typeVersion: 5 }))
    bench.answer(command(2))
    const octets = ulpdu(tlv(command(), 0x40))
    octets[2] = 9
    bench.bridgeSendsUlpdu(octets)
    expect(bench.station.answerTo(ticket)).toBeUndefined()
    expect(bench.view()).toMatchObject({ machine: 'STATION_PROCESSING' })
    bench.answer(command())
    expect(bench.station.answerTo(ticket)).toMatchObject({ outcome: 'granted' })
  })
})
