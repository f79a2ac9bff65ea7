/** The value of a field, and what it means. */
import { decodeAdminString } from '../lldp/admin-string.ts'
import { formatChassisId } from '../lldp/chassis-id.ts'
import { formatManagementAddress } from '../lldp/management-address.ts'
import { formatPortId } from '../lldp/port-id.ts'
import { formatManagerId } from '../vdp/manager-id-tlv.ts'
import { formatVsiId, VSI_ID_FORMATS } from '../vdp/vsi-id.ts'
import { formatIpv6 } from '../wire/ip-address.ts'
import { readMacAddress } from '../wire/mac-address.ts'
import { toHex } from '../wire/octets.ts'
import type { Field } from './field.ts'

export type FieldValue = number | boolean | string

/** Of `uint`, `flag` and `bits`: the bits as a number. At most four octets. */
export function readBits({ shift, mask }: Field, octets: Uint8Array, start: number, end: number): number {
  let word = 0
  for (let at = start; at < end; at++) word = (word << 8) | octets[at]!
  return ((word >>> shift) & mask) >>> 0
}

/** Undefined for a group. The octets are there. */
export function readValue(
  field: Field,
  octets: Uint8Array,
  start: number,
  end: number,
): FieldValue | undefined {
  switch (field.kind) {
    case 'group':
      return undefined
    case 'uint':
    case 'bits':
      return readBits(field, octets, start, end)
    case 'flag':
      return readBits(field, octets, start, end) === 1
    default:
      return readText(field, octets, start, end)
  }
}

/** Of the kinds whose value is text. */
export function readText({ kind }: Field, octets: Uint8Array, start: number, end: number): string {
  switch (kind) {
    case 'mac':
      return readMacAddress(octets, start)
    case 'oui':
      return toHex(octets, start, end).replace(/(..)(?=.)/g, '$1:')
    case 'ipv4':
      return octets.subarray(start, end).join('.')
    case 'ipv6':
      return formatIpv6(toHex(octets, start, end))
    case 'text':
      return decodeAdminString(octets, start, end)
    default:
      return readTold(kind, octets, start, end)
  }
}

/** Of the kinds that the octet before tells what they are, and plain octets. */
function readTold(kind: Field['kind'], octets: Uint8Array, start: number, end: number): string {
  const value = toHex(octets, start, end)
  const told = octets[start - 1] ?? 0
  switch (kind) {
    case 'vsi-id':
      return formatVsiId({ format: told, value })
    case 'uuid':
      return formatVsiId({ format: VSI_ID_FORMATS.uuid, value })
    case 'manager-id':
      return formatManagerId(value)
    case 'chassis-id':
      return formatChassisId({ subtype: told, value })
    case 'port-id':
      return formatPortId({ subtype: told, value })
    case 'management-address':
      return formatManagementAddress({ family: told, address: value })
    default:
      return value
  }
}

/** What a number means, in words; undefined when nobody says. */
export function meaningOf({ kind, meanings }: Field, value: number): string | undefined {
  if (meanings === undefined) return undefined
  if (kind !== 'bits') return meanings[value]
  const names = Object.entries(meanings).flatMap(([mask, name]) => (value & Number(mask) ? [name] : []))
  return names.length > 0 ? names.join(', ') : undefined
}
