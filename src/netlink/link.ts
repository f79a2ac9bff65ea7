/**
 * A network interface as rtnetlink describes it, and the view of all of them that others build on. Values only:
 * `link-message.ts` reads them from the kernel, `link-monitor.ts` keeps them.
 */
import type { MacAddress } from '../../protocol/wire/mac-address.ts'

/** Source: linux/if_bridge.h, BR_STATE_*. */
export const BRIDGE_PORT_STATES = ['disabled', 'listening', 'learning', 'forwarding', 'blocking'] as const
export type BridgePortState = (typeof BRIDGE_PORT_STATES)[number]

export interface BridgePort {
  /** STP state; without STP a port forwards as soon as it is up. */
  readonly state: BridgePortState
  /** Frames may leave by the port they came in by: reflective relay in the data path. */
  readonly hairpin: boolean
}

export interface Link {
  readonly index: number
  readonly name: string
  /** ZERO_MAC when it has none of six octets. */
  readonly mac: MacAddress
  /** ARPHRD_ETHER; the other kinds cannot carry LLDP or ECP. */
  readonly ethernet: boolean
  /** Set up by an operator (IFF_UP). */
  readonly adminUp: boolean
  /** Frames pass: set up, with a carrier, operational (IFF_LOWER_UP, IFF_RUNNING). */
  readonly up: boolean
  readonly mtu: number
  /** Driver kind: `veth`, `macvlan`, `macvtap`, `bridge`, ...; absent for a physical interface. */
  readonly kind?: string
  /**
   * IFLA_LINK: index of the interface below a macvlan or macvtap, or of the other end of a veth. Of a new veth the
   * kernel tells it with the next event only.
   */
  readonly lower?: number
  /** `lower` counts in another network namespace. */
  readonly lowerElsewhere: boolean
  /** Index of the bridge, bond or other interface this one is a port of. */
  readonly master?: number
  /** Kind of that master: `bridge`, `bond`, `openvswitch`, ... */
  readonly masterKind?: string
  /** Present when the master is a Linux bridge. */
  readonly bridgePort?: BridgePort
}

/** Told the present state at once, and every change after it; null while there is no such interface. */
export type LinkWatcher = (link: Link | null) => void

/** Told every change of any interface; null when it is gone, also when it goes on under another name. */
export type LinkObserver = (index: number, link: Link | null) => void

/** What a port needs to know of interfaces; the link monitor is one, a test may be another. */
export interface LinkSource {
  find(name: string): Link | undefined
  byIndex(index: number): Link | undefined
  /** All of them, by index. */
  list(): readonly Link[]
  /** Follows the interface of that name through disappearing and coming back. Returns what ends it. */
  watch(name: string, watcher: LinkWatcher): () => void
  /** Follows all interfaces, from now on. Returns what ends it. */
  observe(observer: LinkObserver): () => void
}
