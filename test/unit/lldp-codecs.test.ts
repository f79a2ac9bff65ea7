import { describe, expect, it } from 'vitest'
import { encodeAdminString, printable } from '../../protocol/lldp/admin-string.ts'
import { formatChassisId } from '../../protocol/lldp/chassis-id.ts'
import { encodeLldpdu, type Lldpdu, NO_OPTIONAL_TLVS } from '../../protocol/lldp/lldpdu.ts'
import { formatManagementAddress, parseManagementAddress } from '../../protocol/lldp/management-address.ts'
import { formatPortId } from '../../protocol/lldp/port-id.ts'
import { compareToTable, msapIdentifier, type RemoteSystem } from '../../protocol/lldp/remote-table.ts'
import { STATION_MAC } from '../support/test-port.ts'

const MANDATORY: Lldpdu = {
  chassisId: { subtype: 4, value: '020000000a01' },
  portId: { subtype: 3, value: '020000000a01' },
  ttl: 121,
  ...NO_OPTIONAL_TLVS,
}

describe('chassis ID and port ID for people', () => {
  it.each([
    [4, '020000000a01', '02:00:00:00:0a:01'],
    [4, '020000000a', '4:020000000a'],
    [5, '01c0000201', '192.0.2.1'],
    [5, '0220010db8000000000000000000000001', '2001:db8::1'],
    [5, '01c00002', '5:01c00002'],
    [5, '03c0000201', '5:03c0000201'],
    [6, '65746830', 'eth0'],
    [7, '736f6d6520686f7374', 'some host'],
    [7, '2061', '7:2061'],
    [7, '1b5b324a', '7:1b5b324a'],
    [0, '61', '0:61'],
    [8, '61', '8:61'],
  ])('chassis ID subtype %i, %s: %s', (subtype, value, text) => {
    expect(formatChassisId({ subtype, value })).toBe(text)
  })

  it.each([
    [3, '020000000a01', '02:00:00:00:0a:01'],
    [4, '01c0000201', '192.0.2.1'],
    [4, '020000000a01', '4:020000000a01'],
    [5, '65746830', 'eth0'],
    [6, '61', '6:61'],
  ])('port ID subtype %i, %s: %s', (subtype, value, text) => {
    expect(formatPortId({ subtype, value })).toBe(text)
  })
})

describe('management addresses', () => {
  it.each([
    ['192.0.2.1', 1, 'c0000201'],
    ['2001:db8::1', 2, '20010db8000000000000000000000001'],
    ['02:00:00:00:0a:01', 6, '020000000a01'],
  ])('%s', (text, family, address) => {
    const parsed = parseManagementAddress(text, 7)!
    expect(parsed).toEqual({ family, address, interfaceNumbering: 2, interfaceNumber: 7, oid: '' })
    expect(formatManagementAddress(parsed)).toBe(text)
  })

  it('without an interface index the numbering is unknown', () => {
    expect(parseManagementAddress('192.0.2.1', 0)).toMatchObject({
      interfaceNumbering: 1,
      interfaceNumber: 0,
    })
  })

  it.each(['', 'host', '192.0.2', '192.0.2.256'])('"%s" is none', (text) => {
    expect(parseManagementAddress(text, 1)).toBeUndefined()
  })

  it('of another family, or of a length that does not fit, are shown as octets', () => {
    const rest = { interfaceNumbering: 1, interfaceNumber: 0, oid: '' }
    expect(formatManagementAddress({ family: 16, address: '6578', ...rest })).toBe('16:6578')
    expect(formatManagementAddress({ family: 1, address: 'c00002', ...rest })).toBe('1:c00002')
  })
})

describe('texts', () => {
  it('are cut at 255 octets between characters', () => {
    expect(encodeAdminString('x'.repeat(300))).toHaveLength(255)
    expect(encodeAdminString('ü'.repeat(300))).toHaveLength(254)
    expect(encodeAdminString('😀'.repeat(300))).toHaveLength(252)
  })

  it('with half a surrogate pair are sent as what can be sent', () => {
    expect([...encodeAdminString('a\ud800b')]).toEqual([0x61, 0xef, 0xbf, 0xbd, 0x62])
  })

  it('lose their control characters where they are shown', () => {
    expect(printable('a\u0000\n\u001b[31m\u009bb\u2028c\u007f é')).toBe(
      'a\ufffd\ufffd\ufffd[31m\ufffdb\ufffdc\ufffd é',
    )
    expect(printable('sw\u202e1\u2066x\u200f')).toBe('sw\ufffd1\ufffdx\ufffd')
  })
})

describe('an LLDPDU that cannot be encoded is the caller´s mistake', () => {
  const organizational = (length: number) => ({ oui: '00120f', subtype: 1, data: 'ab'.repeat(length) })
  it.each<[string, Partial<Lldpdu>]>([
    ['a TTL beyond 16 bits', { ttl: 65536 }],
    ['an empty chassis ID', { chassisId: { subtype: 7, value: '' } }],
    ['a port ID of 256 octets', { portId: { subtype: 7, value: '61'.repeat(256) } }],
    ['508 octets of organisational data', { organizational: [organizational(508)] }],
    [
      'more than 1500 octets',
      { organizational: [organizational(507), organizational(507), organizational(450)] },
    ],
    ['a reserved TLV of a type that is not', { unknown: [{ type: 3, data: '0000' }] }],
    ['a reserved TLV of type 127', { unknown: [{ type: 127, data: '0000' }] }],
    [
      'a management address of 32 octets',
      {
        managementAddresses: [
          { family: 1, address: '00'.repeat(32), interfaceNumbering: 1, interfaceNumber: 0, oid: '' },
        ],
      },
    ],
  ])('%s', (_what, change) => {
    expect(() => encodeLldpdu({ ...MANDATORY, ...change })).toThrow(RangeError)
  })
})

describe('remote table', () => {
  const system = (value: string, octets = [1], mac = STATION_MAC): RemoteSystem => {
    const lldpdu = { ...MANDATORY, chassisId: { subtype: 7, value } }
    return { msap: msapIdentifier(lldpdu), mac, lldpdu, octets: Uint8Array.from(octets) }
  }

  it('tells what a system is to it', () => {
    const known = system('61')
    const table = new Map([[known.msap, known]])
    expect(compareToTable(table, system('61'), 1)).toBe('unchanged')
    expect(compareToTable(table, system('61', [2]), 1)).toBe('changed')
    expect(compareToTable(table, system('61', [1], '02:00:00:00:0a:02' as never), 1)).toBe('changed')
    expect(compareToTable(table, system('62'), 2)).toBe('new')
    expect(compareToTable(table, system('62'), 1)).toBe('no-room')
  })

  it('identifiers that run into each other are different', () => {
    const msap = (chassis: string, port: string) =>
      msapIdentifier({ chassisId: { subtype: 7, value: chassis }, portId: { subtype: 7, value: port } })
    expect(msap('6161', '61')).not.toBe(msap('61', '6161'))
  })
})
