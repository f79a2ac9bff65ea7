/** IP addresses as people write them, and the shortest form they are written back in. */
import { describe, expect, test } from 'vitest'
import { formatIpv6, parseIpv4, parseIpv6 } from '../../protocol/wire/ip-address.ts'

test.each([
  ['192.0.2.1', 'c0000201'],
  ['0.0.0.0', '00000000'],
  ['255.255.255.255', 'ffffffff'],
])('IPv4 %s', (text, hex) => expect(parseIpv4(text)).toBe(hex))

test.each(['', '1.2.3', '1.2.3.4.5', '1.2.3.256', '1.2.3.04', '1.2.3.', '1.2.3.x', '1..2.3'])(
  'no IPv4 address: %j',
  (text) => expect(parseIpv4(text)).toBeUndefined(),
)

describe('IPv6', () => {
  test.each([
    ['::', '0'.repeat(32), '::'],
    ['::1', `${'0'.repeat(31)}1`, '::1'],
    ['2001:db8::1', '20010db8000000000000000000000001', '2001:db8::1'],
    ['2001:DB8:0:0:1:0:0:1', '20010db8000000000001000000000001', '2001:db8::1:0:0:1'],
    ['1:2:3:4:5:6:7:8', '00010002000300040005000600070008', '1:2:3:4:5:6:7:8'],
    ['1:2:3:4:5:6:7::', '00010002000300040005000600070000', '1:2:3:4:5:6:7:0'],
    ['::ffff:192.0.2.1', '00000000000000000000ffffc0000201', '::ffff:192.0.2.1'],
    ['64:ff9b::192.0.2.33', '0064ff9b0000000000000000c0000221', '64:ff9b::c000:221'],
    ['1:2:3:4:5:6:1.2.3.4', '00010002000300040005000601020304', '1:2:3:4:5:6:102:304'],
  ])('%s', (text, hex, shortest) => {
    expect(parseIpv6(text)).toBe(hex)
    expect(formatIpv6(hex)).toBe(shortest)
    expect(parseIpv6(shortest)).toBe(hex)
  })

  test.each([
    '',
    ':',
    ':::',
    '1::2::3',
    '1:2:3:4:5:6:7',
    '1:2:3:4:5:6:7:8:9',
    '1:2:3:4:5:6:7:8::',
    '12345::',
    'g::',
    '::1.2.3.256',
    '::1.2.3',
    '1.2.3.4',
    '1:2:3:4:5:6:7:1.2.3.4',
    '::1.2.3.4:5',
  ])('no address: %j', (text) => expect(parseIpv6(text)).toBeUndefined())
})
