/**
 * Tables, chains and rules as requests to nf_tables. A table holds everything of one owner; a chain with a hook is
 * entered by frames of every Linux bridge in the network namespace, one without by `goTo` of another.
 * Source: linux/netfilter/nf_tables.h, linux/netfilter_bridge.h.
 */
import { encodeNested, readAttributes } from '../netlink/netlink-message.ts'
import {
  encodeBe32,
  encodeText,
  isBridgeFamily,
  NF_HEADER,
  NFT_MSG,
  type NftMessageType,
  type NftRequest,
} from './nf-message.ts'
import { decodeComment, encodeComment } from './nft-comment.ts'
import { type Expression, encodeExpressions } from './nft-expression.ts'

const NLM_F_EXCL = 0x200
const NLM_F_CREATE = 0x400
const NLM_F_APPEND = 0x800
/** Name of the table a message is about: the first attribute of every kind of message. */
const TABLE = 1
const TABLE_USERDATA = 6
const CHAIN = { name: 3, hook: 4, policy: 5, type: 7 } as const
const HOOK_NUMBER = 1
const HOOK_PRIORITY = 2
const RULE = { chain: 2, expressions: 4 } as const
const NF_ACCEPT = 1

/** Where frames enter a chain. Source: NF_BR_ numbers of linux/netfilter_bridge.h. */
const HOOK = {
  /** Came in by a port, before the bridge learns from it. */
  prerouting: 0,
  /** About to leave by a port, having come in by one. */
  forward: 2,
  /** About to leave by a port, made by this machine. */
  output: 3,
} as const

export type Rule = readonly Expression[]
export interface Chain {
  readonly name: string
  /** Of several tables' chains at one hook that of the lowest priority is first. */
  readonly hook?: { readonly at: keyof typeof HOOK; readonly priority: number }
  readonly rules: readonly Rule[]
}

/** Refused by the kernel when there is one of that name. */
export function newTable(table: string, comment: string): NftRequest {
  const attributes = Buffer.concat([encodeText(TABLE, table), encodeComment(TABLE_USERDATA, comment)])
  return { type: NFT_MSG.newTable, flags: NLM_F_CREATE | NLM_F_EXCL, attributes }
}

/** Goes with everything in it. */
export function deleteTable(table: string): NftRequest {
  return { type: NFT_MSG.deleteTable, flags: 0, attributes: encodeText(TABLE, table) }
}

/** Chains first, then the rules: these may lead from one to another. The sets they use are there already. */
export function newChains(table: string, chains: readonly Chain[]): NftRequest[] {
  const made = chains.map((chain) => newChain(table, chain))
  return [...made, ...chains.flatMap(({ name, rules }) => rules.map((rule) => newRule(table, name, rule)))]
}

function newChain(table: string, { name, hook }: Chain): NftRequest {
  const parts = [encodeText(TABLE, table), encodeText(CHAIN.name, name)]
  if (hook) {
    const place = [encodeBe32(HOOK_NUMBER, HOOK[hook.at]), encodeBe32(HOOK_PRIORITY, hook.priority)]
    parts.push(encodeText(CHAIN.type, 'filter'), encodeBe32(CHAIN.policy, NF_ACCEPT))
    parts.push(encodeNested(CHAIN.hook, ...place))
  }
  return { type: NFT_MSG.newChain, flags: NLM_F_CREATE, attributes: Buffer.concat(parts) }
}

function newRule(table: string, chain: string, rule: Rule): NftRequest {
  const expressions = encodeNested(RULE.expressions, encodeExpressions(rule))
  const attributes = Buffer.concat([encodeText(TABLE, table), encodeText(RULE.chain, chain), expressions])
  return { type: NFT_MSG.newRule, flags: NLM_F_CREATE | NLM_F_APPEND, attributes }
}

/** To be dumped: what a table has of a kind, or, without a table, all of the kind. */
export function question(type: NftMessageType, table?: string): NftRequest {
  return { type, flags: 0, attributes: table === undefined ? Buffer.alloc(0) : encodeText(TABLE, table) }
}

/** The table a message is about; undefined when it is not about one of the bridge family. */
export function tableOf(payload: Buffer): string | undefined {
  if (!isBridgeFamily(payload)) return undefined
  const name = readAttributes(payload, NF_HEADER).get(TABLE)
  return name?.toString('utf8', 0, Math.max(name.length - 1, 0))
}

/** Comment of a table; undefined when it has none. */
export function tableComment(payload: Buffer): string | undefined {
  return decodeComment(readAttributes(payload, NF_HEADER).get(TABLE_USERDATA))
}
