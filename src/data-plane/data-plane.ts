/**
 * What a bridge does with frames, apart from its neighbours' protocols: turns them round where reflective relay is
 * granted, and lets those of associated VSIs pass. A daemon has one, over all its ports: `linux-bridge.ts`, or
 * `no-data-plane.ts`, which does neither. Source: 802.1Q-2018 §8.6.1, §41.2.
 */
import type { FilterEntry } from '../../protocol/vdp/filter-info.ts'
import type { MacAddress } from '../../protocol/wire/mac-address.ts'
import type { SwitchPortJson, SwitchTableJson } from '../control/schema/switch.ts'
import type { Link } from '../netlink/link.ts'

/** What a port lets pass. */
export interface TrafficOptions {
  /** Only frames of associated VSIs, and those below; otherwise all. */
  readonly enforce: boolean
  /** VLAN of frames without a tag, or with VID 0. */
  readonly untaggedVid: number
  /** Passes without a VSI. */
  readonly allow: readonly FilterEntry[]
  /** Frames from the neighbour's own address pass without a VSI, untagged. */
  readonly allowStation: boolean
}

export const DEFAULT_TRAFFIC: TrafficOptions = {
  enforce: true,
  untaggedVid: 1,
  allow: [],
  allowStation: false,
}

/** The frames of an associated VSI. Each entry has a VID. */
export interface VsiTraffic {
  readonly entries: readonly FilterEntry[]
  /** What it may send, in octets a second; more is dropped. `burst` octets may come at once. */
  readonly limit?: { readonly rate: number; readonly burst: number } | undefined
}

/** By VSI; null: it has none. */
export type VsiTraffics = ReadonlyMap<string, VsiTraffic | null>
/** By VSI. */
export type VsiRefusals = ReadonlyMap<string, unknown>
export const NONE_REFUSED: VsiRefusals = new Map()

export interface PlannedPort {
  readonly name: string
  readonly traffic: TrafficOptions
}

/** Wanted and actual, as `qbg switch show` tells it. */
export interface PlaneView {
  readonly kind: DataPlane['kind']
  readonly table: SwitchTableJson | null
  readonly ports: readonly SwitchPortJson[]
}

/** Methods throw OperationalError when the kernel refuses. Ports are named, and may have no interface now. */
export interface DataPlane {
  readonly kind: 'none' | 'linux-bridge'
  /** Its ports do not relay reserved group addresses, whatever their bridge does. */
  readonly guards: boolean
  /** From now on the ports pass only what they may. What an earlier daemon has left is found and undone. */
  start(ports: readonly PlannedPort[]): void
  /** One that is there already stays as it is. */
  addPort(port: PlannedPort): void
  /** The port as it was found: all frames pass. */
  removePort(name: string): void
  /** The port's interface as it is now; null: there is none. */
  setLink(port: string, link: Link | null): void
  /** The address of the EVB neighbour itself. */
  setStation(port: string, mac: MacAddress | null): void
  /**
   * Exactly these frames pass for each of these VSIs; null: none. VSIs are named on their port. Returns those that could
   * not be had, with why: nothing has changed for them.
   */
  setVsis(port: string, wanted: VsiTraffics): VsiRefusals
  /** Whether frames could be turned round on that interface. */
  canRelay(link: Link | null | undefined): boolean
  /** Turns frames round, or no longer. */
  setRelay(port: string, enabled: boolean): void
  /** Hairpin goes back to how it was found; the filter stays. */
  restoreRelay(port: string): void
  inspect(): PlaneView
  /** Everything as it was found. */
  stop(): void
}
