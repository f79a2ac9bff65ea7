/** The judge of captures: right exchanges are found right, and each fault is named for what it is. */
import { crc32 } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { ETHERNET_HEADER_LENGTH } from '../../protocol/wire/ethernet-frame.ts'
import { seededRandom } from '../../src/io/prng.ts'
import { type CapturedPacket, toMilliseconds } from '../../src/pcap/captured-packet.ts'
import { inOrder } from '../../src/replay/packet-order.ts'
import { RecordedExchange, type Tamper } from '../support/recorded-exchange.ts'
import { command, keyOf, PRE } from '../support/vdp.ts'

/** Where the first VSI TLV of a frame starts: Ethernet, ECP, manager ID TLV. */
const VSI_TLV = ETHERNET_HEADER_LENGTH + 4 + 18
const STATUS = VSI_TLV + 2

/** The VID of its first entry, of a filter with MAC addresses. */
const VID = VSI_TLV + 33
/** Of an LLDPDU whose chassis and port ID are MAC addresses. */
const TTL = ETHERNET_HEADER_LENGTH + 9 + 9 + 2

const isLldp = (octets: Uint8Array) => octets[12] === 0x88 && octets[13] === 0xcc
const isAck = (octets: Uint8Array) => octets[12] === 0x89 && (octets[14]! & 0x0c) === 0x04
const isUlpdu = (octets: Uint8Array) => octets[12] === 0x89 && (octets[14]! & 0x0c) === 0
const changed = (octets: Uint8Array, at: number, to: (octet: number) => number) => {
  const copy = octets.slice()
  copy[at] = to(copy[at]!)
  return copy
}
/** The EVB TLV's first octet of data. */
const evbAt = (octets: Uint8Array) => {
  const at = octets.findIndex((_, i) => octets[i] === 0xfe && octets[i + 2] === 0 && octets[i + 5] === 0x0d)
  return at + 6
}

function exchange(prepare: (exchange: RecordedExchange) => void = () => {}): RecordedExchange {
  const made = new RecordedExchange()
  prepare(made)
  made.start()
  made.station.request(command(1))
  made.station.request(command(2, { type: PRE }))
  made.time.advance(3000)
  made.station.request(command(2))
  made.time.advance(2000)
  made.station.release(keyOf(1))
  made.time.advance(100_000)
  return made
}

describe('an exchange as it should be', () => {
  it('has no finding, and is told as it was', () => {
    const verdict = exchange().verdict()
    expect(verdict.findings).toEqual([])
    const [wire] = verdict.wires
    expect(wire).toMatchObject({ operating: { r: 3, rte: 10, rwd: 15, rka: 17 }, relay: 'on' })
    expect(wire!.sides.map(({ role }) => role).sort()).toEqual(['bridge', 'station'])
    const [one, two] = wire!.vsis
    expect(one!.path.filter((step) => !step.startsWith('keep-alive'))).toEqual([
      'associate',
      'granted',
      'deassociate',
      'released',
    ])
    expect(one!.keepAlives).toBeGreaterThan(1)
    expect(one!.state).toBe('none')
    expect(two!.state).toBe('associated')
    expect(two!.keepAlives).toBeGreaterThan(50)
  })

  it('over a lossy wire has repetitions and no broken rule, for 40 seeds', () => {
    for (let seed = 1; seed <= 40; seed++) {
      const random = seededRandom(seed)
      const made = exchange((each) => {
        each.loss = (octets) => (random() < 0.2 ? undefined : octets)
      })
      const errors = made.verdict().findings.filter(({ severity }) => severity === 'error')
      expect({ seed, errors }).toEqual({ seed, errors: [] })
    }
  })
})

describe('what the way of capturing does is nobody’s fault', () => {
  const errors = (made: RecordedExchange) =>
    made.verdict().findings.filter(({ severity }) => severity === 'error')
  const rewritten = (rewrite: (packet: CapturedPacket) => CapturedPacket[]) => {
    const made = exchange()
    const packets = made.packets.flatMap(rewrite)
    made.packets.splice(0, made.packets.length, ...packets)
    return made
  }

  it.each([20, 40, 64])('only the first %i octets of each frame', (length) => {
    const made = rewritten((packet) => [{ ...packet, octets: packet.octets.subarray(0, length) }])
    expect(errors(made)).toEqual([])
    expect(made.codes()).toContain('frame-cut')
  })

  it('each frame twice, as a mirror port shows them', () => {
    const made = rewritten((packet) => [packet, packet])
    expect(made.codes()).toEqual([])
    expect(made.verdict().findings.map(({ code }) => code)).toContain('captured-twice')
  })

  it('no LLDP in it, so that R and RTE are not known', () => {
    const random = seededRandom(1)
    const made = exchange((each) => {
      each.loss = (octets) => (random() < 0.2 ? undefined : octets)
    })
    const ecp = made.packets.filter(({ octets }) => !isLldp(octets))
    made.packets.splice(0, made.packets.length, ...ecp)
    expect(made.codes()).toContain('ecp-repetition')
    expect(errors(made)).toEqual([])
  })

  it.each([0, 1])('the frames of one side only', (one) => {
    const made = exchange()
    const senders = [...new Set(made.packets.map(({ octets }) => octets[11]))]
    const packets = made.packets.filter(({ octets }) => octets[11] === senders[one])
    made.packets.splice(0, made.packets.length, ...packets)
    expect(errors(made)).toEqual([])
  })

  it('an acknowledged request of a station that the capture lacks', () => {
    const made = exchange()
    const requests = made.packets.filter(({ octets }) => isUlpdu(octets) && octets[STATUS] === 0)
    made.packets.splice(made.packets.indexOf(requests[6]!), 1)
    expect(made.codes()).toContain('ack-unasked')
    expect(errors(made)).toEqual([])
  })

  it('packets a little out of order', () => {
    const made = exchange()
    const { packets } = made
    for (let at = 0; at + 1 < packets.length; at += 2) {
      const [one, other] = [packets[at]!, packets[at + 1]!]
      const apart = toMilliseconds(other.time!) - toMilliseconds(one.time!)
      if (apart > 0 && apart < 50) packets.splice(at, 2, other, one)
    }
    expect(made.codes()).not.toEqual([])
    packets.splice(0, packets.length, ...inOrder(packets))
    expect(made.codes()).toEqual([])
  })

  it.each([0, 4])('a frame check sequence at the end, announced with %i octets', (fcsLength) => {
    const made = rewritten((packet) => {
      const octets = new Uint8Array(packet.octets.length + 4)
      octets.set(packet.octets)
      new DataView(octets.buffer).setUint32(packet.octets.length, crc32(packet.octets), true)
      const device = { ...packet.interface, fcsLength }
      return [{ ...packet, octets, originalLength: octets.length, interface: device }]
    })
    expect(made.codes()).toEqual([])
  })
})

describe('what is wrong is named', () => {
  const tampered = (tamper: Tamper) =>
    exchange((made) => {
      made.tamper = tamper
    })

  const cases: readonly (readonly [string, Tamper])[] = [
    ['lldp-no-end-tlv', (octets) => (isLldp(octets) ? octets.slice(0, endOfTlvs(octets)) : octets)],
    [
      'evb-reserved-bits',
      (octets) => (isLldp(octets) ? changed(octets, evbAt(octets), (o) => o | 0x80) : octets),
    ],
    [
      'relay-status-wrong',
      (octets, from) =>
        isLldp(octets) && from === 'station' ? changed(octets, evbAt(octets) + 1, (o) => o | 3) : octets,
    ],
    [
      'relay-without-capability',
      (octets, from) =>
        isLldp(octets) && from === 'bridge' ? changed(octets, evbAt(octets), (o) => (o & ~2) | 1) : octets,
    ],
    [
      'relay-not-requested',
      (octets, from) => {
        if (!isLldp(octets)) return octets
        const at = evbAt(octets)
        return from === 'bridge' ? changed(octets, at, (o) => o | 3) : changed(octets, at + 1, (o) => o & ~4)
      },
    ],
    [
      'lldp-shutdown-with-tlvs',
      (octets) =>
        isLldp(octets)
          ? changed(
              changed(octets, TTL, () => 0),
              TTL + 1,
              () => 0,
            )
          : octets,
    ],
    [
      'vid-not-assigned',
      (octets, from) =>
        isUlpdu(octets) && from === 'bridge'
          ? changed(
              changed(octets, VID, (o) => o & 0xf0),
              VID + 1,
              () => 0,
            )
          : octets,
    ],
    [
      'evb-same-role',
      (octets, from) =>
        isLldp(octets) && from === 'bridge'
          ? changed(octets, evbAt(octets) + 3, (o) => (o & 0x3f) | 0x80)
          : octets,
    ],
    [
      'ack-wrong-sequence',
      (octets, from) => (isAck(octets) && from === 'bridge' ? changed(octets, 17, (o) => o ^ 0x40) : octets),
    ],
    ['ack-destination', (octets) => (isAck(octets) ? changed(octets, 0, () => 2) : octets)],
    ['ack-wrong-subtype', (octets) => (isAck(octets) ? changed(octets, 15, () => 2) : octets)],
    ['evb-mode', (octets) => (isLldp(octets) ? changed(octets, evbAt(octets) + 3, (o) => o & 0x3f) : octets)],
    [
      'relay-not-granted',
      (octets, from) =>
        isLldp(octets) && from === 'bridge' ? changed(octets, evbAt(octets), (o) => o & ~1) : octets,
    ],
    ['ack-with-payload', (octets) => (isAck(octets) ? changed(octets, 30, () => 1) : octets)],
    [
      'request-status',
      (octets, from) =>
        isUlpdu(octets) && from === 'station' ? changed(octets, STATUS, (o) => o | 1) : octets,
    ],
    [
      'answer-error-reserved',
      (octets, from) => (isUlpdu(octets) && from === 'bridge' ? changed(octets, STATUS, () => 0x49) : octets),
    ],
    [
      'keep-wrong',
      (octets, from) => (isUlpdu(octets) && from === 'bridge' ? changed(octets, STATUS, () => 0x62) : octets),
    ],
    [
      'answer-other-type',
      (octets, from) =>
        isUlpdu(octets) && from === 'bridge' ? changed(octets, STATUS + 4, (o) => o ^ 1) : octets,
    ],
    [
      'answer-other-manager',
      (octets, from) =>
        isUlpdu(octets) && from === 'bridge' ? changed(octets, VSI_TLV - 1, (o) => o ^ 1) : octets,
    ],
    [
      'ulpdu-without-manager-id',
      (octets, from) => (isUlpdu(octets) && from === 'station' ? changed(octets, 18, () => 0x0c) : octets),
    ],
    ['ecp-version', (octets) => (isUlpdu(octets) ? changed(octets, 14, (o) => o | 0x20) : octets)],
    ['vsi-no-response', (octets, from) => (isUlpdu(octets) && from === 'bridge' ? undefined : octets)],
    ['ecp-not-acknowledged', (octets, from) => (isAck(octets) && from === 'bridge' ? undefined : octets)],
    ['ecp-repetition', (octets, from) => (isAck(octets) && from === 'bridge' ? undefined : octets)],
  ]

  it.each(cases)('%s', (code, tamper) => {
    expect(tampered(tamper).codes()).toContain(code)
  })

  it.each([
    ['vsi-no-response', (octets, from) => (isUlpdu(octets) && from === 'bridge' ? undefined : octets)],
    ['ecp-not-acknowledged', (octets, from) => (isAck(octets) && from === 'bridge' ? undefined : octets)],
  ] satisfies (readonly [string, Tamper])[])('%s is the fault of the bridge', (code, tamper) => {
    const bridge = tampered(tamper).verdict()
    const side = bridge.wires[0]!.sides.find(({ role }) => role === 'bridge')!.mac
    const found = bridge.findings.filter((finding) => finding.code === code)
    expect(found.length).toBeGreaterThan(0)
    for (const finding of found) expect(finding).toMatchObject({ severity: 'error', side })
  })

  it('a request that nobody acknowledges, when nobody is there, is no fault', () => {
    const made = tampered((octets, from) => (from === 'bridge' && !isLldp(octets) ? undefined : octets))
    expect(made.verdict().findings.filter(({ severity }) => severity === 'error')).toEqual([])
    expect(made.codes()).toContain('ecp-unacknowledged')
  })

  it('ended-after-release: a switch that takes a De-Associate for a keep-alive, as lldpad does', () => {
    const made = exchange()
    const bridge = made.packets.find(({ octets }) => isUlpdu(octets) && octets[STATUS] === 0x40)!
    const ending = changed(
      changed(bridge.octets, VSI_TLV, () => 0x08),
      STATUS,
      () => 0,
    )
    const last = made.packets.at(-1)!
    made.packets.push({ ...last, number: last.number + 1, octets: changed(ending, 17, (o) => o + 77) })
    expect(made.codes()).toContain('ended-after-release')
  })

  it('answer-late: a bridge that takes longer than its resourceWaitDelay', () => {
    const made = exchange()
    const late = made.packets.findIndex(({ octets }) => isUlpdu(octets) && octets[STATUS] === 0x40)
    made.packets.splice(late, Infinity, ...made.packets.slice(late).map((packet) => later(packet, 650)))
    expect(made.codes()).toContain('answer-late')
  })

  it('lldp-burst: more LLDPDUs in a second than there is credit for', () => {
    const made = exchange()
    const last = made.packets.at(-1)!
    const lldpdu = made.packets.find(({ octets }) => isLldp(octets))!
    for (let count = 1; count <= 9; count++) {
      made.packets.push(later({ ...last, number: last.number + count, octets: lldpdu.octets }, count * 20))
    }
    expect(made.codes()).toContain('lldp-burst')
  })

  it('keep-alive-timeout: a station that falls silent', () => {
    const made = exchange()
    made.tamper = (octets, from) => (from === 'station' && isUlpdu(octets) ? undefined : octets)
    made.time.advance(6000)
    expect(made.codes()).toContain('keep-alive-timeout')
  })
})

function endOfTlvs(octets: Uint8Array): number {
  let at = ETHERNET_HEADER_LENGTH
  while (octets[at] !== 0 || octets[at + 1] !== 0) at += 2 + (((octets[at]! & 1) << 8) | octets[at + 1]!)
  return at
}

function later(packet: CapturedPacket, milliseconds: number): CapturedPacket {
  const nanoseconds = packet.time!.nanoseconds + milliseconds * 1e6
  const seconds = packet.time!.seconds + Math.floor(nanoseconds / 1e9)
  return { ...packet, time: { seconds, nanoseconds: nanoseconds % 1e9 } }
}
