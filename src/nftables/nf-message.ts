/**
 * Messages to nf_tables: the header behind netlink's own, and the batch that makes several of them one transaction.
 * Numbers in attributes are in network byte order here. Source: linux/netfilter/nfnetlink.h, nf_tables.h.
 *
 *     message   netlink header | family (8) | version 0 (8) | resource (16) | attributes
 *     batch     BATCH_BEGIN | messages | BATCH_END        all of them take effect, or none
 */
import { encodeAttribute, encodeMessage, NLM_F_ACK, NLM_F_REQUEST } from '../netlink/netlink-message.ts'

const SUBSYSTEM = 10
const BATCH_BEGIN = 0x10
const BATCH_END = 0x11
const AF_UNSPEC = 0
/** Rules on the frames of Linux bridges. */
const NFPROTO_BRIDGE = 7
/** Octets of the header behind netlink's. */
export const NF_HEADER = 4

/** Source: enum nf_tables_msg_types. */
export const NFT_MSG = {
  newTable: 0,
  getTable: 1,
  deleteTable: 2,
  newChain: 3,
  getChain: 4,
  newRule: 6,
  getRule: 7,
  newSet: 9,
  newElement: 12,
  getElement: 13,
  deleteElement: 14,
  newObject: 18,
  deleteObject: 20,
} as const
export type NftMessageType = (typeof NFT_MSG)[keyof typeof NFT_MSG]

/** One message of a batch, or the question of a dump. */
export interface NftRequest {
  readonly type: NftMessageType
  /** Beside NLM_F_REQUEST. */
  readonly flags: number
  readonly attributes: Uint8Array
}

/** The message of nf_tables that a netlink type stands for; undefined when it is another subsystem's. */
export function nftMessageType(type: number): number | undefined {
  return type >> 8 === SUBSYSTEM ? type & 0xff : undefined
}

export function isBridgeFamily(payload: Buffer): boolean {
  return payload.length >= NF_HEADER && payload[0] === NFPROTO_BRIDGE
}

export function encodeRequest({ type, flags, attributes }: NftRequest, sequence: number): Buffer {
  const payload = Buffer.concat([header(NFPROTO_BRIDGE, 0), attributes])
  return encodeMessage((SUBSYSTEM << 8) | type, flags | NLM_F_REQUEST, sequence, payload)
}

/** A transaction. All messages carry the number `sequence`; the last one asks for an acknowledgement. */
export function encodeBatch(requests: readonly NftRequest[], sequence: number): Buffer {
  const edge = header(AF_UNSPEC, SUBSYSTEM)
  const messages = requests.map((request, index) => {
    const acknowledged = index === requests.length - 1 ? NLM_F_ACK : 0
    return encodeRequest({ ...request, flags: request.flags | acknowledged }, sequence)
  })
  return Buffer.concat([
    encodeMessage(BATCH_BEGIN, NLM_F_REQUEST, sequence, edge),
    ...messages,
    encodeMessage(BATCH_END, NLM_F_REQUEST, sequence, edge),
  ])
}

export function encodeText(type: number, text: string): Buffer {
  return encodeAttribute(type, Buffer.from(`${text}\0`))
}

/** A 32-bit number, also a negative one. */
export function encodeBe32(type: number, value: number): Buffer {
  const octets = Buffer.alloc(4)
  octets.writeInt32BE(value | 0)
  return encodeAttribute(type, octets)
}

export function encodeBe64(type: number, value: bigint): Buffer {
  const octets = Buffer.alloc(8)
  octets.writeBigUInt64BE(value)
  return encodeAttribute(type, octets)
}

function header(family: number, resource: number): Buffer {
  const octets = Buffer.alloc(NF_HEADER)
  octets[0] = family
  octets.writeUInt16BE(resource, 2)
  return octets
}
