/**
 * Netlink messages and attributes: octets to views and back. Source: netlink(7), linux/netlink.h.
 *
 *     message    length (32) | type (16) | flags (16) | sequence (32) | port (32) | payload, padded to 4
 *     attribute  length (16, header included) | type (16) | payload, padded to 4
 *
 * Host byte order (little-endian, see `io/libc.ts`). Read by hand rather than with binary-parser: the two headers
 * are eight fields in all, and what there is to parse are chains of padded attributes nested in each other, which
 * it leaves to the caller; a whole dump of a thousand links is read here in some milliseconds.
 */
export const NLMSG_ERROR = 2
export const NLMSG_DONE = 3

export const NLM_F_REQUEST = 0x1
export const NLM_F_ACK = 0x4
export const NLM_F_DUMP = 0x300
/** In a reply: the dump changed while it was read. */
export const NLM_F_DUMP_INTR = 0x10
/** In an NLMSG_ERROR: attributes with an explanation follow. */
export const NLM_F_ACK_TLVS = 0x200

const NLA_F_NESTED = 0x8000
const NLA_TYPE_MASK = 0x3fff
const MESSAGE_HEADER = 16
const ATTRIBUTE_HEADER = 4
const PORT_OFFSET = 12

export interface NetlinkMessage {
  readonly type: number
  readonly flags: number
  readonly sequence: number
  /** Number of the socket whose request it answers, or whose request caused it; 0 for the kernel's own. */
  readonly port: number
  readonly payload: Buffer
}

/** Attributes by type; of repeated ones the last. */
export type Attributes = ReadonlyMap<number, Buffer>

/** The messages of one datagram; what does not add up ends it. */
export function readMessages(datagram: Buffer): NetlinkMessage[] {
  const messages: NetlinkMessage[] = []
  for (let at = 0; at + MESSAGE_HEADER <= datagram.length; ) {
    const length = datagram.readUInt32LE(at)
    if (length < MESSAGE_HEADER || at + length > datagram.length) break
    messages.push({
      type: datagram.readUInt16LE(at + 4),
      flags: datagram.readUInt16LE(at + 6),
      sequence: datagram.readUInt32LE(at + 8),
      port: datagram.readUInt32LE(at + PORT_OFFSET),
      payload: datagram.subarray(at + MESSAGE_HEADER, at + length),
    })
    at += aligned(length)
  }
  return messages
}

/** The attributes in `octets` from `start` on; what does not add up ends it. */
export function readAttributes(octets: Buffer, start = 0): Attributes {
  return new Map(listAttributes(octets, start))
}

/** The same in their order, with those that are repeated. */
export function listAttributes(octets: Buffer, start = 0): (readonly [type: number, value: Buffer])[] {
  const attributes: (readonly [number, Buffer])[] = []
  for (let at = start; at + ATTRIBUTE_HEADER <= octets.length; ) {
    const length = octets.readUInt16LE(at)
    if (length < ATTRIBUTE_HEADER || at + length > octets.length) break
    const type = octets.readUInt16LE(at + 2) & NLA_TYPE_MASK
    attributes.push([type, octets.subarray(at + ATTRIBUTE_HEADER, at + length)])
    at += aligned(length)
  }
  return attributes
}

/** Text of an attribute, up to its NUL. */
export function attributeText(value: Buffer | undefined): string | undefined {
  if (value === undefined) return undefined
  const end = value.indexOf(0)
  return value.toString('utf8', 0, end < 0 ? value.length : end)
}

/** A number of one, two or four octets. */
export function attributeNumber(value: Buffer | undefined): number | undefined {
  return value !== undefined && [1, 2, 4].includes(value.length)
    ? value.readUIntLE(0, value.length)
    : undefined
}

/** A message to the kernel; the port number is left for it to fill in. */
export function encodeMessage(type: number, flags: number, sequence: number, payload: Uint8Array): Buffer {
  const message = Buffer.alloc(MESSAGE_HEADER + aligned(payload.length))
  message.writeUInt32LE(MESSAGE_HEADER + payload.length, 0)
  message.writeUInt16LE(type, 4)
  message.writeUInt16LE(flags, 6)
  message.writeUInt32LE(sequence, 8)
  message.writeUInt32LE(0, PORT_OFFSET)
  message.set(payload, MESSAGE_HEADER)
  return message
}

export function encodeAttribute(type: number, payload: Uint8Array): Buffer {
  const attribute = Buffer.alloc(ATTRIBUTE_HEADER + aligned(payload.length))
  attribute.writeUInt16LE(ATTRIBUTE_HEADER + payload.length, 0)
  attribute.writeUInt16LE(type, 2)
  attribute.set(payload, ATTRIBUTE_HEADER)
  return attribute
}

export function encodeNested(type: number, ...attributes: readonly Uint8Array[]): Buffer {
  return encodeAttribute(type | NLA_F_NESTED, Buffer.concat(attributes))
}

export function uint32(value: number): Buffer {
  const octets = Buffer.alloc(4)
  octets.writeUInt32LE(value)
  return octets
}

function aligned(length: number): number {
  return (length + 3) & ~3
}
