/**
 * The data plane on ports of Linux bridges: hairpin mode is reflective relay, and a table of nf_tables lets the frames
 * of associated VSIs pass. Ports are named in the rules, so that an interface that goes and comes back is filtered
 * from its first frame on. Nothing else of a port is changed; how it was found is noted in the table itself, which
 * stays when the daemon is killed: who comes after finds it, and goes back to that.
 */
import type { MacAddress } from '../../protocol/wire/mac-address.ts'
import type { SwitchPortJson } from '../control/schema/switch.ts'
import type { Link, LinkSource } from '../netlink/link.ts'
import type { Clock } from '../runtime/clock.ts'
import type { Log } from '../runtime/log.ts'
import { describeError, OperationalError } from '../runtime/operational-error.ts'
import { BridgePortState } from './bridge-port-state.ts'
import { BridgeTable, type Difference, refusedFrames } from './bridge-table.ts'
import {
  type DataPlane,
  NONE_REFUSED,
  type PlaneView,
  type PlannedPort,
  type VsiRefusals,
  type VsiTraffics,
} from './data-plane.ts'
import { findLeftOvers } from './left-overs.ts'
import type { PortMark } from './port-mark.ts'
import type { BridgePorts, SwitchKernel } from './switch-kernel.ts'
import { TrafficChanges } from './traffic-changes.ts'
import { describeElement } from './traffic-elements.ts'
import { idOf, NO_SHARE } from './wanted.ts'

export interface LinuxBridgeOptions {
  /** Throws OperationalError where there is no nf_tables. */
  readonly openKernel: () => SwitchKernel
  readonly bridgePorts: BridgePorts
  readonly links: LinkSource
  readonly clock: Clock
  readonly log: Log
  /** Interfaces that a qbg runs on; undefined when that cannot be known. */
  readonly held: () => ReadonlySet<string> | undefined
  /** Marks the table's name. */
  readonly pid: number
}

/** Names of what passes without a VSI; no VSI has such a name. */
const STATION = 'station'
const keyOf = (vsi: string) => `vsi ${vsi}`

export class LinuxBridgePlane implements DataPlane {
  readonly kind = 'linux-bridge'
  readonly #options: LinuxBridgeOptions
  readonly #ports = new Map<string, BridgePortState>()
  readonly #traffic: TrafficChanges
  #kernel: SwitchKernel | undefined
  #table: BridgeTable | undefined
  /** How an earlier daemon had found the ports; of those that have not been found again. */
  #left = new Map<string, PortMark>()

  constructor(options: LinuxBridgeOptions) {
    this.#options = options
    this.#traffic = new TrafficChanges(() => this.#table, options)
  }

  get guards(): boolean {
    return this.#table !== undefined
  }

  start(ports: readonly PlannedPort[]): void {
    for (const port of ports) this.#ports.set(port.name, new BridgePortState(port))
    try {
      this.#makeTable()
    } catch (error) {
      this.#closeKernel()
      const enforcing = ports.some(({ traffic }) => traffic.enforce)
      if (enforcing || !(error instanceof OperationalError)) {
        this.#ports.clear()
        throw explain(error)
      }
      this.#options.log.warn(`reserved group addresses are relayed: ${describeError(error)}`)
      this.#findPorts()
    }
  }

  #findPorts(): void {
    for (const port of this.#ports.values()) this.#find(port, this.#options.links.find(port.name) ?? null)
  }

  #makeTable(): void {
    const { openKernel, links, clock, log, held, pid } = this.#options
    const kernel = openKernel()
    this.#kernel = kernel
    const names = [...this.#ports.keys()]
    const found = findLeftOvers(kernel.markedTables(), names, held())
    this.#left = new Map(found.marks)
    this.#findPorts()
    const taken = new Set(found.living)
    let name = `qbg_${pid}`
    for (let number = 2; taken.has(name); number++) name = `qbg_${pid}_${number}`
    const table = new BridgeTable({ name, kernel, clock, log })
    for (const port of this.#ports.values()) {
      port.share = port.ownShare()
      table.expect(port.share)
    }
    table.make(found.tables)
    this.#table = table
    if (found.tables.length > 0)
      log.warn({ tables: found.tables }, 'left-overs of an earlier daemon are removed')
    for (const [port, mark] of found.orphans) this.#restore(links.find(port), mark)
  }

  addPort(planned: PlannedPort): void {
    if (this.#ports.has(planned.name)) return
    const port = new BridgePortState(planned)
    this.#ports.set(port.name, port)
    try {
      if (port.traffic.enforce && this.#table === undefined) this.#makeTable()
      this.setLink(port.name, this.#options.links.find(port.name) ?? null)
    } catch (error) {
      this.#ports.delete(port.name)
      if (this.#table !== undefined) throw error
      this.#closeKernel()
      throw explain(error)
    }
  }

  removePort(name: string): void {
    const port = this.#ports.get(name)
    if (port === undefined) return
    this.restoreRelay(name)
    for (const vsi of [...port.vsis.keys()]) this.#traffic.replace(port, vsi, null)
    this.#ports.delete(name)
    this.#table?.replace(port.share, NO_SHARE, {})
  }

  setLink(name: string, link: Link | null): void {
    const port = this.#ports.get(name)
    if (port === undefined) return
    // An interface that was given another name is there still, and no longer ours.
    if (link === null && port.mark) this.#restore(this.#options.links.byIndex(port.mark.index), port.mark)
    this.#find(port, link)
    const share = port.ownShare()
    this.#table?.replace(port.share, share, {})
    port.share = share
  }

  #find(port: BridgePortState, link: Link | null): void {
    port.find(link, (found) => this.#hairpinBefore(found))
  }

  /** Asks the kernel: what is known of the link is older than what #restore did to a left-over a moment ago. */
  #hairpinBefore(link: Link): boolean {
    const left = this.#left.get(link.name)
    this.#left.delete(link.name)
    return left?.index === link.index ? left.hairpin : (this.#hairpin(link, false)?.actual ?? false)
  }

  setStation(name: string, mac: MacAddress | null): void {
    const port = this.#ports.get(name)
    if (!port?.traffic.allowStation) return
    const entries = [{ vid: port.traffic.untaggedVid, ...(mac && { mac }) }]
    this.#traffic.replace(port, STATION, mac === null ? null : { entries })
  }

  setVsis(name: string, wanted: VsiTraffics): VsiRefusals {
    const port = this.#ports.get(name)
    if (!port?.traffic.enforce) return NONE_REFUSED
    return this.#traffic.replaceAll(port, wanted, keyOf)
  }

  canRelay(link: Link | null | undefined): boolean {
    return link?.bridgePort !== undefined
  }

  setRelay(name: string, enabled: boolean): void {
    const port = this.#ports.get(name)
    if (port?.link?.bridgePort === undefined) {
      if (port) port.relay = false
      if (!enabled) return
      const hint = `put it into a bridge: ip link set ${name} master BRIDGE`
      const operation = `set hairpin of ${name}`
      throw new OperationalError('not-a-bridge-port', 'it is not a port of a Linux bridge', {
        operation,
        hint,
      })
    }
    this.#options.bridgePorts.setHairpin(port.link, enabled)
    port.relay = enabled
  }

  restoreRelay(name: string): void {
    const port = this.#ports.get(name)
    if (port?.mark) this.#restore(port.link ?? undefined, port.mark)
    if (port) port.relay = port.mark?.hairpin ?? false
  }

  /** An interface that has changed its place since is left as it is. */
  #restore(link: Link | undefined, { index, hairpin }: PortMark): void {
    if (link?.index !== index || link.bridgePort === undefined) return
    const flag = this.#options.bridgePorts
    try {
      if (flag.readHairpin(link) !== hairpin) flag.setHairpin(link, hairpin)
    } catch (error) {
      this.#options.log.warn({ port: link.name }, `hairpin stays as it is: ${describeError(error)}`)
    }
  }

  inspect(): PlaneView {
    const table = this.#table
    const difference = table?.inspect()
    const ports = [...this.#ports.values()].map((port) => this.#describe(port, difference))
    const described = table && difference
    return {
      kind: this.kind,
      table: described ? { family: 'bridge', name: table.name, state: difference.state } : null,
      ports,
    }
  }

  #describe(port: BridgePortState, difference: Difference | undefined): SwitchPortJson {
    const { name, traffic, link, mark, relay, vsis } = port
    const mine = (elements: Difference['missing'] = []) =>
      elements.filter(({ element }) => element.key.port === name).map(describeElement)
    const missing = mine(difference?.missing)
    const surplus = mine(difference?.surplus)
    const hairpin = link?.bridgePort ? this.#hairpin(link, relay) : null
    const wanted = [port.share, ...[...vsis.values()].map(({ share }) => share)]
    const ids = new Set(wanted.flat().map(idOf))
    const differs = missing.length + surplus.length > 0 || hairpin?.wanted !== hairpin?.actual
    return {
      name,
      bridge: link?.bridgePort ? (this.#options.links.byIndex(link.master ?? 0)?.name ?? null) : null,
      enforced: traffic.enforce,
      untaggedVid: traffic.untaggedVid,
      hairpin,
      found: mark ? { hairpin: mark.hairpin } : null,
      vsis: [...vsis.keys()].filter((key) => key !== STATION).length,
      elements: { wanted: ids.size, missing, surplus },
      refused: refusedFrames(name, difference),
      inOrder: !differs,
    }
  }

  #hairpin(link: Link, wanted: boolean): SwitchPortJson['hairpin'] {
    try {
      return { wanted, actual: this.#options.bridgePorts.readHairpin(link) }
    } catch {
      return null // it has just left its bridge, and the news is on its way
    }
  }

  stop(): void {
    for (const name of this.#ports.keys()) this.restoreRelay(name)
    try {
      this.#table?.remove()
    } catch (error) {
      this.#options.log.error({ err: error }, `the rules stay: ${describeError(error)}`)
    }
    this.#table = undefined
    this.#closeKernel()
  }

  #closeKernel(): void {
    this.#kernel?.close()
    this.#kernel = undefined
  }
}

function explain(error: unknown): unknown {
  if (!(error instanceof OperationalError)) return error
  const hint = `${error.hint === undefined ? '' : `${error.hint}; or `}run without: --no-enforce`
  const { code, operation, cause } = error
  return new OperationalError(code, error.message.slice(operation.length + 2), { operation, hint, cause })
}
