/** A second opinion on the fixed layouts of capture files: binary-parser, told by the drafts' figures. */
import { Parser } from 'binary-parser/dist/binary_parser.js'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { parseCapture } from '../../src/pcap/capture-parser.ts'
import { classic, enhanced, interfaceBlock, type Order, section } from '../support/capture-octets.ts'

const order = fc.constantFrom<Order>('little', 'big')
const word = fc.nat(0xffffffff)
const octets = fc.uint8Array({ maxLength: 30 })

test('a classic record', () => {
  fc.assert(
    fc.property(
      order,
      word,
      fc.nat(999_999),
      octets,
      word,
      word,
      (order, seconds, fraction, octets, originalLength, snapLength) => {
        const file = classic([{ seconds, fraction, octets, originalLength }], { order, snapLength })
        const layout = new Parser()
          .endianness(order)
          .seek(16)
          .uint32('snapLength')
          .uint32('linkType')
          .uint32('seconds')
          .uint32('fraction')
          .uint32('length')
          .uint32('originalLength')
          .buffer('octets', { length: 'length' })
        const { length: _, octets: second, fraction: units, seconds: whole, ...told } = layout.parse(file)
        const [packet] = parseCapture(file)
        expect(packet).toMatchObject({
          originalLength: told.originalLength,
          interface: { snapLength: told.snapLength, linkType: told.linkType },
          time: { seconds: whole, nanoseconds: units * 1000 },
        })
        expect(Buffer.from(packet!.octets).equals(second)).toBe(true)
      },
    ),
  )
})

test('an enhanced packet block', () => {
  fc.assert(
    fc.property(
      order,
      fc.bigInt(0n, 2n ** 52n),
      octets,
      word,
      word,
      (order, units, octets, originalLength, snapLength) => {
        const head = Buffer.concat([section(order), interfaceBlock([], { order, snapLength })])
        const file = Buffer.concat([head, enhanced(units, octets, { order, originalLength })])
        const layout = new Parser()
          .endianness(order)
          .seek(head.length + 12)
          .uint32('high')
          .uint32('low')
          .uint32('length')
          .uint32('originalLength')
          .buffer('octets', { length: 'length' })
        const told = layout.parse(file)
        const [packet] = parseCapture(file)
        const microseconds = told.high * 2 ** 32 + told.low
        expect(packet).toMatchObject({
          originalLength: told.originalLength,
          interface: { snapLength },
          time: { seconds: Math.floor(microseconds / 1e6), nanoseconds: (microseconds % 1e6) * 1000 },
        })
        expect(Buffer.from(packet!.octets).equals(told.octets)).toBe(true)
      },
    ),
  )
})
