/** Comments in the user data that the kernel keeps for tables, rules and elements, as nft writes and shows them. */
import { encodeAttribute } from '../netlink/netlink-message.ts'

/** Type, length and value each; of the text, its NUL included. */
const COMMENT = 0
const HEADER = 2

/** At most 253 octets of text. Throws RangeError when it is longer. */
export function encodeComment(type: number, text: string): Buffer {
  const octets = Buffer.from(`${text}\0`)
  if (octets.length > 254) throw new RangeError(`a comment of ${octets.length} octets`)
  return encodeAttribute(type, Buffer.concat([Buffer.from([COMMENT, octets.length]), octets]))
}

/** Undefined when there is none. */
export function decodeComment(userdata: Buffer | undefined): string | undefined {
  if (userdata === undefined) return undefined
  for (let at = 0; at + HEADER <= userdata.length; at += HEADER + userdata[at + 1]!) {
    const end = at + HEADER + userdata[at + 1]!
    if (userdata[at] === COMMENT && end <= userdata.length) {
      return userdata.toString('utf8', at + HEADER, end - 1)
    }
  }
  return undefined
}
