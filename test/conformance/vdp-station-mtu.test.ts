import { beforeEach, describe, expect, it } from 'vitest'
import type { VsiCommand } from '../../protocol/vdp/command.ts'
import { KEEP_ALIVE, StationBench } from '../support/station-bench.ts'
import { ASSOC, command, requests } from '../support/vdp.ts'

let bench: StationBench

beforeEach(() => {
  bench = new StationBench()
})

describe('VDP station: an interface with a small MTU', () => {
  const vids = (count: number): Pick<VsiCommand, 'filter'> => ({
    filter: { format: 1, entries: Array.from({ length: count }, (_, index) => ({ vid: index + 1 })) },
  })
  const shrink = () =>
    bench.station.input({ type: 'link.changed', up: true, mac: bench.station.mac, mtu: 500 })

  it('refuses what does not fit a frame before it is sent, and keeps what is in force', () => {
    bench.granted()
    shrink()
    const ticket = bench.station.request(command(1, vids(240)))
    expect(bench.station.answerTo(ticket)).toMatchObject({
      outcome: 'kept',
      state: 'associated',
      reason: { code: 'mtu-too-small' },
    })
    expect(bench.sentTlvs()).toEqual([])
    expect(bench.view()).toMatchObject({ state: 'associated', command: command() })
  })

  it('sends more ECPDUs instead of larger ones', () => {
    shrink()
    for (let number = 1; number <= 20; number++) bench.station.request(command(number))
    for (let count = 0; count < 20; count++) bench.time.advance(1)
    const frames = requests(bench.station.takeSent())
    expect(frames.flatMap(({ tlvs }) => tlvs)).toHaveLength(20)
    expect(Math.max(...frames.map(({ octets }) => octets.length))).toBeLessThanOrEqual(514)
  })

  it('says why a VSI is lost that no longer fits', () => {
    bench.granted(ASSOC, vids(240))
    shrink()
    bench.acknowledge = false
    bench.time.advance(2 * KEEP_ALIVE)
    expect(bench.station.reports.at(-1)).toMatchObject({ outcome: 'lost', reason: { code: 'mtu-too-small' } })
  })
})
