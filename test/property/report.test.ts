/** Whatever a capture holds, its report holds together: nothing throws, nothing points nowhere, nothing is HTML. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type CapturedPacket, ETHERNET } from '../../src/pcap/captured-packet.ts'
import { DEFAULT_LIMITS, ReportBuilder } from '../../src/report/build-model.ts'
import type { ReportModel } from '../../src/report/model.ts'
import { toRows } from '../../src/report/page/grouping.ts'
import { renderPage } from '../../src/report/page.ts'
import { EXAMPLE_FRAMES } from '../support/example-frames.ts'

/** Real frames, most of them as they were, in any order, on two interfaces, with time that may stand still. */
const packet = fc.record({
  octets: fc.nat(EXAMPLE_FRAMES.length - 1).map((index) => EXAMPLE_FRAMES[index]!),
  changes: fc.oneof(
    { weight: 3, arbitrary: fc.constant([]) },
    fc.array(fc.tuple(fc.nat(120), fc.nat(255)), { maxLength: 3 }),
  ),
  cut: fc.oneof({ weight: 5, arbitrary: fc.constant(0) }, fc.nat(60)),
  gap: fc.nat(40_000),
  on: fc.nat(1),
  fcs: fc.constantFrom(0, 0, 4),
})
type Drawn = typeof packet extends fc.Arbitrary<infer T> ? T : never

function toPackets(drawn: readonly Drawn[]): CapturedPacket[] {
  let milliseconds = 0
  return drawn.map(({ octets, changes, cut, gap, on, fcs }, index) => {
    milliseconds += gap
    const changed = octets.slice(0, octets.length - Math.min(cut, octets.length))
    for (const [at, value] of changes) if (at < changed.length) changed[at] = value
    return {
      number: index + 1,
      time: { seconds: Math.floor(milliseconds / 1000), nanoseconds: (milliseconds % 1000) * 1e6 },
      interface: { index: on, name: undefined, linkType: ETHERNET, snapLength: 0, fcsLength: fcs },
      octets: changed,
      originalLength: octets.length,
      direction: undefined,
    }
  })
}

function build(drawn: readonly Drawn[], frames: number): ReportModel {
  const builder = new ReportBuilder({ ...DEFAULT_LIMITS, frames, octets: 2000, vsis: 3 })
  for (const each of toPackets(drawn)) builder.add(each)
  return builder.end('</script>', 'any.pcap', '0').model
}

const captures = fc.array(packet, { maxLength: 60 })

describe('a report of any capture', () => {
  it('points only to what is there', () => {
    fc.assert(
      fc.property(captures, fc.integer({ min: 1, max: 60 }), (drawn, limit) => {
        const model = build(drawn, limit)
        const { frames, parties, vsis, findings, evb } = model
        const numbers = frames.map(({ number }) => number)
        expect(numbers).toEqual([...new Set(numbers)].sort((a, b) => a - b))
        const senders = [
          ...frames.map(({ from }) => from),
          ...parties.flatMap(({ partner }) => partner ?? []),
          ...findings.flatMap(({ party }) => party ?? []),
          ...evb.flatMap(({ columns }) => columns.map(({ party }) => party)),
        ]
        expect(senders.filter((index) => parties[index] === undefined)).toEqual([])
        expect(frames.flatMap(({ vsis: of = [] }) => of).filter((index) => !vsis[index])).toEqual([])
        for (const { number, to = 0, took = 0 } of frames) {
          expect(to).toBeLessThan(number)
          expect(took).toBeGreaterThanOrEqual(0)
        }
        for (const { spans } of vsis)
          for (const { from, to } of spans) expect(to).toBeGreaterThanOrEqual(from)
      }),
      { numRuns: 1000 },
    )
  })

  it('has every frame in one row, and itself in its page', () => {
    fc.assert(
      fc.property(captures, (drawn) => {
        const model = build(drawn, 1000)
        const places = [...model.frames.keys()]
        const rows = toRows(model.frames, places, ({ number }) => number % 17 === 0, new Set())
        expect(rows.flatMap((row) => (row.type === 'group' ? row.places : [row.place]))).toEqual(places)
        const page = [...renderPage(model, '<b>', { script: 'x', style: 'y' })].join('')
        const [, data] = /id="report-data">(.*?)<\/script>/s.exec(page)!
        expect(JSON.parse(data!)).toEqual(JSON.parse(JSON.stringify(model)))
        expect(page.match(/<script|<b>/g)).toHaveLength(2)
      }),
      { numRuns: 150 },
    )
  })
})
