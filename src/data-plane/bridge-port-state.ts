/** One port of a data plane on a Linux bridge: what it is to pass, and how its interface was found. */
import type { Link } from '../netlink/link.ts'
import type { PlannedPort, TrafficOptions, VsiTraffic } from './data-plane.ts'
import { formatMark, type PortMark } from './port-mark.ts'
import type { Limit, Placed } from './switch-kernel.ts'
import { elementsOf } from './traffic-elements.ts'
import { NO_SHARE, type Share, shareOf } from './wanted.ts'

/** Elements and rate limit of one VSI, or of what passes without one. */
export interface VsiShare {
  readonly traffic: VsiTraffic | undefined
  readonly share: Share
  readonly limit: Limit | undefined
}

export const NOTHING: VsiShare = { traffic: undefined, share: NO_SHARE, limit: undefined }

/** IFNAMSIZ, with the NUL. A longer name is that of something else, a lab link over IP: no bridge forwards from it. */
const NAME_OCTETS = 16
const isInterfaceName = (name: string) => Buffer.byteLength(name) < NAME_OCTETS

export class BridgePortState {
  readonly name: string
  readonly traffic: TrafficOptions
  link: Link | null = null
  /** Undefined while the interface is no port of a Linux bridge. */
  mark: PortMark | undefined
  /** Frames are to be turned round. */
  relay = false
  readonly vsis = new Map<string, VsiShare>()
  /** The port itself in the sets, as it is applied. */
  share: Share = NO_SHARE
  #limits = 0

  constructor({ name, traffic }: PlannedPort) {
    this.name = name
    this.traffic = isInterfaceName(name) ? traffic : { ...traffic, enforce: false, allowStation: false }
  }

  /** The port itself in the sets, as it should be. */
  ownShare(): Share {
    if (!isInterfaceName(this.name)) return NO_SHARE
    const key = { port: this.name }
    const comment = this.mark && formatMark(this.mark)
    const port: Placed = { set: 'ports', element: { key, ...(comment !== undefined && { comment }) } }
    if (!this.traffic.enforce) return shareOf([port])
    const filter = (['filtered', 'refusedIn', 'refusedOut'] as const).map((set) => ({
      set,
      element: { key },
    }))
    return shareOf([port, ...filter, ...this.#elementsOf(this.traffic.allow)])
  }

  /** What a VSI is to have. `limited`: an address has a rate limit already, of another VSI. */
  vsiShare(traffic: VsiTraffic, limited: (placed: Placed) => boolean): VsiShare {
    const { entries, limit } = traffic
    const elements = this.#elementsOf(entries)
    const named = limit && { name: `${this.name}_${++this.#limits}`, ...limit }
    const macs = new Set(entries.flatMap(({ mac }) => (mac === undefined ? [] : [mac])))
    const limits = [...(named ? macs : [])]
      .map(
        (mac): Placed => ({
          set: 'limits',
          element: { key: { port: this.name, mac }, limit: named!.name },
        }),
      )
      .filter((placed) => !limited(placed))
    const share = shareOf([...elements, ...limits])
    return { traffic, share, limit: limits.length > 0 ? named : undefined }
  }

  #elementsOf(entries: VsiTraffic['entries']): Placed[] {
    return elementsOf(this.name, this.traffic.untaggedVid, entries)
  }

  /** How the interface is found; `hairpinOf` says whether hairpin mode was on before any daemon came. */
  find(link: Link | null, hairpinOf: (link: Link) => boolean): void {
    this.link = link
    if (link?.bridgePort === undefined) this.mark = undefined
    else if (this.mark?.index !== link.index) this.mark = { hairpin: hairpinOf(link), index: link.index }
  }
}
