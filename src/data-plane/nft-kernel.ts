/** The kernel of a data plane on a Linux bridge, over a socket to nf_tables. */
import { ERRNO, SystemCallError } from '../io/errno.ts'
import { notPermitted } from '../io/port-problem.ts'
import { listAttributes } from '../netlink/netlink-message.ts'
import { NF_HEADER, NFT_MSG, type NftRequest } from '../nftables/nf-message.ts'
import { deleteLimit, newLimit } from '../nftables/nft-limit.ts'
import {
  addElements,
  askElements,
  decodeElements,
  type FoundElement,
  newSets,
  removeElements,
} from '../nftables/nft-set.ts'
import { NftSocket } from '../nftables/nft-socket.ts'
import { deleteTable, newChains, newTable, question, tableComment, tableOf } from '../nftables/nft-table.ts'
import { OperationalError } from '../runtime/operational-error.ts'
import { CHAINS, SET_NAMES, SETS, type SetName } from './ruleset.ts'
import type { Change, FoundContents, MarkedTable, Placed, SwitchKernel } from './switch-kernel.ts'

/** Comment of a table of ours. Another layout of rules gets another number. */
const MARK = 'qbg bridge, rules 1'
const ANY_MARK = /^qbg bridge, rules \d+$/
/** Counters of a chain; they come and go with `nft monitor` and its like, and mean nothing here. */
const CHAIN_COUNTERS = 8

/** Of a transaction under which tables go away. */
const MAX_ATTEMPTS = 5

export class NftKernel implements SwitchKernel {
  readonly #socket: NftSocket

  /** Throws OperationalError. */
  constructor() {
    this.#socket = attempt('open a socket to nf_tables', () => new NftSocket())
    attempt(
      'read the tables of nf_tables',
      () => this.markedTables(),
      () => this.close(),
    )
  }

  markedTables(): MarkedTable[] {
    return attempt('read the tables of nf_tables', () => {
      const tables = this.#socket.dump(question(NFT_MSG.getTable))
      const ours = tables.filter((payload) => ANY_MARK.test(tableComment(payload) ?? ''))
      return ours.flatMap((payload) => {
        const name = tableOf(payload)
        return name === undefined ? [] : [{ name, ports: this.#marks(name) }]
      })
    })
  }

  #marks(table: string): Map<string, string> {
    const elements = this.#elements(table, 'ports')
    return new Map(elements.map(({ key, comment = '' }) => [key.port, comment]))
  }

  make(table: string, contents: Change, inPlaceOf: readonly string[]): string {
    return attempt(`make the table ${table}`, () => {
      this.#replacing(inPlaceOf, [
        newTable(table, MARK),
        ...newSets(table, Object.values(SETS)),
        ...newChains(table, CHAINS),
        ...encodeChange(table, contents),
      ])
      return this.#rules(table)
    })
  }

  remove(tables: readonly string[]): void {
    attempt(`remove the tables ${tables.join(', ')}`, () => this.#replacing(tables, []))
  }

  change(table: string, change: Change): void {
    attempt(`change the table ${table}`, () => this.#socket.commit(encodeChange(table, change)))
  }

  read(table: string): FoundContents | undefined {
    return attempt(`read the table ${table}`, () => {
      if (this.#present([table]).length === 0) return undefined
      const elements = SET_NAMES.map((set) => [set, this.#elements(table, set)] as const)
      return { rules: this.#rules(table), elements: new Map(elements) }
    })
  }

  watch(onChange: (table: string | null) => void): () => void {
    return attempt('watch nf_tables', () => this.#socket.watch(onChange))
  }

  close(): void {
    this.#socket.close()
  }

  /** In one transaction. Another daemon that starts may remove the same left-overs between the look and the deed. */
  #replacing(old: readonly string[], made: readonly NftRequest[]): void {
    for (let attempts = 1; ; attempts++) {
      try {
        return this.#socket.commit([...this.#present(old).map(deleteTable), ...made])
      } catch (error) {
        const gone = error instanceof SystemCallError && error.errno === ERRNO.ENOENT
        if (!gone || attempts === MAX_ATTEMPTS) throw error
      }
    }
  }

  #present(tables: readonly string[]): string[] {
    const there = new Set(this.#socket.dump(question(NFT_MSG.getTable)).map(tableOf))
    return tables.filter((table) => there.has(table))
  }

  /** A set that is gone has no elements; its table's rules are altered then, too. */
  #elements(table: string, set: SetName): FoundElement[] {
    try {
      const payloads = this.#socket.dump(askElements(table, SETS[set]))
      return payloads.flatMap((payload) => decodeElements(SETS[set], payload))
    } catch (error) {
      if (error instanceof SystemCallError && error.errno === ERRNO.ENOENT) return []
      throw error
    }
  }

  /** Table, chains and rules in the octets the kernel tells them in. */
  #rules(table: string): string {
    const kinds = [NFT_MSG.getTable, NFT_MSG.getChain, NFT_MSG.getRule]
    const payloads = kinds.flatMap((kind) => this.#socket.dump(question(kind, table)))
    return payloads
      .filter((payload) => tableOf(payload) === table)
      .map(describePayload)
      .join('\n')
  }
}

function describePayload(payload: Buffer): string {
  const attributes = listAttributes(payload, NF_HEADER).filter(([type]) => type !== CHAIN_COUNTERS)
  return attributes.map(([type, value]) => `${type}=${value.toString('hex')}`).join(' ')
}

/** Limits before the elements that name them, and after those that did. */
function encodeChange(table: string, { limits, add, remove, removeLimits }: Change): NftRequest[] {
  return [
    ...limits.map(({ name, rate, burst }) => newLimit(table, name, rate, burst)),
    ...bySet(remove, (set, elements) =>
      removeElements(
        table,
        SETS[set],
        elements.map(({ key }) => key),
      ),
    ),
    ...bySet(add, (set, elements) => addElements(table, SETS[set], elements)),
    ...removeLimits.map((name) => deleteLimit(table, name)),
  ]
}

function bySet(
  placed: readonly Placed[],
  encode: (set: SetName, elements: Placed['element'][]) => NftRequest[],
): NftRequest[] {
  const sets = new Map<SetName, Placed['element'][]>()
  for (const { set, element } of placed) {
    const elements = sets.get(set)
    if (elements) elements.push(element)
    else sets.set(set, [element])
  }
  return [...sets].flatMap(([set, elements]) => encode(set, elements))
}

/** Throws OperationalError in the place of SystemCallError. */
function attempt<T>(operation: string, act: () => T, undo?: () => void): T {
  try {
    return act()
  } catch (error) {
    undo?.()
    throw error instanceof SystemCallError ? explain(operation, error) : error
  }
}

const UNSUPPORTED: ReadonlySet<number> = new Set([ERRNO.EINVAL, ERRNO.EPROTONOSUPPORT, ERRNO.EOPNOTSUPP])

function explain(operation: string, cause: SystemCallError): OperationalError {
  if (cause.errno === ERRNO.EPERM || cause.errno === ERRNO.EACCES) return notPermitted(operation, cause)
  const code = UNSUPPORTED.has(cause.errno) ? 'unsupported-by-kernel' : 'system-call-failed'
  const hint = code === 'unsupported-by-kernel' ? 'the kernel needs CONFIG_NF_TABLES_BRIDGE' : undefined
  return new OperationalError(code, cause.message, { operation, cause, ...(hint !== undefined && { hint }) })
}
