/** The frames of VSIs on the ports of a Linux bridge: what each is to have becomes a change of the table. */
import { isDeepStrictEqual } from 'node:util'
import type { MacAddress } from '../../protocol/wire/mac-address.ts'
import type { Log } from '../runtime/log.ts'
import { describeError } from '../runtime/operational-error.ts'
import { type BridgePortState, NOTHING, type VsiShare } from './bridge-port-state.ts'
import type { BridgeTable } from './bridge-table.ts'
import { NONE_REFUSED, type VsiRefusals, type VsiTraffic, type VsiTraffics } from './data-plane.ts'
import type { BridgePorts, Placed } from './switch-kernel.ts'
import type { Share } from './wanted.ts'

interface VsiChange {
  readonly key: string
  readonly before: VsiShare
  readonly after: VsiShare
}

export interface TrafficChangesOptions {
  readonly bridgePorts: BridgePorts
  readonly log: Log
}

export class TrafficChanges {
  readonly #table: () => BridgeTable | undefined
  readonly #options: TrafficChangesOptions

  /** While there is no table, it is only remembered what is wanted. */
  constructor(table: () => BridgeTable | undefined, options: TrafficChangesOptions) {
    this.#table = table
    this.#options = options
  }

  /**
   * In one transaction, whatever their number; when the kernel refuses that, one after the other, and those are returned
   * that it refuses then.
   */
  replaceAll(port: BridgePortState, wanted: VsiTraffics, keyOf: (vsi: string) => string): VsiRefusals {
    if (wanted.size > 1 && this.#replaceTogether(port, wanted, keyOf)) return NONE_REFUSED
    const refused = new Map<string, unknown>()
    for (const [vsi, traffic] of wanted) {
      try {
        this.replace(port, keyOf(vsi), traffic)
      } catch (error) {
        refused.set(vsi, error)
      }
    }
    return refused
  }

  #replaceTogether(port: BridgePortState, wanted: VsiTraffics, keyOf: (vsi: string) => string): boolean {
    const changes: VsiChange[] = []
    const done = this.#table()?.replaceTogether((staged) => {
      for (const [vsi, traffic] of wanted) {
        const change = this.#changeOf(port, keyOf(vsi), traffic)
        if (change === undefined) continue
        const { before, after } = change
        staged.replace(before.share, after.share, { add: after.limit, remove: before.limit })
        changes.push(change)
      }
    })
    if (done) for (const change of changes) this.#settle(port, change)
    return done === true
  }

  /** What is wanted under `key` on that port; null: nothing. Throws OperationalError. */
  replace(port: BridgePortState, key: string, traffic: VsiTraffic | null): void {
    const change = this.#changeOf(port, key, traffic)
    if (change === undefined) return
    const { before, after } = change
    this.#table()?.replace(before.share, after.share, { add: after.limit, remove: before.limit })
    this.#settle(port, change)
  }

  /** Undefined when nothing changes. */
  #changeOf(port: BridgePortState, key: string, traffic: VsiTraffic | null): VsiChange | undefined {
    const before = port.vsis.get(key) ?? NOTHING
    const same =
      before === NOTHING ? traffic === null : isDeepStrictEqual(before.traffic, traffic ?? undefined)
    if (same) return undefined
    const limited = (placed: Placed) =>
      this.#table()?.has(placed) === true && !ownsLimit(before, placed.element.key.mac)
    return { key, before, after: traffic ? port.vsiShare(traffic, limited) : NOTHING }
  }

  #settle(port: BridgePortState, { key, before, after }: VsiChange): void {
    if (after === NOTHING) port.vsis.delete(key)
    else port.vsis.set(key, after)
    this.#forgetAddresses(port, before.share, after.share)
  }

  /**
   * Frames to an address that has left the port are not sent there in vain until it has spoken somewhere else. Of a
   * port whose link is down the bridge forgets everything by itself.
   */
  #forgetAddresses({ link }: BridgePortState, before: Share, after: Share): void {
    if (before.length === 0 || !link?.up || link.bridgePort === undefined) return
    const kept = addressesOf(after)
    for (const mac of addressesOf(before)) {
      if (kept.has(mac)) continue
      try {
        this.#options.bridgePorts.forgetAddress(link, mac)
      } catch (error) {
        this.#options.log.warn({ port: link.name }, `${mac} stays learned here: ${describeError(error)}`)
      }
    }
  }
}

function addressesOf(share: Share): Set<MacAddress> {
  return new Set(share.flatMap(({ element: { key } }) => key.mac ?? []))
}

function ownsLimit({ share }: VsiShare, mac: MacAddress | undefined): boolean {
  return share.some(({ set, element }) => set === 'limits' && element.key.mac === mac)
}
