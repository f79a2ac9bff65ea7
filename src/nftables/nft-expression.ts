/**
 * The expressions that a rule of ours is made of: what they load, compare, look up and decide. A rule is tried from
 * left to right and ends at the first expression that does not hold. Source: linux/netfilter/nf_tables.h.
 *
 *     expression   name | data, nested
 *     registers    four of 16 octets (1 to 4), or sixteen of 4 octets (8 to 23) over the same store; the fields of a
 *                  key follow each other in it, each padded to 4 octets
 */
import { encodeAttribute, encodeNested } from '../netlink/netlink-message.ts'
import { encodeBe32, encodeText } from './nf-message.ts'

const LIST_ELEMENT = 1
const EXPRESSION_NAME = 1
const EXPRESSION_DATA = 2
const DATA_VALUE = 1
const DATA_VERDICT = 2
const VERDICT_CODE = 1
const VERDICT_CHAIN = 2
const LINK_LAYER = 0
const COMPARE = { equal: 0, notEqual: 1 } as const
const LOOKUP_INVERTED = 1

const VERDICTS = { drop: 0, accept: 1, goto: -4 } as const
/** Source: enum nft_meta_keys. */
const META = { iifname: 6, oifname: 7 } as const
/** First of the 4-octet registers. */
const REGISTER_32 = 8
/** Holds a verdict instead of data. */
const VERDICT_REGISTER = 0

/** Where in an Ethernet frame: offset and length in octets. */
const FIELD = {
  destination: [0, 6],
  source: [6, 6],
  ethertype: [12, 2],
  /** Priority and VID, when the ethertype says 802.1Q. */
  vlanTag: [14, 2],
} as const satisfies Record<string, readonly [number, number]>

/** An encoded expression. */
export type Expression = Buffer

/** `at`, here and below: the 4-octet word of the register store, 0 to 15. A name takes four, an address two. */
export function loadInterface(which: keyof typeof META, at = 0): Expression {
  return expression('meta', encodeBe32(2, META[which]), encodeBe32(1, register(at)))
}

export function loadField(field: keyof typeof FIELD, at = 0): Expression {
  const [offset, length] = FIELD[field]
  const place = [encodeBe32(2, LINK_LAYER), encodeBe32(3, offset), encodeBe32(4, length)]
  return expression('payload', encodeBe32(1, register(at)), ...place)
}

/** Keeps the bits of `mask`, in place. */
export function maskBits(mask: Uint8Array, at = 0): Expression {
  return expression(
    'bitwise',
    encodeBe32(1, register(at)),
    encodeBe32(2, register(at)),
    encodeBe32(3, mask.length),
    encodeNested(4, encodeAttribute(DATA_VALUE, mask)),
    encodeNested(5, encodeAttribute(DATA_VALUE, Buffer.alloc(mask.length))),
  )
}

export function compare(operator: keyof typeof COMPARE, value: Uint8Array, at = 0): Expression {
  const data = encodeNested(3, encodeAttribute(DATA_VALUE, value))
  return expression('cmp', encodeBe32(1, register(at)), encodeBe32(2, COMPARE[operator]), data)
}

/** Holds when the key, which begins at word 0, is in the set. */
export function isIn(set: string): Expression {
  return expression('lookup', encodeBe32(2, register(0)), encodeText(1, set))
}

export function isNotIn(set: string): Expression {
  return expression('lookup', encodeBe32(2, register(0)), encodeText(1, set), encodeBe32(5, LOOKUP_INVERTED))
}

/** Applies the object that the map has for the key: a rate limit ends the rule unless it is exceeded. */
export function applyObjectOf(map: string): Expression {
  return expression('objref', encodeBe32(3, register(0)), encodeText(4, map))
}

export function decide(verdict: 'accept' | 'drop'): Expression {
  return verdictExpression(encodeBe32(VERDICT_CODE, VERDICTS[verdict]))
}

/** The rest of this chain is not tried. */
export function goTo(chain: string): Expression {
  return verdictExpression(encodeBe32(VERDICT_CODE, VERDICTS.goto), encodeText(VERDICT_CHAIN, chain))
}

export function encodeExpressions(expressions: readonly Expression[]): Buffer {
  return Buffer.concat(expressions.map((one) => encodeNested(LIST_ELEMENT, one)))
}

function verdictExpression(...verdict: readonly Buffer[]): Expression {
  const data = encodeNested(2, encodeNested(DATA_VERDICT, ...verdict))
  return expression('immediate', encodeBe32(1, VERDICT_REGISTER), data)
}

function expression(name: string, ...data: readonly Buffer[]): Expression {
  return Buffer.concat([encodeText(EXPRESSION_NAME, name), encodeNested(EXPRESSION_DATA, ...data)])
}

/** Words at the start of a 16-octet register go by its number, as the kernel tells them. */
function register(word: number): number {
  return word % 4 === 0 ? 1 + word / 4 : REGISTER_32 + word
}
