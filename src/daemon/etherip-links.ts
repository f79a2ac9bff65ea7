/**
 * Interfaces of the kernel, and EtherIP links as if they were some: always up, since nobody can tell, with an address
 * of their own that stays the same on a host.
 */
import { createHash } from 'node:crypto'
import { hostname } from 'node:os'
import type { MacAddress } from '../../protocol/wire/mac-address.ts'
import { parseEtherIpName } from '../io/etherip-name.ts'
import type { Link, LinkObserver, LinkSource, LinkWatcher } from '../netlink/link.ts'

export class EtherIpLinks implements LinkSource {
  readonly #kernel: LinkSource

  constructor(kernel: LinkSource) {
    this.#kernel = kernel
  }

  find(name: string): Link | undefined {
    return parseEtherIpName(name) ? etherIpLink(name) : this.#kernel.find(name)
  }

  byIndex(index: number): Link | undefined {
    return this.#kernel.byIndex(index)
  }

  /** Those of the kernel: an EtherIP link is there when it is named. */
  list(): readonly Link[] {
    return this.#kernel.list()
  }

  watch(name: string, watcher: LinkWatcher): () => void {
    if (parseEtherIpName(name) === undefined) return this.#kernel.watch(name, watcher)
    watcher(etherIpLink(name))
    return () => {}
  }

  observe(observer: LinkObserver): () => void {
    return this.#kernel.observe(observer)
  }
}

function etherIpLink(name: string): Link {
  return {
    index: 0,
    name,
    mac: macOf(name),
    ethernet: true,
    adminUp: true,
    up: true,
    mtu: 1500,
    kind: 'etherip',
    lowerElsewhere: false,
  }
}

/** Locally administered; the two ends name each other, so theirs differ also on hosts of one name. */
function macOf(name: string): MacAddress {
  const digest = createHash('sha256').update(`${hostname()} ${name}`).digest('hex')
  return `02:${digest.slice(0, 10).replace(/(..)(?=.)/g, '$1:')}` as MacAddress
}
