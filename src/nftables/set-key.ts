/**
 * Keys of sets: interface, address and VLAN, in the octets that the kernel compares, and what nft needs to know to
 * show them. Source: linux/netfilter/nf_tables.h; numbers of data types and descriptions as nft writes them.
 *
 *     key   interface name (16 octets) | MAC address (6, padded to 8) | VID (2, padded to 4)     those the set has
 */
import { type MacAddress, readMacAddress } from '../../protocol/wire/mac-address.ts'
import { fromHex } from '../../protocol/wire/octets.ts'
import { uint32 } from '../netlink/netlink-message.ts'

/** In this order in every key. */
export type KeyField = 'port' | 'mac' | 'vid'
export interface Key {
  /** Interface name, at most 15 octets. */
  readonly port: string
  readonly mac?: MacAddress
  readonly vid?: number
}

/** nft's data type, and octets in a key. */
const FIELDS = {
  port: { type: 41, size: 16 },
  mac: { type: 9, size: 8 },
  vid: { type: 4, size: 4 },
} as const
const BITS_OF_TYPE = 6

export function keySize(fields: readonly KeyField[]): number {
  return fields.reduce((size, field) => size + FIELDS[field].size, 0)
}

/** One number for all the types of a key. */
export function keyType(fields: readonly KeyField[]): number {
  return fields.reduce((type, field) => (type << BITS_OF_TYPE) | FIELDS[field].type, 0)
}

/** Throws RangeError when a field is missing or does not fit. */
export function encodeKey(fields: readonly KeyField[], key: Key): Buffer {
  const octets = Buffer.alloc(keySize(fields))
  let at = 0
  for (const field of fields) {
    if (field === 'port') encodeName(key.port).copy(octets, at)
    else if (field === 'mac') octets.set(fromHex(present(key.mac).replaceAll(':', '')), at)
    else octets.writeUInt16BE(present(key.vid), at)
    at += FIELDS[field].size
  }
  return octets
}

function encodeName(name: string): Buffer {
  const octets = Buffer.from(name)
  if (octets.length >= FIELDS.port.size) throw new RangeError(`no interface name: ${name}`)
  return octets
}

function present<T>(value: T | undefined): T {
  if (value === undefined) throw new RangeError('a key lacks a field of its set')
  return value
}

/** Undefined when it has another size. */
export function decodeKey(fields: readonly KeyField[], octets: Buffer): Key | undefined {
  if (octets.length !== keySize(fields)) return undefined
  let key: Key = { port: '' }
  let at = 0
  for (const field of fields) {
    if (field === 'port') key = { ...key, port: decodeName(octets.subarray(at, at + FIELDS.port.size)) }
    else if (field === 'mac') key = { ...key, mac: readMacAddress(octets, at) }
    else key = { ...key, vid: octets.readUInt16BE(at) }
    at += FIELDS[field].size
  }
  return key
}

function decodeName(octets: Buffer): string {
  const end = octets.indexOf(0)
  return octets.toString('utf8', 0, end < 0 ? octets.length : end)
}

const KEY_BYTE_ORDER = 0
const KEY_TYPEOF = 3
const HOST_ORDER = 1
const CONCATENATION = 13
const META = 9
const PAYLOAD = 7
const IIFNAME = 6
/** Header, field, and its bits when it is not whole octets. */
const ETHERNET_SOURCE = [tlv(0, uint32(17)), tlv(1, uint32(2))]
const VLAN_ID = [tlv(0, uint32(16)), tlv(1, uint32(4)), tlv(4, uint32(12))]

/** nft's own description of the key, kept by the kernel for it: a VID has no type that nft could name. */
export function keyDescription(fields: readonly KeyField[]): Buffer {
  const byteOrder = tlv(KEY_BYTE_ORDER, uint32(fields.length === 1 ? HOST_ORDER : 0))
  if (!fields.includes('vid')) return byteOrder
  const parts = fields.map((field, index) => tlv(index, describeField(field)))
  return Buffer.concat([
    byteOrder,
    tlv(KEY_TYPEOF, Buffer.concat([tlv(0, uint32(CONCATENATION)), tlv(1, Buffer.concat(parts))])),
  ])
}

function describeField(field: KeyField): Buffer {
  if (field === 'port') return Buffer.concat([tlv(0, uint32(META)), tlv(1, tlv(0, uint32(IIFNAME)))])
  const what = Buffer.concat(field === 'mac' ? ETHERNET_SOURCE : VLAN_ID)
  return Buffer.concat([tlv(0, uint32(PAYLOAD)), tlv(1, what)])
}

function tlv(type: number, value: Buffer): Buffer {
  return Buffer.concat([Buffer.from([type, value.length]), value])
}
