/** What a report says of a capture: what each frame is, what it answers, states of VSIs, EVB values, limits. */
import { describe, expect, test } from 'vitest'
import { CaptureReader } from '../../src/pcap/capture-reader.ts'
import type { CapturedPacket } from '../../src/pcap/captured-packet.ts'
import { DEFAULT_LIMITS, type Limits, ReportBuilder } from '../../src/report/build-model.ts'
import type { ReportModel } from '../../src/report/model.ts'
import { CAPTURES } from '../support/example-frames.ts'
import { RecordedExchange } from '../support/recorded-exchange.ts'
import { command, keyOf } from '../support/vdp.ts'

async function read(name: string): Promise<CapturedPacket[]> {
  const packets: CapturedPacket[] = []
  const reader = new CaptureReader(CAPTURES.find((path) => path.includes(name))!)
  for await (const part of reader.packets()) packets.push(...part)
  return packets
}

function build(packets: readonly CapturedPacket[], limits: Limits = DEFAULT_LIMITS): ReportModel {
  const builder = new ReportBuilder(limits)
  for (const packet of packets) builder.add(packet)
  return builder.end('title', 'run.pcap', '0', undefined).model
}

const LIVE = await read('live-ratified')
const live = build(LIVE)
const frame = (number: number, { frames }: ReportModel = live) =>
  frames.find((each) => each.number === number)!

describe('frames', () => {
  test('are the first, a change, the same again, a goodbye', () => {
    const kinds = live.frames.filter(({ kind }) => /lldp|evb/.test(kind)).map(({ kind }) => kind)
    const many = (count: number, kind: string) => Array.from({ length: count }, () => kind)
    expect(kinds).toEqual([
      ...many(2, 'lldp-first'),
      ...many(4, 'evb-change'),
      ...many(11, 'lldp-periodic'),
      ...many(2, 'lldp-shutdown'),
    ])
    expect(frame(6).text).toBe('EVB RRSTAT off → on')
  })

  test('are linked with what they acknowledge and answer', () => {
    expect(frame(17)).toMatchObject({ kind: 'ecp-ack', to: 16, took: 0.359, vsis: [0] })
    expect(frame(18)).toMatchObject({ kind: 'vdp-response', to: 16, took: 2.636, vsis: [0] })
    expect(frame(16)).not.toHaveProperty('to')
  })

  test('keep their octets', () => {
    expect(Buffer.from(frame(24).octets!, 'base64')).toEqual(Buffer.from(LIVE[23]!.octets))
  })

  test('of draft 0.2 are shown and belong to nobody', async () => {
    const { frames, parties, counts } = build(await read('E21-draft'))
    expect(frames).toMatchObject([{ kind: 'draft', from: 0 }])
    expect(parties).toMatchObject([{ role: 'unknown', partner: null }])
    expect(counts.draft).toBe(1)
  })
})

describe('an exchange of our own ports', () => {
  const exchange = new RecordedExchange()
  exchange.start()
  exchange.station.request(command(1))
  let lost = 0
  exchange.loss = (octets, from) =>
    from === 'bridge' && octets[13] === 0x40 && lost++ === 0 ? undefined : octets
  exchange.time.advance(5000)
  const model = build(exchange.packets)
  const ofKind = (kind: string) => model.frames.filter((each) => each.kind === kind)

  test('has keep-alives, their answers and acknowledgements apart from the rest', () => {
    expect(ofKind('vdp-keep-alive').length).toBeGreaterThan(1)
    expect(ofKind('vdp-kept-alive').length).toBe(ofKind('vdp-keep-alive').length)
    for (const { to } of ofKind('vdp-kept-alive')) expect(frame(to!, model).kind).toBe('vdp-keep-alive')
    for (const { to } of ofKind('ecp-quiet-ack')) expect(frame(to!, model).kind).toMatch(/alive$/)
  })

  test('has what was sent again, and after how long', () => {
    const [repeated] = ofKind('ecp-repeat')
    expect(repeated).toMatchObject({ vsis: [0] })
    expect(frame(repeated!.to!, model).kind).toBe('vdp-request')
    expect(repeated!.took).toBeGreaterThan(9)
  })

  test('has the VSI asked for, then associated to the end', () => {
    const [lane] = model.vsis
    expect(lane).toMatchObject({
      id: keyOf(1),
      state: 'associated',
      spans: [{ state: 'asking' }, { state: 'associated', last: null }],
    })
    expect(lane!.spans[1]!.to).toBe(model.duration)
    expect(lane!.keepAlives).toBe(ofKind('vdp-keep-alive').length)
  })
})

describe('the rest', () => {
  test('a VSI has its states from when to when, and what happened', () => {
    const [lane] = live.vsis
    expect(lane!.spans).toEqual([
      { state: 'asking', from: 14_001.175, to: 14_003.811, first: 16, last: 18 },
      { state: 'associated', from: 14_003.811, to: 18_013.591, first: 18, last: 22 },
    ])
    expect(lane!.marks.map(({ what, frame: number }) => [what, number])).toEqual([
      ['associate', 16],
      ['granted', 18],
      ['deassociate', 20],
      ['released', 22],
      ['ended-by-bridge', 24],
    ])
    expect(lane!.type).toBe('1193046:4')
  })

  test('EVB values are side by side with what both operate on', () => {
    const [table] = live.evb
    expect(table!.columns).toEqual([
      { party: 0, frame: 5, sent: false },
      { party: 1, frame: 6, sent: false },
    ])
    const row = (name: string) => table!.rows.find((each) => each.name === name)
    expect(row('RRREQ')).toMatchObject({ values: ['1', '1'] })
    expect(row('R')).toMatchObject({ values: ['3', '3'], result: '3: 4 transmissions' })
    expect(row('RRCTR')).toMatchObject({ result: 'reflective relay on' })
  })

  test('parties and findings know who', () => {
    expect(live.parties).toMatchObject([
      { role: 'station', partner: 1, lldpdus: 10, requests: 2, acknowledgements: 3 },
      { role: 'bridge', partner: 0, lldpdus: 9, requests: 3, acknowledgements: 2 },
    ])
    expect(live.findings.find(({ severity }) => severity === 'error')).toMatchObject({
      frame: 24,
      party: 1,
      rule: 196,
    })
    expect(live.started).toBe('2026-11-21T09:08:05.281Z')
  })

  test('limits bound frames, octets and lanes, and are said', () => {
    const octets = LIVE[0]!.octets.length + LIVE[1]!.octets.length
    const cut = build(LIVE, { frames: 4, octets, vsis: 0 })
    expect(cut.frames.map(({ number }) => number)).toEqual([1, 2, 3, 4, 16, 18, 20, 22, 24])
    expect(cut.frames.map(({ octets: kept }) => kept !== undefined)).toEqual([
      true,
      true,
      ...Array.from({ length: 7 }, () => false),
    ])
    expect(cut.frames.some(({ vsis }) => vsis !== undefined)).toBe(false)
    expect(cut.limits.map((text) => text.split(' ').slice(0, 4).join(' '))).toEqual([
      '20 frames after the',
      '7 frames have no',
      'Of 1 VSIs the',
    ])
    expect(live.limits).toEqual([])
  })

  test('a capture of nothing is a report of nothing', () => {
    expect(build([])).toMatchObject({ frames: [], parties: [], started: null, duration: 0, findings: [] })
  })
})
