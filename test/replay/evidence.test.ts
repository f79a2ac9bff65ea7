/** What a capture cannot show is nobody's fault: cut frames, frames with their FCS, packets without a time. */
import { describe, expect, it } from 'vitest'
import { NEAREST_CUSTOMER_BRIDGE, readMacAddress } from '../../protocol/wire/mac-address.ts'
import { seededRandom } from '../../src/io/prng.ts'
import type { CapturedPacket } from '../../src/pcap/captured-packet.ts'
import { Findings } from '../../src/replay/finding.ts'
import { Reconstruction } from '../../src/replay/reconstruction.ts'
import { toVerdict, type Verdict } from '../../src/replay/verdict.ts'
import { RecordedExchange } from '../support/recorded-exchange.ts'
import { command, keyOf } from '../support/vdp.ts'

function exchange(): RecordedExchange {
  const made = new RecordedExchange()
  made.start()
  made.station.request(command(1))
  made.time.advance(3000)
  made.station.release(keyOf(1))
  made.time.advance(2000)
  return made
}

function verdictOf(packets: readonly CapturedPacket[]): Verdict {
  const reconstruction = new Reconstruction()
  for (const packet of packets) reconstruction.add(packet)
  reconstruction.end()
  return toVerdict('capture', reconstruction)
}

const sourceOf = ({ octets }: Pick<CapturedPacket, 'octets'>) => readMacAddress(octets, 6)
const accused = ({ findings }: Verdict) => findings.filter(({ severity }) => severity !== 'note')

function lossy(seed: number): CapturedPacket[] {
  const random = seededRandom(seed)
  const made = new RecordedExchange()
  made.loss = (octets) => (random() < 0.3 ? undefined : octets)
  made.start()
  made.station.request(command(1))
  made.time.advance(20_000)
  return made.packets
}

describe('the same exchange, told without blame', () => {
  const { packets } = exchange()

  it.each([14, 16, 18, 22, 40, 64, 80, 96, 128])('cut to %i octets', (length) => {
    const cut = packets.map((packet) => ({ ...packet, octets: packet.octets.slice(0, length) }))
    const verdict = verdictOf(cut)
    expect(accused(verdict).filter(({ severity }) => severity === 'error')).toEqual([])
    expect(accused(verdict).filter(({ code }) => code === 'ulpdu-no-end-tlv')).toEqual([])
    expect(verdict.frames.broken).toBe(0)
  })

  it('with the FCS, as the interface says', () => {
    const on = { ...packets[0]!.interface, fcsLength: 4 }
    const whole = packets.map((packet) => ({
      ...packet,
      interface: on,
      octets: Uint8Array.of(...packet.octets, 0xde, 0xad, 0xbe, 0xef),
      originalLength: packet.originalLength + 4,
    }))
    expect(verdictOf(whole)).toMatchObject({ findings: [], frames: verdictOf(packets).frames })
  })
})

describe('a lossy exchange of which the capture does not show the EVB TLVs', () => {
  it.each([
    ['of neither', () => true],
    ['of one side', ({ octets }: CapturedPacket) => sourceOf({ octets }) === sourceOf(lossy(1)[0]!)],
  ])('%s, for 20 seeds', (_, hidden) => {
    for (let seed = 1; seed <= 20; seed++) {
      const shown = lossy(seed).filter((packet) => packet.octets[12] !== 0x88 || !hidden(packet))
      const errors = accused(verdictOf(shown)).filter(({ severity }) => severity === 'error')
      expect({ seed, errors }).toEqual({ seed, errors: [] })
    }
  })

  it('more transmissions than any R allows are too many', () => {
    const request = lossy(1).find(({ octets }) => octets[12] === 0x89 && octets[14] === 0x10)!
    const sent = Array.from({ length: 10 }, (_, index) => ({
      ...request,
      number: index + 1,
      time: { seconds: index, nanoseconds: 0 },
    }))
    const { findings } = verdictOf(sent)
    expect(findings.filter(({ code }) => code === 'ecp-too-many-repetitions')).toHaveLength(2)
  })
})

describe('a lossy exchange', () => {
  const codes = (packets: readonly CapturedPacket[]) => accused(verdictOf(packets)).map(({ code }) => code)
  const packets = lossy(1).slice(0, 40)

  it('without times has its repetitions, and none is early', () => {
    const untimed = codes(packets.map((packet) => ({ ...packet, time: undefined })))
    expect(untimed).not.toContain('ecp-early-repetition')
    const repetitions = (all: string[]) => all.filter((code) => code === 'ecp-repetition').length
    expect(repetitions(untimed)).toBe(repetitions(codes(packets)))
    expect(repetitions(untimed)).toBeGreaterThan(0)
  })

  it('whose clock is set back, wherever, has no early repetition', () => {
    for (const index of packets.keys()) {
      const back = packets.map((packet, at) => {
        const { seconds, nanoseconds } = packet.time!
        return at < index ? packet : { ...packet, time: { seconds: seconds - 3600, nanoseconds } }
      })
      expect({ index, codes: codes(back) }).not.toMatchObject({
        codes: expect.arrayContaining(['ecp-early-repetition']) as unknown,
      })
    }
  })
})

describe('a long capture', () => {
  const { packets } = exchange()

  it('with 30,000 stations and no bridge is judged in seconds', { timeout: 6000 }, () => {
    const lldpdu = packets.find(
      ({ octets }) => octets[12] === 0x88 && octets[11] === packets.at(-1)!.octets[11],
    )!
    const crowd = Array.from({ length: 30_000 }, (_, index) => {
      const octets = lldpdu.octets.slice()
      new DataView(octets.buffer).setUint32(7, index)
      return { ...lldpdu, number: index + 1, octets }
    })
    expect(verdictOf(crowd).wires[0]!.sides).toHaveLength(30_000)
  })

  it('keeps an error behind thousands of warnings of its code, and counts them all', () => {
    const findings = new Findings()
    const finding = {
      code: 'late',
      rule: null,
      frame: 1,
      at: 0,
      side: NEAREST_CUSTOMER_BRIDGE,
      vsi: null,
      text: '',
    } as const
    for (let count = 0; count < 3000; count++) findings.add({ ...finding, severity: 'warning' })
    findings.add({ ...finding, severity: 'error' })
    expect(findings.all.filter(({ severity }) => severity === 'warning')).toHaveLength(1000)
    expect(findings.all.filter(({ severity }) => severity === 'error')).toHaveLength(1)
    expect(findings.counts).toEqual({ error: 1, warning: 3000, note: 0 })
  })
})

it('a bridge that acknowledges two stations on one wire confuses nothing', () => {
  const ecp = exchange().packets.filter(({ octets }) => octets[12] === 0x89)
  const station = sourceOf(ecp[0]!)
  const asked = ecp.filter(({ octets }) => (octets[14] === 0x10) === (sourceOf({ octets }) === station))
  const both = asked.flatMap((packet) => {
    const octets = packet.octets.slice()
    octets[16] = 0x40 // numbers of its own
    if (sourceOf(packet) === station) octets[11] = 0x77
    return [packet, { ...packet, octets }]
  })
  expect(both.length).toBeGreaterThan(8)
  const verdict = verdictOf(both.map((packet, index) => ({ ...packet, number: index + 1 })))
  expect(accused(verdict).filter(({ code }) => /^(ack|ecp)-/.test(code))).toEqual([])
})
