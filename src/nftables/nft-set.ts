/**
 * Sets, what is put into them and taken out: each a request of constant cost, however large the set. A map is a set
 * whose elements name an object, here a rate limit (`nft-limit.ts`). Source: linux/netfilter/nf_tables.h.
 */
import { encodeAttribute, encodeNested, listAttributes, readAttributes } from '../netlink/netlink-message.ts'
import { encodeBe32, encodeText, NF_HEADER, NFT_MSG, type NftRequest } from './nf-message.ts'
import { decodeComment, encodeComment } from './nft-comment.ts'
import { OBJECT_LIMIT } from './nft-limit.ts'
import { decodeKey, encodeKey, type Key, type KeyField, keyDescription, keySize, keyType } from './set-key.ts'

export interface SetShape {
  readonly name: string
  readonly key: readonly KeyField[]
  /** Each element counts the frames it was found for. */
  readonly counts?: boolean
  /** Each element names a rate limit. */
  readonly limits?: boolean
}

export interface Element {
  readonly key: Key
  readonly comment?: string
  /** Name of the element's rate limit. */
  readonly limit?: string
}

/** An element as the kernel has it. */
export interface FoundElement extends Element {
  /** Counted until now. */
  readonly frames?: number
}

const NLM_F_CREATE = 0x400
const TABLE = 1
const SET = {
  name: 2,
  flags: 3,
  keyType: 4,
  keySize: 5,
  id: 10,
  userdata: 13,
  objectType: 15,
  expression: 17,
}
const SET_IS_OBJECT_MAP = 0x40
const LIST = { set: 2, elements: 3 } as const
const LIST_ELEMENT = 1
const ELEMENT = { key: 1, userdata: 6, expression: 7, object: 9, expressions: 11 } as const
const DATA_VALUE = 1
const EXPRESSION_NAME = 1
const EXPRESSION_DATA = 2
const COUNTER_PACKETS = 2

/** The length of an attribute has 16 bits: more elements than this go into several messages. */
const MAX_ELEMENTS = 400

/** `sets` are all sets of the table: the kernel wants a number for each. */
export function newSets(table: string, sets: readonly SetShape[]): NftRequest[] {
  return sets.map((set, index) => ({
    type: NFT_MSG.newSet,
    flags: NLM_F_CREATE,
    attributes: Buffer.concat([encodeText(TABLE, table), encodeSet(set, index + 1)]),
  }))
}

function encodeSet({ name, key, counts, limits }: SetShape, id: number): Buffer {
  const counter = [encodeText(EXPRESSION_NAME, 'counter'), encodeNested(EXPRESSION_DATA)]
  return Buffer.concat([
    encodeText(SET.name, name),
    encodeBe32(SET.flags, limits ? SET_IS_OBJECT_MAP : 0),
    encodeBe32(SET.keyType, keyType(key)),
    encodeBe32(SET.keySize, keySize(key)),
    ...(limits ? [encodeBe32(SET.objectType, OBJECT_LIMIT)] : []),
    encodeBe32(SET.id, id),
    encodeAttribute(SET.userdata, keyDescription(key)),
    ...(counts ? [encodeNested(SET.expression, ...counter)] : []),
  ])
}

/** An element that is there already stays as it is, with its comment. */
export function addElements(table: string, set: SetShape, elements: readonly Element[]): NftRequest[] {
  return elementRequests(NFT_MSG.newElement, NLM_F_CREATE, table, set, elements)
}

/** Refused by the kernel when one is not there. */
export function removeElements(table: string, set: SetShape, keys: readonly Key[]): NftRequest[] {
  const elements = keys.map((key) => ({ key }))
  return elementRequests(NFT_MSG.deleteElement, 0, table, set, elements)
}

function elementRequests(
  type: NftRequest['type'],
  flags: number,
  table: string,
  set: SetShape,
  elements: readonly Element[],
): NftRequest[] {
  const head = setName(table, set)
  const requests: NftRequest[] = []
  for (let at = 0; at < elements.length; at += MAX_ELEMENTS) {
    const list = elements.slice(at, at + MAX_ELEMENTS).map((element) => encodeElement(set, element))
    requests.push({ type, flags, attributes: Buffer.concat([head, encodeNested(LIST.elements, ...list)]) })
  }
  return requests
}

function encodeElement({ key: fields }: SetShape, { key, comment, limit }: Element): Buffer {
  return encodeNested(
    LIST_ELEMENT,
    encodeNested(ELEMENT.key, encodeAttribute(DATA_VALUE, encodeKey(fields, key))),
    ...(comment === undefined ? [] : [encodeComment(ELEMENT.userdata, comment)]),
    ...(limit === undefined ? [] : [encodeText(ELEMENT.object, limit)]),
  )
}

/** To be dumped. */
export function askElements(table: string, set: SetShape): NftRequest {
  return { type: NFT_MSG.getElement, flags: 0, attributes: setName(table, set) }
}

function setName(table: string, { name }: SetShape): Buffer {
  return Buffer.concat([encodeText(TABLE, table), encodeText(LIST.set, name)])
}

/** The elements in one message of a dump. */
export function decodeElements({ key: fields }: SetShape, payload: Buffer): FoundElement[] {
  const list = readAttributes(payload, NF_HEADER).get(LIST.elements)
  return list === undefined ? [] : listAttributes(list).flatMap(([, octets]) => decodeElement(fields, octets))
}

function decodeElement(fields: readonly KeyField[], octets: Buffer): FoundElement[] {
  const attributes = readAttributes(octets)
  const value = attributes.get(ELEMENT.key)
  const data = value && readAttributes(value).get(DATA_VALUE)
  const key = data && decodeKey(fields, data)
  if (key === undefined) return []
  const comment = decodeComment(attributes.get(ELEMENT.userdata))
  const limit = attributes.get(ELEMENT.object)
  const frames = decodeFrames(attributes.get(ELEMENT.expression) ?? attributes.get(ELEMENT.expressions))
  return [
    {
      key,
      ...(comment !== undefined && { comment }),
      ...(limit !== undefined && { limit: limit.toString('utf8', 0, limit.length - 1) }),
      ...(frames !== undefined && { frames }),
    },
  ]
}

/** Packets of a counter: one expression, or a list with one. */
function decodeFrames(octets: Buffer | undefined): number | undefined {
  const attributes = octets && readAttributes(octets)
  const data = attributes?.get(EXPRESSION_DATA) ?? inner(attributes?.get(LIST_ELEMENT))
  const packets = data && readAttributes(data).get(COUNTER_PACKETS)
  return packets?.length === 8 ? Number(packets.readBigUInt64BE()) : undefined
}

function inner(octets: Buffer | undefined): Buffer | undefined {
  return octets && readAttributes(octets).get(EXPRESSION_DATA)
}
