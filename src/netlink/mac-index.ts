/** Which interfaces of one kind have a MAC address, kept up to date: asked for each event of each guest. */
import type { MacAddress } from '../../protocol/wire/mac-address.ts'
import type { Link, LinkSource } from './link.ts'

export class MacIndex {
  readonly #kind: string
  readonly #macOf = new Map<number, MacAddress>()
  /** Interface indexes, in the order in which they were seen. */
  readonly #indexesOf = new Map<MacAddress, Set<number>>()

  /** Of the interfaces there are now; `update` tells it the rest. */
  constructor(links: LinkSource, kind: string) {
    this.#kind = kind
    for (const link of links.list()) this.update(link.index, link)
  }

  /** As a LinkObserver. */
  update(index: number, link: Link | null): void {
    const before = this.#macOf.get(index)
    const mac = link?.kind === this.#kind ? link.mac : undefined
    if (before === mac) return
    if (before !== undefined) this.#remove(index, before)
    if (mac !== undefined) this.#add(index, mac)
  }

  /** Index of an interface with one of these addresses; of several, one that was seen first. */
  find(macs: readonly MacAddress[]): number | undefined {
    for (const mac of macs) {
      for (const index of this.#indexesOf.get(mac) ?? []) return index
    }
    return undefined
  }

  #add(index: number, mac: MacAddress): void {
    const indexes = this.#indexesOf.get(mac) ?? new Set()
    this.#macOf.set(index, mac)
    this.#indexesOf.set(mac, indexes.add(index))
  }

  #remove(index: number, mac: MacAddress): void {
    const indexes = this.#indexesOf.get(mac)
    this.#macOf.delete(index)
    indexes?.delete(index)
    if (indexes?.size === 0) this.#indexesOf.delete(mac)
  }
}
