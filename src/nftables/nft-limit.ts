/** Rate limits as objects of a table, for maps to name. Source: linux/netfilter/nf_tables.h, nft_limit_attributes. */
import { encodeNested } from '../netlink/netlink-message.ts'
import { encodeBe32, encodeBe64, encodeText, NFT_MSG, type NftRequest } from './nf-message.ts'

/** What kind of object, also of a map of them. */
export const OBJECT_LIMIT = 4

const NLM_F_CREATE = 0x400
const OBJECT = { table: 1, name: 2, type: 3, data: 4 } as const
const LIMIT = { rate: 1, unit: 2, burst: 3, type: 4, flags: 5 } as const
const UNIT_SECOND = 1n
const IN_OCTETS = 1
/** Holds while the rate is exceeded, not while it is kept. */
const INVERTED = 1

/** `rate` in octets a second; `burst` octets may come at once beyond it. */
export function newLimit(table: string, name: string, rate: number, burst: number): NftRequest {
  const data = encodeNested(
    OBJECT.data,
    encodeBe64(LIMIT.rate, BigInt(rate)),
    encodeBe64(LIMIT.unit, UNIT_SECOND),
    encodeBe32(LIMIT.burst, burst),
    encodeBe32(LIMIT.type, IN_OCTETS),
    encodeBe32(LIMIT.flags, INVERTED),
  )
  const attributes = Buffer.concat([objectName(table, name), data])
  return { type: NFT_MSG.newObject, flags: NLM_F_CREATE, attributes }
}

/** Refused by the kernel while an element names it. */
export function deleteLimit(table: string, name: string): NftRequest {
  return { type: NFT_MSG.deleteObject, flags: 0, attributes: objectName(table, name) }
}

function objectName(table: string, name: string): Buffer {
  const parts = [encodeText(OBJECT.table, table), encodeText(OBJECT.name, name)]
  return Buffer.concat([...parts, encodeBe32(OBJECT.type, OBJECT_LIMIT)])
}
