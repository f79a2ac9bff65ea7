import fc from 'fast-check'
import { expect, test } from 'vitest'
import { decodeLinkMessage } from '../../src/netlink/link-message.ts'
import {
  attributeNumber,
  attributeText,
  encodeAttribute,
  encodeMessage,
  encodeNested,
  readAttributes,
  readMessages,
  uint32,
} from '../../src/netlink/netlink-message.ts'

const RTM_NEWLINK = 16
const RTM_DELLINK = 17

/** ifinfomsg of an Ethernet interface with index 5, up, with a carrier. */
function ifinfo(family: number, ...attributes: readonly Uint8Array[]): Buffer {
  const header = Buffer.from([family, 0, 1, 0, 5, 0, 0, 0, 0x41, 0, 1, 0, 0, 0, 0, 0])
  return Buffer.concat([header, ...attributes])
}

test('messages and attributes are laid out as the kernel has them', () => {
  const payload = Buffer.concat([encodeAttribute(3, Buffer.from('eth0\0')), encodeAttribute(4, uint32(1500))])
  expect(encodeMessage(18, 5, 7, payload).toString('hex')).toBe(
    [
      '24000000', // length 36
      '12000500', // type, flags
      '07000000', // sequence
      '00000000', // port
      '0900030065746830', // length 9, type 3, "eth0"
      '00000000', // its NUL, and padding
      '08000400dc050000', // length 8, type 4, 1500
    ].join(''),
  )
})

test('several messages in one datagram, attributes padded and nested, are read back', () => {
  const info = encodeNested(18, encodeAttribute(1, Buffer.from('veth\0')))
  const payload = Buffer.concat([encodeAttribute(3, Buffer.from('a\0')), info])
  const datagram = Buffer.concat([encodeMessage(16, 2, 1, payload), encodeMessage(3, 2, 1, uint32(0))])
  const messages = readMessages(datagram)
  expect(messages.map(({ type, flags, sequence }) => [type, flags, sequence])).toEqual([
    [16, 2, 1],
    [3, 2, 1],
  ])
  const attributes = readAttributes(messages[0]!.payload)
  expect(attributeText(attributes.get(3))).toBe('a')
  expect(attributeText(readAttributes(attributes.get(18)!).get(1))).toBe('veth')
  expect(attributeNumber(Buffer.from([1, 2]))).toBe(0x201)
  expect(attributeNumber(Buffer.from([1, 2, 3]))).toBeUndefined()
})

test('no octets whatever are more than the reader can bear', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (octets) => {
      for (const message of readMessages(Buffer.from(octets))) decodeLinkMessage(message)
      readAttributes(Buffer.from(octets))
      decodeLinkMessage({ type: RTM_NEWLINK, payload: Buffer.from(octets) })
    }),
  )
})

test('a port of a bridge is told under both families', () => {
  const port = [encodeAttribute(1, Uint8Array.of(3)), encodeAttribute(4, Uint8Array.of(1))] // state, mode
  const info = encodeNested(18, encodeAttribute(4, Buffer.from('bridge\0')), encodeNested(5, ...port))
  const payload = ifinfo(0, encodeAttribute(3, Buffer.from('eth0\0')), encodeAttribute(10, uint32(9)), info)
  const message = { type: RTM_NEWLINK }
  const bridgePort = { state: 'forwarding', hairpin: true }
  expect(decodeLinkMessage({ ...message, payload })).toMatchObject({
    type: 'present',
    link: { index: 5, name: 'eth0', up: true, ethernet: true, master: 9, masterKind: 'bridge', bridgePort },
  })
  const bridgeFamily = ifinfo(7, encodeNested(12, ...port))
  expect(decodeLinkMessage({ ...message, payload: bridgeFamily })).toEqual({
    type: 'bridge-port',
    index: 5,
    bridgePort,
  })
})

test('leaving a bridge is not disappearing', () => {
  const gone = { type: RTM_DELLINK }
  expect(decodeLinkMessage({ ...gone, payload: ifinfo(7) })).toBeUndefined()
  expect(decodeLinkMessage({ ...gone, payload: ifinfo(0) })).toEqual({ type: 'gone', index: 5 })
})

test.each([
  ['set up, running, with a carrier', 0x10041, true, true],
  ['with a carrier, not yet running: the transmit queue still discards', 0x10001, true, false],
  ['without a carrier', 0x41, true, false],
  ['not set up', 0x10040, false, false],
])('an interface %s', (_what, flags, adminUp, up) => {
  const payload = ifinfo(0)
  payload.writeUInt32LE(flags, 8)
  const change = decodeLinkMessage({ type: RTM_NEWLINK, payload })
  expect(change).toMatchObject({ link: { adminUp, up } })
})
