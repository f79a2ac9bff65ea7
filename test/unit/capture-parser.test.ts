/** Capture files of every form, right and broken, whole and in pieces of any size. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { CaptureParser, parseCapture } from '../../src/pcap/capture-parser.ts'
import { CaptureError } from '../../src/pcap/captured-packet.ts'
import { timeReader } from '../../src/pcap/time-resolution.ts'
import {
  block,
  classic,
  enhanced,
  fields,
  interfaceBlock,
  type Order,
  section,
} from '../support/capture-octets.ts'

const E08 = readFileSync(join(import.meta.dirname, '../../pcaps/E08-ecp-vdp-assoc-request.pcap'))
const FRAME = new Uint8Array(E08.subarray(40))
const ORDERS: readonly Order[] = ['little', 'big']
const text = (value: string) => new TextEncoder().encode(value)
const hex = (octets: Uint8Array) => Buffer.from(octets).toString('hex')

/** What is wrong with `file`, and how many packets were given before. */
function broken(file: Uint8Array) {
  const parser = new CaptureParser()
  const packets = parser.push(file).length
  parser.end()
  const { code, offset, message } = parser.fault!
  return { packets, code, offset, message }
}

describe.each(ORDERS)('a classic capture, %s-endian', (order) => {
  it.each([
    ['microseconds', false, 123_456, 123_456_000],
    ['nanoseconds', true, 123_456_789, 123_456_789],
  ])('has %s', (_, nano, fraction, nanoseconds) => {
    const file = classic([{ seconds: 1_700_000_000, fraction, octets: FRAME, originalLength: 1514 }], {
      order,
      nano,
    })
    const [packet] = parseCapture(file)
    expect(packet).toMatchObject({
      number: 1,
      time: { seconds: 1_700_000_000, nanoseconds },
      originalLength: 1514,
    })
    expect(packet!.interface).toEqual({ index: 0, linkType: 1, snapLength: 65_535, fcsLength: 0 })
    expect(hex(packet!.octets)).toBe(hex(FRAME))
  })

  it('says how long the FCS is', () => {
    const file = classic([{ seconds: 0, fraction: 0, octets: FRAME }], { order, linkType: 0x2400_0001 })
    expect(parseCapture(file)[0]!.interface).toMatchObject({ linkType: 1, fcsLength: 4 })
  })

  it('carries a fraction beyond a second over', () => {
    const file = classic([{ seconds: 5, fraction: 2_500_000, octets: FRAME }], { order })
    expect(parseCapture(file)[0]!.time).toEqual({ seconds: 7, nanoseconds: 500_000_000 })
  })
})

describe.each(ORDERS)('a pcapng capture, %s-endian', (order) => {
  it('has sections, interfaces, options, simple packets and unknown blocks', () => {
    const eth0 = interfaceBlock([[2, text('eth0')]], { order, snapLength: 64 })
    const eth1 = interfaceBlock(
      [
        [2, text('eth1')],
        [9, Uint8Array.of(9)],
        [13, Uint8Array.of(4)],
      ],
      { order, linkType: 105 },
    )
    const simple = block(3, Buffer.concat([fields(order, [4, 71]), FRAME.subarray(0, 64)]), order)
    const file = Buffer.concat([
      section(order),
      block(0x0bad, text('custom'), order),
      eth0,
      eth1,
      enhanced(1_700_000_000_123_456n, FRAME, {
        order,
        options: [
          [1, text('note')],
          [2, fields(order, [4, 2])],
        ],
      }),
      enhanced(1_700_000_000_123_456_789n, FRAME, { order, interfaceId: 1, originalLength: 9000 }),
      simple,
      section(order === 'little' ? 'big' : 'little'),
      interfaceBlock([], { order: order === 'little' ? 'big' : 'little' }),
      enhanced(7n, FRAME, { order: order === 'little' ? 'big' : 'little' }),
      block(5, new Uint8Array(12), order === 'little' ? 'big' : 'little'),
    ])
    const [first, second, third, fourth, ...rest] = parseCapture(file)
    expect(rest).toEqual([])
    expect(first).toMatchObject({
      number: 1,
      time: { seconds: 1_700_000_000, nanoseconds: 123_456_000 },
      interface: { index: 0, name: 'eth0', linkType: 1, snapLength: 64, fcsLength: 0 },
      direction: 'out',
    })
    expect(second).toMatchObject({
      time: { seconds: 1_700_000_000, nanoseconds: 123_456_789 },
      interface: { index: 1, name: 'eth1', linkType: 105, fcsLength: 4 },
      originalLength: 9000,
    })
    expect(third).toMatchObject({
      number: 3,
      time: undefined,
      interface: { name: 'eth0' },
      originalLength: 71,
    })
    expect(hex(third!.octets)).toBe(hex(FRAME.subarray(0, 64)))
    expect(fourth).toMatchObject({
      number: 4,
      time: { seconds: 0, nanoseconds: 7000 },
      interface: { index: 2 },
    })
    expect(hex(fourth!.octets)).toBe(hex(FRAME))
  })

  it('reads the obsolete packet block', () => {
    const fixed = fields(order, [2, 0], [2, 9], [4, 0], [4, 1_500_000], [4, FRAME.length], [4, FRAME.length])
    const body = Buffer.concat([fixed, FRAME])
    const [packet] = parseCapture(
      Buffer.concat([section(order), interfaceBlock([], { order }), block(2, body, order)]),
    )
    expect(packet!.time).toEqual({ seconds: 1, nanoseconds: 500_000_000 })
    expect(hex(packet!.octets)).toBe(hex(FRAME))
  })
})

describe('time stamps', () => {
  it.each([
    [6, 0, 1_700_000_000_000_001n, 1_700_000_000, 1000],
    [9, 0, 18_446_744_073_709_551_615n, 18_446_744_073, 709_551_615],
    [0, -10, 1_700_000_000n, 1_699_999_990, 0],
    [3, 0, 1_700_000_000_999n, 1_700_000_000, 999_000_000],
    [10, 0, 12_345_678_901n, 1, 234_567_890],
    [15, 0, 1_000_000_000_000_001n, 1, 0],
    [127, 5, 18_446_744_073_709_551_615n, 5, 0],
    [0x80 | 20, 0, (5n << 20n) + 524_288n, 5, 500_000_000],
    [0x80 | 127, 0, 1n, 0, 0],
  ])('tsresol %i, offset %i: %i is %i.%i', (tsresol, offset, units, seconds, nanoseconds) => {
    const read = timeReader(tsresol, offset)
    expect(read(Number(units >> 32n), Number(units & 0xffffffffn))).toEqual({ seconds, nanoseconds })
  })

  it('are exact for any count and unit', () => {
    fc.assert(
      fc.property(fc.bigInt(0n, 2n ** 64n - 1n), fc.nat(10), (units, exponent) => {
        const perSecond = 10n ** BigInt(exponent)
        const { seconds, nanoseconds } = timeReader(exponent, 0)(
          Number(units >> 32n),
          Number(units & 0xffffffffn),
        )
        expect(nanoseconds).toBe(Number(((units % perSecond) * 1_000_000_000n) / perSecond))
        expect(seconds).toBe(Number(units / perSecond))
      }),
    )
  })
})

describe('a broken capture gives what it has, and says where it ends', () => {
  const record = { seconds: 1, fraction: 2, octets: FRAME }
  const two = classic([record, record])
  const next = 24 + 16 + FRAME.length
  const head = Buffer.concat([section(), interfaceBlock()])
  const good = enhanced(1n, FRAME)
  const length = (at: number, value: number, file: Buffer) => {
    const copy = Buffer.from(file)
    copy.writeUInt32LE(value, at)
    return copy
  }
  const after = head.length + good.length

  it.each([
    ['an empty file', Buffer.alloc(0), 0, 'not-a-capture', 0, /empty/],
    ['three octets', two.subarray(0, 3), 0, 'not-a-capture', 0, /too short/],
    [
      'a text',
      text('hello, world, this is long'),
      0,
      'not-a-capture',
      0,
      /neither pcap nor pcapng: it starts with 68656c6c/,
    ],
    ['cut in the file header', two.subarray(0, 20), 0, 'truncated', 20, /file header/],
    ['cut in a record header', two.subarray(0, next + 9), 1, 'truncated', next + 9, /header of a packet/],
    ['cut in a packet', two.subarray(0, next + 40), 1, 'truncated', next + 40, /within packet 2/],
    [
      'an absurd length',
      length(next + 8, 0x7fffffff, two),
      1,
      'malformed',
      next + 8,
      /packet 2 claims 2147483647/,
    ],
    ['version 3', length(4, 3, two), 0, 'malformed', 4, /version 3/],
    ['pcapng: cut in the section header', head.subarray(0, 10), 0, 'truncated', 10, /section header/],
    [
      'pcapng: cut in a block header',
      Buffer.concat([head, good, good.subarray(0, 5)]),
      1,
      'truncated',
      after + 5,
      /header of a block/,
    ],
    [
      'pcapng: cut in a block',
      Buffer.concat([head, good, good.subarray(0, 30)]),
      1,
      'truncated',
      after + 30,
      /block of type 6/,
    ],
    [
      'pcapng: cut in a block nobody reads',
      Buffer.concat([head, good, block(77, new Uint8Array(40)).subarray(0, 30)]),
      1,
      'truncated',
      after + 30,
      /block of type 77/,
    ],
    [
      'pcapng: lengths that differ',
      Buffer.concat([head, good, length(good.length - 4, 8, good)]),
      1,
      'malformed',
      after + good.length - 4,
      /two lengths/,
    ],
    [
      'pcapng: a length below 12',
      Buffer.concat([head, good, length(4, 8, good)]),
      1,
      'malformed',
      after + 4,
      /claims 8/,
    ],
    [
      'pcapng: an odd length',
      Buffer.concat([head, good, length(4, 33, good)]),
      1,
      'malformed',
      after + 4,
      /claims 33/,
    ],
    ['pcapng: no byte-order magic', length(8, 1, head), 0, 'malformed', 8, /byte-order/],
    [
      'pcapng: an interface nobody described',
      Buffer.concat([head, enhanced(1n, FRAME, { interfaceId: 3 })]),
      0,
      'malformed',
      head.length + 8,
      /interface 3/,
    ],
    [
      'pcapng: a packet longer than its block',
      Buffer.concat([head, length(20, 4000, good)]),
      0,
      'malformed',
      head.length + 20,
      /claims 4000/,
    ],
    [
      'pcapng: a packet before any interface',
      Buffer.concat([section(), block(3, Buffer.alloc(20))]),
      0,
      'malformed',
      section().length + 8,
      /none was described/,
    ],
  ] as const)('%s', (_, file, packets, code, offset, message) => {
    expect(broken(file)).toEqual({ packets, code, offset, message: expect.stringMatching(message) })
    expect(() => parseCapture(file)).toThrow(CaptureError)
  })
})

describe('a parser', () => {
  const frames = Array.from({ length: 7 }, (_, index) => FRAME.subarray(0, 14 + 8 * index))
  const files = [
    classic(frames.map((octets, index) => ({ seconds: index, fraction: 0, octets }))),
    Buffer.concat([
      section(),
      interfaceBlock(),
      block(99, Buffer.alloc(400)),
      ...frames.map((octets) => enhanced(1n, octets)),
    ]),
  ]

  it('gives the same packets whatever pieces the file comes in', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...files),
        fc.array(fc.integer({ min: 1, max: 90 }), { minLength: 1 }),
        (file, sizes) => {
          const parser = new CaptureParser()
          const packets = []
          for (let at = 0, turn = 0; at < file.length; turn++) {
            const size = sizes[turn % sizes.length]!
            packets.push(...parser.push(file.subarray(at, at + size)))
            at += size
          }
          parser.end()
          expect(parser.fault).toBeUndefined()
          expect(packets.map(({ octets }) => hex(octets))).toEqual(frames.map(hex))
        },
      ),
    )
  })

  it('says that the file is cut, and within what, wherever its last piece begins', () => {
    const faultOf = (...pieces: Buffer[]) => {
      const parser = new CaptureParser()
      for (const piece of pieces) parser.push(piece)
      parser.end()
      return parser.fault?.message
    }
    const differs = files.flatMap((file) =>
      Array.from(
        { length: file.length * 16 },
        (_, index) => [index >> 4, (index >> 4) + (index & 15)] as const,
      )
        .map(([last, end]) => [file.subarray(0, last), file.subarray(last, end)] as const)
        .filter((pieces) => faultOf(...pieces) !== faultOf(Buffer.concat(pieces))),
    )
    expect(differs.map(([{ length }]) => length)).toEqual([])
  })

  it('ends with packets and at most a located fault, for any octets', () => {
    const start = fc.constantFrom(...files, ...files.map((file) => file.subarray(0, 24)), Buffer.alloc(0))
    fc.assert(
      fc.property(
        start,
        fc.array(fc.tuple(fc.nat(600), fc.nat(255))),
        fc.uint8Array(),
        (file, changes, tail) => {
          const octets = Buffer.concat([file, tail])
          for (const [at, value] of changes) if (at < octets.length) octets[at] = value
          const parser = new CaptureParser()
          parser.push(octets)
          parser.end()
          if (parser.fault !== undefined) expect(parser.fault.offset).toBeLessThanOrEqual(octets.length)
        },
      ),
      { numRuns: 2000 },
    )
  })
})
