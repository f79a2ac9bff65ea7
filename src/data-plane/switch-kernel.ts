/**
 * What a data plane on a Linux bridge asks of the kernel. `nft-kernel.ts` is the kernel; tests have one in memory.
 * Every call is over, all of it or nothing, when it returns. Methods throw OperationalError.
 */
import type { MacAddress } from '../../protocol/wire/mac-address.ts'
import type { Link } from '../netlink/link.ts'
import type { Element, FoundElement } from '../nftables/nft-set.ts'
import type { SetName } from './ruleset.ts'

/** An element in its set. */
export interface Placed {
  readonly set: SetName
  readonly element: Element
}

/** Octets a second, and octets that may come at once. */
export interface Limit {
  readonly name: string
  readonly rate: number
  readonly burst: number
}

export interface Change {
  readonly limits: readonly Limit[]
  readonly add: readonly Placed[]
  /** Only the keys count. They go before others are added. */
  readonly remove: readonly Placed[]
  /** Names of limits. */
  readonly removeLimits: readonly string[]
}

/** A table that some qbg made, with the comments on its ports. */
export interface MarkedTable {
  readonly name: string
  readonly ports: ReadonlyMap<string, string>
}

export interface FoundContents {
  /** The table without its elements: the same as long as nobody changes rules. */
  readonly rules: string
  readonly elements: ReadonlyMap<SetName, readonly FoundElement[]>
}

export interface SwitchKernel {
  markedTables(): MarkedTable[]
  /** Makes a table with its rules and these contents, in place of others. Returns its `rules` as they are found. */
  make(table: string, contents: Change, inPlaceOf: readonly string[]): string
  /** Those of them that are there. */
  remove(tables: readonly string[]): void
  change(table: string, change: Change): void
  /** Undefined when there is no such table. */
  read(table: string): FoundContents | undefined
  /** Calls back when somebody else has changed a table, null when it is not known which. Returns what ends it. */
  watch(onChange: (table: string | null) => void): () => void
  close(): void
}

/** What is set of a bridge port apart from rules. Methods throw OperationalError. */
export interface BridgePorts {
  setHairpin(port: Link, enabled: boolean): void
  /** As it is now, whatever events have told. */
  readHairpin(port: Link): boolean
  /** What the bridge has learned of the address at that port; it may be at another one by now. */
  forgetAddress(port: Link, mac: MacAddress): void
}
