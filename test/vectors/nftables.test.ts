/** Messages to nf_tables, octet for octet as nft 1.0.6 sends them for the same rules, seen with strace. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { MacAddress } from '../../protocol/wire/mac-address.ts'
import { readMessages } from '../../src/netlink/netlink-message.ts'
import { encodeBatch } from '../../src/nftables/nf-message.ts'
import { decodeComment, encodeComment } from '../../src/nftables/nft-comment.ts'
import {
  compare,
  decide,
  encodeExpressions,
  goTo,
  loadField,
  loadInterface,
} from '../../src/nftables/nft-expression.ts'
import { newLimit } from '../../src/nftables/nft-limit.ts'
import { addElements, decodeElements, newSets, removeElements } from '../../src/nftables/nft-set.ts'
import { newChains, newTable, tableComment, tableOf } from '../../src/nftables/nft-table.ts'
import { decodeKey, encodeKey, type KeyField } from '../../src/nftables/set-key.ts'

const TABLE = 'qbg_1'
const MAC = '52:54:00:00:00:01' as MacAddress
const hex = (octets: Uint8Array) => Buffer.from(octets).toString('hex')
/** A message of the bridge family with these attributes, as it is read. */
const message = (attributes: Uint8Array) => Buffer.concat([Buffer.from([7, 0, 0, 0]), attributes])
const NAMED = '0a0001007162675f31000000'

test('a hooked chain', () => {
  const hook = { at: 'prerouting', priority: -300 } as const
  const [chain] = newChains(TABLE, [{ name: 'prerouting', hook, rules: [] }])
  expect(hex(chain!.attributes)).toBe(
    `${NAMED}0f000300707265726f7574696e6700000b00070066696c7465720000080005000000000114000480080001000000000008000200fffffed4`,
  )
})

describe('sets', () => {
  test.each([
    [
      'ports',
      ['port'],
      '0a000200706f72747300000008000300000000000800040000000029080005000000001008000a00000000010a000d000004010000000000',
    ],
    [
      'tagged_macs',
      ['port', 'mac', 'vid'],
      '100002007461676765645f6d6163730008000300000000000800040000029244080005000000001c08000a000000000156000d00000400000000034a00040d0000000142000e00040900000001060004060000000114000407000000010c000411000000010402000000021a000407000000011200041000000001040400000004040c0000000000',
    ],
    [
      'tagged_open',
      ['port', 'vid'],
      '100002007461676765645f6f70656e0008000300000000000800040000000a44080005000000001408000a000000000140000d00000400000000033400040d000000012c000e0004090000000106000406000000011a000407000000011200041000000001040400000004040c000000',
    ],
  ] as const)('%s', (name, key, octets) => {
    const [request] = newSets(TABLE, [{ name, key }])
    expect(hex(request!.attributes)).toBe(NAMED + octets)
  })

  test('whose elements count', () => {
    const [request] = newSets(TABLE, [{ name: 'refused', key: ['port'], counts: true }])
    expect(hex(request!.attributes)).toBe(
      `${NAMED}0c000200726566757365640008000300000000000800040000000029080005000000001008000a00000000010a000d000004010000000000140011800c000100636f756e7465720004000280`,
    )
  })
})

test('a rate limit', () => {
  expect(hex(newLimit(TABLE, 'l', 10 * 2 ** 20, 0).attributes)).toBe(
    `${NAMED}060002006c0000000800030000000004340004800c0001000000000000a000000c0002000000000000000001080003000000000008000400000000010800050000000001`,
  )
})

describe('expressions', () => {
  test.each([
    [
      'iifname',
      loadInterface('iifname'),
      '24000180090001006d657461000000001400028008000200000000060800010000000001',
    ],
    [
      'ether saddr behind it',
      loadField('source', 4),
      '340001800c0001007061796c6f616400240002800800010000000002080002000000000008000300000000060800040000000006',
    ],
    [
      'vlan tag behind both',
      loadField('vlanTag', 6),
      '340001800c0001007061796c6f61640024000280080001000000000e0800020000000000080003000000000e0800040000000002',
    ],
    [
      '== 8021q',
      compare('equal', Buffer.from([0x81, 0])),
      '2c00018008000100636d700020000280080001000000000108000200000000000c0003800600010081000000',
    ],
    [
      'drop',
      decide('drop'),
      '300001800e000100696d6d6564696174650000001c0002800800010000000000100002800c0002800800010000000000',
    ],
    [
      'goto',
      goTo('tagged_in'),
      '400001800e000100696d6d6564696174650000002c0002800800010000000000200002801c00028008000100fffffffc0e0002007461676765645f696e000000',
    ],
  ])('%s', (_, expression, octets) => {
    expect(hex(encodeExpressions([expression]))).toBe(octets)
  })
})

describe('elements', () => {
  const tagged = { name: 'tagged_macs', key: ['port', 'mac', 'vid'] as const }
  const element = { key: { port: 'swp1', mac: MAC, vid: 200 } }
  const list = '2c00038028000180240001802000010073777031000000000000000000000000525400000001000000c80000'

  test('with a VLAN', () => {
    const [request] = addElements(TABLE, tagged, [element])
    expect(hex(request!.attributes)).toBe(`${NAMED}100002007461676765645f6d61637300${list}`)
    expect(hex(removeElements(TABLE, tagged, [element.key])[0]!.attributes)).toBe(hex(request!.attributes))
  })

  test('with a comment', () => {
    const [request] = addElements(TABLE, { name: 'ports', key: ['port'] }, [
      { key: { port: 'swp1' }, comment: 'x' },
    ])
    expect(hex(request!.attributes)).toBe(
      `${NAMED}0a000200706f72747300000028000380240001801800018014000100737770310000000000000000000000000800060000027800`,
    )
  })

  test('many go into several messages, each within the length an attribute can have', () => {
    const elements = Array.from({ length: 1000 }, (_, vid) => ({ key: { port: 'swp1', mac: MAC, vid } }))
    const requests = addElements(TABLE, tagged, elements)
    expect(requests.map(({ attributes }) => attributes.length < 0xffff)).toEqual([true, true, true])
    expect(requests.flatMap(({ attributes }) => decodeElements(tagged, message(attributes)))).toEqual(
      elements,
    )
  })

  test('any key is read back from its octets', () => {
    const fields: readonly KeyField[] = ['port', 'mac', 'vid']
    const octet = fc.integer({ min: 0, max: 255 }).map((value) => value.toString(16).padStart(2, '0'))
    const mac = fc
      .array(octet, { minLength: 6, maxLength: 6 })
      .map((octets) => octets.join(':') as MacAddress)
    const port = fc.stringMatching(/^[a-z0-9._-]{1,15}$/)
    fc.assert(
      fc.property(fc.record({ port, mac, vid: fc.integer({ min: 0, max: 4095 }) }), (key) => {
        expect(decodeKey(fields, encodeKey(fields, key))).toEqual(key)
      }),
    )
  })

  test('a name that no interface has, or a missing field, is a mistake of the caller', () => {
    expect(() => encodeKey(['port'], { port: 'a-name-of-16-octets' })).toThrow(RangeError)
    expect(() => encodeKey(['port', 'mac'], { port: 'swp1' })).toThrow(RangeError)
  })

  test('no octets whatever are more than the reader can bear', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (octets) => {
        decodeElements(tagged, Buffer.from(octets))
        decodeComment(Buffer.from(octets))
        tableOf(Buffer.from(octets))
        tableComment(Buffer.from(octets))
      }),
    )
  })
})

test('a transaction is its messages between two marks; the last one asks for an answer', () => {
  const requests = [newTable(TABLE, 'qbg'), ...newChains(TABLE, [{ name: 'out', rules: [[decide('drop')]] }])]
  const batch = readMessages(encodeBatch(requests, 9))
  const [begin, table, chain, rule, end] = batch
  expect(batch).toHaveLength(5)
  for (const mark of [begin, end]) expect(hex(mark!.payload)).toBe('0000000a')
  expect([begin!.type, end!.type]).toEqual([0x10, 0x11])
  // REQUEST 1, ACK 4, EXCL 0x200, CREATE 0x400, APPEND 0x800; types behind subsystem 10
  expect([table!, chain!, rule!].map(({ type, flags }) => [type, flags])).toEqual([
    [0xa00, 0x601],
    [0xa03, 0x401],
    [0xa06, 0xc05],
  ])
  expect(batch.every(({ sequence }) => sequence === 9)).toBe(true)
  expect(batch.map(({ payload }) => tableOf(payload))).toEqual([undefined, TABLE, TABLE, TABLE, undefined])
  expect(tableComment(table!.payload)).toBe('qbg')
})

test('a comment has its place in user data; one that does not fit is refused', () => {
  expect(hex(encodeComment(6, 'qbg 1'))).toBe('0c0006000006716267203100')
  expect(decodeComment(Buffer.from('05010000067162672031003300', 'hex'))).toBe('qbg 1')
  expect(decodeComment(Buffer.from('0501', 'hex'))).toBeUndefined()
  expect(() => encodeComment(6, 'x'.repeat(254))).toThrow(RangeError)
})
