/** The parts of the page of a report that need no browser: which frames are shown, in which rows, and where. */
import { describe, expect, test } from 'vitest'
import type { FrameKind, Party, ReportFrame } from '../../src/report/model.ts'
import { arrowOf, columnsOf, labelOf } from '../../src/report/page/columns.ts'
import { duration, quantile, ticks } from '../../src/report/page/format.ts'
import { filterFrames, NO_FILTER, parseRanges } from '../../src/report/page/frame-filter.ts'
import { frameLabel } from '../../src/report/page/frame-label.ts'
import { toRows } from '../../src/report/page/grouping.ts'
import { LaneAxis } from '../../src/report/page/lane-axis.ts'
import { escapeHtml, toJson } from '../../src/report/page.ts'

let number = 0
const frame = (kind: FrameKind, rest: Partial<ReportFrame> = {}): ReportFrame => {
  number += 1
  return { number, at: number, from: 0, kind, size: 60, text: `frame ${number}`, ...rest }
}
const exchange = (vsi: number): ReportFrame[] =>
  (['vdp-request', 'ecp-ack', 'vdp-response', 'ecp-ack'] as const).map((kind) => frame(kind, { vsis: [vsi] }))

describe('groups', () => {
  const places = (frames: readonly ReportFrame[]) => [...frames.keys()]
  const never = () => false
  const shape = (rows: ReturnType<typeof toRows>) =>
    rows.map((row) => (row.type === 'group' ? row.places.length : row.place))

  test('hold what repeats, from four frames on', () => {
    const periodic = [1, 2, 3].map(() => frame('lldp-periodic'))
    expect(shape(toRows(periodic, places(periodic), never, new Set()))).toEqual([0, 1, 2])
    const more = [frame('lldp-first'), ...periodic, frame('vdp-keep-alive', { vsis: [0] })]
    const rows = toRows(more, places(more), never, new Set())
    expect(shape(rows)).toEqual([0, 4])
    expect(rows[1]).toMatchObject({
      text: '4 frames: 1 keep-alive of 1 VSI, 3 periodic LLDPDUs',
      open: false,
    })
  })

  test('hold many VSIs in a row, not few', () => {
    const few = [0, 1, 2].flatMap(exchange)
    expect(toRows(few, places(few), never, new Set())).toHaveLength(12)
    const many = [0, 1, 2, 3, 4].flatMap(exchange)
    const rows = toRows(many, places(many), never, new Set())
    expect(rows).toMatchObject([{ places: places(many), text: '20 frames: 5 VSIs: 5 requests, 5 responses' }])
  })

  test('are not longer than can be read, and end before a request', () => {
    const many = Array.from({ length: 120 }, (_, vsi) => exchange(vsi)).flat()
    expect(shape(toRows(many, places(many), never, new Set()))).toEqual([200, 200, 80])
  })

  test('never hide a frame that stands out', () => {
    const many = [0, 1, 2, 3, 4, 5, 6, 7].flatMap(exchange)
    const rows = toRows(many, places(many), (one) => one === many[18], new Set())
    expect(shape(rows)).toEqual([18, 18, 13])
  })

  test('unfold', () => {
    const periodic = [1, 2, 3, 4].map(() => frame('lldp-periodic'))
    const rows = toRows(periodic, places(periodic), never, new Set([0]))
    expect(rows.map((row) => (row.type === 'frame' ? row.within : 'group'))).toEqual(['group', 0, 0, 0, 0])
  })
})

describe('the filter', () => {
  const frames = [
    frame('lldp-first', { text: 'TTL 121' }),
    frame('vdp-request', { vsis: [0], text: 'Associate 52:54' }),
    frame('ecp-ack', { vsis: [0] }),
    frame('draft'),
  ]
  const [first] = frames.map((each) => each.number)
  const shown = (filter: Partial<typeof NO_FILTER>) =>
    filterFrames(
      frames,
      { ...NO_FILTER, ...filter },
      (each) => each === first,
      (place) => frames[place]!.text.toLowerCase(),
    )

  test('passes all, or what every part of it passes', () => {
    expect(shown({})).toEqual([0, 1, 2, 3])
    expect(shown({ vsi: 0 })).toEqual([1, 2])
    expect(shown({ vsi: 0, hidden: new Set(['ack']) })).toEqual([1])
    expect(shown({ hidden: new Set(['lldp', 'vdp', 'ack']) })).toEqual([3])
    expect(shown({ findingsOnly: true })).toEqual([0])
    expect(shown({ text: '52:54 ASSOC' })).toEqual([1])
    expect(shown({ ranges: `-${first}` })).toEqual([0])
  })

  test('reads ranges as qbg decode does', () => {
    const end = Number.POSITIVE_INFINITY
    expect(parseRanges('1-20, 35,90-,-3')).toEqual([
      [1, 20],
      [35, 35],
      [90, end],
      [1, 3],
    ])
    expect(parseRanges(' ')).toEqual([])
    expect(parseRanges('1-2-3')).toBeUndefined()
    expect(parseRanges('x')).toBeUndefined()
    expect(parseRanges('-')).toBeUndefined()
  })
})

describe('the ladder', () => {
  const party = (role: Party['role'], partner: number | null, on = 0): Party =>
    ({ role, partner, interface: on, mac: `${role}${on}` }) as Party

  test('has the station on the left, wire by wire', () => {
    const parties = [party('bridge', 1), party('station', 0), party('bridge', null, 1)]
    const columns = columnsOf(parties)
    expect(columns.heads).toEqual([[1], [0], [2]])
    expect(columns.positions).toEqual([12, 50, 88])
    expect([0, 1, 2].map((from) => arrowOf(columns, parties, from))).toEqual([
      [50, 12],
      [12, 50],
      [88, 0],
    ])
  })

  test('has room for what is said of a short arrow', () => {
    expect(labelOf([88, 12])).toEqual({ left: 12, width: 76 })
    expect(labelOf([12, 38])).toEqual({ left: 12, width: 48 })
    expect(labelOf([88, 62])).toEqual({ left: 52, width: 48 })
  })

  test('has eight columns at most', () => {
    const parties = Array.from({ length: 12 }, () => party('unknown', null))
    expect(columnsOf(parties).heads.map((head) => head.length)).toEqual([1, 1, 1, 1, 1, 1, 1, 5])
    expect(arrowOf(columnsOf(parties), parties, 11)).toEqual([88, 0])
  })

  test('says on an arrow what the column does not', () => {
    const text = '02:00:00:00:0a:01 port eth0 TTL 121 "host"; EVB station'
    expect(frameLabel(frame('lldp-first', { text }))).toBe('LLDP TTL 121 "host"; EVB station')
    const id = 'fa9b7fff-b0a0-4893-8e0e-beef4ff18f8f'
    expect(frameLabel(frame('vdp-request', { text: `request 1; Associate ${id}` }))).toBe(
      'ECP request 1; Associate fa9b7fff…',
    )
  })
})

describe('the axis of lanes', () => {
  const end = { at: 48_000, frame: 25 }

  test('is over time or over frames', () => {
    const time = new LaneAxis('time', end)
    expect([0, 12_000, 48_000].map((at) => time.x({ at, frame: 99 }))).toEqual([0, 25, 100])
    expect(time.ticks.map(({ text }) => text)).toEqual(['0 s', '10 s', '20 s', '30 s', '40 s'])
    const frames = new LaneAxis('frames', end)
    expect([1, 7, 25].map((frame) => frames.x({ at: 0, frame }))).toEqual([0, 25, 100])
    expect(frames.ticks.map(({ text }) => text)).toEqual([5, 10, 15, 20, 25].map((frame) => `frame ${frame}`))
  })

  test('shows a part around a moment, and never beyond the capture', () => {
    const middle = new LaneAxis('time', end, 10, { at: 24_000, frame: 1 })
    expect([21_600, 24_000, 26_400].map((at) => Math.round(middle.x({ at, frame: 1 })))).toEqual([0, 50, 100])
    const first = new LaneAxis('time', end, 1000, { at: 1, frame: 1 })
    expect(first.x({ at: 0, frame: 1 })).toBe(0)
    expect(first.ticks.map(({ text }) => text)).toEqual(['0.00 s', '0.01 s', '0.02 s', '0.03 s', '0.04 s'])
    const last = new LaneAxis('time', end, 10, { at: 47_999, frame: 1 })
    expect(Math.round(last.x({ at: 48_000, frame: 1 }))).toBe(100)
  })

  test('of a capture of one moment has a place for it', () => {
    expect(new LaneAxis('time', { at: 0, frame: 2 }).x({ at: 0, frame: 1 })).toBe(0)
  })
})

describe('texts', () => {
  test('of times have three digits', () => {
    expect([0.0214, 0.359, 2.6412, 163.84, 999.9, 17_449.4, 200_000].map(duration)).toEqual([
      '21 µs',
      '359 µs',
      '2.64 ms',
      '164 ms',
      '1 s',
      '17.4 s',
      '3 min 20 s',
    ])
  })

  test('of axes are round', () => {
    expect(ticks(0, 48_021, 6)).toEqual([0, 10_000, 20_000, 30_000, 40_000])
    expect(ticks(5, 5, 4)).toEqual([5])
    expect(quantile([1, 2, 3, 4], 0.5)).toBe(3)
    expect(quantile([], 0.5)).toBe(0)
  })

  test('cannot be HTML', () => {
    expect(escapeHtml('<a b="c" d=\'e\'>&\u0007\u202e\n')).toBe(
      '&lt;a b=&quot;c&quot; d=&apos;e&apos;&gt;&amp;\ufffd\ufffd\n',
    )
    const name = '</script><!--\u202e\u2028\u{e0001}'
    expect(toJson({ name })).toBe('{"name":"\\u003c/script>\\u003c!--\\u202e\\u2028\\udb40\\udc01"}')
    expect(JSON.parse(toJson({ name }))).toEqual({ name })
  })
})
