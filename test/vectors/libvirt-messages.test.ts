/** Messages between libvirt 9.0.0 and its agent, octet by octet as captured; only IFLA_PORT_REQUEST is one octet here. */
import { describe, expect, test } from 'vitest'
import type { MacAddress } from '../../protocol/wire/mac-address.ts'
import { encodeAcknowledgement, encodeLossEvent, encodeOutcomes } from '../../src/libvirt/answer.ts'
import { readDatagram } from '../../src/libvirt/request.ts'
import { attribute, getLink, ifinfomsg, message, setLink, UUID_HEX } from '../support/libvirt-octets.ts'

const hex = (text: string) => Buffer.from(text.replace(/\s/g, ''), 'hex')

const SETLINK = hex(`
  9c000000 1300 0500 c06d016b e33c4067
  00000000 02000000 00000000 00000000
  0900 0300 6c767530 00000000
  4000 1680  3c00 0180
    2800 0100 ffffffff 525400123456 ${'00'.repeat(26)}
    1000 0200 ffffffff 00000000 00000000
  3000 1880  2c00 0180
    0c00 0300 0b 573412 02 000000
    1400 0400 ${UUID_HEX}
    0500 0600 02000000`)

const PROFILE = {
  mac: '52:54:00:12:34:56' as MacAddress,
  vlan: 0,
  managerId: 11,
  typeId: 0x123457,
  typeVersion: 2,
}

function only(octets: Buffer) {
  const { requests, broken } = readDatagram(octets)
  expect(broken).toBe(false)
  expect(requests).toHaveLength(1)
  return requests[0]!
}

describe('RTM_SETLINK', () => {
  test('as libvirt sends it', () => {
    expect(only(SETLINK)).toMatchObject({
      kind: 'set',
      header: { type: 19, sequence: 0x6b016dc0, eventPort: 0x67403ce3 },
      device: { index: 2, name: 'lvu0' },
      operation: 'associate',
      uuid: UUID_HEX,
      profile: PROFILE,
    })
  })

  test('the builder of the other tests makes the same octets', () => {
    expect(setLink().toString('hex')).toBe(SETLINK.toString('hex'))
  })

  test('without NLA_F_NESTED, without IFLA_IFNAME', () => {
    expect(only(setLink({ nested: false }))).toMatchObject({ uuid: UUID_HEX, profile: PROFILE })
    expect(only(setLink({ name: null }))).toMatchObject({ device: { index: 2, name: undefined } })
  })

  test('unknown attributes are skipped', () => {
    const body = SETLINK.subarray(32)
    const more = Buffer.concat([ifinfomsg(2), attribute(60, Buffer.alloc(5)), body])
    expect(only(message(19, more))).toMatchObject({ kind: 'set', profile: PROFILE })
  })

  test.each([
    ['preassociate', 0],
    ['preassociate-rr', 1],
    ['associate', 2],
    ['deassociate', 3],
  ] as const)('%s is operation %d', (operation, number) => {
    const octets = Buffer.from(SETLINK)
    octets[0x98] = number
    expect(only(octets)).toMatchObject({ operation })
  })

  test('the end of a VSI needs its UUID only', () => {
    const port = Buffer.concat([attribute(4, hex(UUID_HEX)), attribute(6, Uint8Array.of(3))])
    const body = Buffer.concat([ifinfomsg(2), attribute(24, attribute(1, port))])
    expect(only(message(19, body))).toMatchObject({ operation: 'deassociate', profile: null })
  })

  test.each([
    ['an operation there is none of', 0x98, [4], /operation/],
    ['an all-zero UUID', 0x84, new Array(16).fill(0), /UUID/],
    ['a VLAN of 4095', 0x64, [0xff, 0x0f], /VLAN 4095/],
    ['a group address', 0x3c, [0x01], /MAC/],
    ['no VSI type', 0x76, [99], /VSI type/],
    ['no MAC address', 0x36, [99], /MAC/],
    ['no VLAN', 0x5e, [99], /VLAN/],
  ] as const)('%s is invalid', (_, at, octets, why) => {
    const changed = Buffer.from(SETLINK)
    changed.set(octets, at)
    const request = only(changed)
    expect(request).toMatchObject({ kind: 'unusable', errno: 22 })
    expect(request.kind === 'unusable' && request.why).toMatch(why)
  })

  test('is acknowledged with 36 octets that repeat its header', () => {
    const ack =
      '24000000 0200 0000 c06d016b e33c4067 00000000 9c000000 1300 0500 c06d016b e33c4067'.replaceAll(' ', '')
    expect(encodeAcknowledgement(only(SETLINK).header, 0).toString('hex')).toBe(ack)
    expect(encodeAcknowledgement(only(SETLINK).header, 19).readInt32LE(16)).toBe(-19)
  })
})

describe('RTM_GETLINK', () => {
  const GETLINK = hex(`28000000 1200 0500 c06d016b e33c4067
    00000000 02000000 00000000 00000000  0800 1d00 01000000`)

  test('as libvirt sends it', () => {
    expect(getLink().toString('hex')).toBe(GETLINK.toString('hex'))
    expect(only(GETLINK)).toMatchObject({ kind: 'get', device: { index: 2, name: undefined } })
  })

  test('answer: 68 octets while nothing is known, 76 with a response', () => {
    const { header } = only(GETLINK)
    const start = (length: string) =>
      `${length}000000 0300 0000 c06d016b e33c4067 00000000 02000000 00000000 00000000`
    const port = `1400 0400 ${UUID_HEX} 0800 0100 ffffffff`
    const waiting = hex(`${start('44')} 2400 1880 2000 0180 ${port}`)
    const granted = hex(`${start('4c')} 2c00 1880 2800 0180 ${port} 0600 0700 0000 0000`)
    expect(encodeOutcomes(header, 2, [{ uuid: UUID_HEX, response: null }]).toString('hex')).toBe(
      waiting.toString('hex'),
    )
    expect(encodeOutcomes(header, 2, [{ uuid: UUID_HEX, response: 0 }]).toString('hex')).toBe(
      granted.toString('hex'),
    )
  })

  test('answer without a VSI: no list, as libvirt wants it to fail at once', () => {
    expect(encodeOutcomes(only(GETLINK).header, 2, [])).toHaveLength(32)
  })

  test('answer with more VSIs than fit: the first ones, in at most 16 KiB', () => {
    const vsis = Array.from({ length: 5000 }, (_, index) => ({
      uuid: index.toString(16).padStart(32, '0'),
      response: 0,
    }))
    const answer = encodeOutcomes(only(GETLINK).header, 2, vsis)
    expect(answer.length).toBeLessThanOrEqual(16_384)
    expect(answer.length).toBeGreaterThan(16_384 - 41)
    expect(answer.subarray(44, 60).toString('hex')).toBe('0'.repeat(32))
  })
})

describe('the event', () => {
  test('as lldpad sends it, with the index and without octets from its stack', () => {
    const event = hex(`a4000000 1300 0000 c06d016b 92100000
      00000000 02000000 00000000 00000000
      0900 0300 6c767530 00000000
      4000 1680  3c00 0180
        2800 0100 ffffffff 525400123456 ${'00'.repeat(26)}
        1000 0200 ffffffff 00000000 00000000
      3800 1880  3400 0180
        0c00 0300 0b 573412 02 000000
        1400 0400 ${UUID_HEX}
        0800 0100 ffffffff
        0500 0600 03000000`)
    const told = encodeLossEvent({
      agentPort: 0x1092,
      sequence: 0x6b016dc0,
      index: 2,
      name: 'lvu0',
      uuid: UUID_HEX,
      profile: PROFILE,
    })
    expect(told.toString('hex')).toBe(event.toString('hex'))
  })
})

describe('datagrams', () => {
  test('every message of one is read', () => {
    const { requests } = readDatagram(Buffer.concat([setLink(), getLink()]))
    expect(requests.map(({ kind }) => kind)).toEqual(['set', 'get'])
  })

  test('other types are refused, answers are not answered', () => {
    expect(only(message(16, Buffer.alloc(16)))).toMatchObject({ kind: 'unusable', errno: 95 })
    expect(only(message(0xffff, Buffer.alloc(0)))).toMatchObject({ kind: 'unusable', errno: 95 })
    expect(readDatagram(message(2, Buffer.alloc(20)))).toMatchObject({ requests: [], notRequests: 1 })
  })

  test('a length that does not add up is no message', () => {
    const long = setLink()
    long.writeUInt32LE(long.length + 4, 0)
    expect(readDatagram(long)).toMatchObject({ requests: [], broken: true })
    expect(readDatagram(Buffer.alloc(15))).toMatchObject({ requests: [], broken: true })
    expect(only(message(19, Buffer.alloc(15)))).toMatchObject({ kind: 'unusable', errno: 22 })
  })
})
