/** The kernel below a data plane, in memory: tables that a test can look at, tamper with, and make fail. */

import type { MacAddress } from '../../protocol/wire/mac-address.ts'
import type { DataPlane, VsiTraffic } from '../../src/data-plane/data-plane.ts'
import { SET_NAMES, type SetName } from '../../src/data-plane/ruleset.ts'
import type {
  BridgePorts,
  Change,
  FoundContents,
  MarkedTable,
  Placed,
  SwitchKernel,
} from '../../src/data-plane/switch-kernel.ts'
import { describeElement, elementId } from '../../src/data-plane/traffic-elements.ts'
import type { Link } from '../../src/netlink/link.ts'
import type { FoundElement } from '../../src/nftables/nft-set.ts'
import { OperationalError } from '../../src/runtime/operational-error.ts'

/** One VSI alone. Throws what it is refused with. */
export function setVsi(plane: DataPlane, port: string, vsi: string, traffic: VsiTraffic | null): void {
  for (const [, error] of plane.setVsis(port, new Map([[vsi, traffic]]))) throw error
}

interface Table {
  rules: string
  readonly elements: Map<string, Placed>
  readonly limits: Map<string, number>
}

export class MemoryKernel implements SwitchKernel, BridgePorts {
  readonly tables = new Map<string, Table>()
  readonly hairpins = new Map<number, boolean>()
  /** Calls, as `change qbg_1 +2 -0`, in their order. */
  readonly calls: string[] = []
  /** As `swp1 52:54:00:00:00:01`. */
  readonly forgotten: string[] = []
  /** What the next calls that change something fail with. */
  readonly failures: string[] = []
  readonly #watchers = new Set<(table: string | null) => void>()
  readonly #onHairpin: (port: Link, enabled: boolean) => void
  #made = 0

  constructor(onHairpin: (port: Link, enabled: boolean) => void = () => {}) {
    this.#onHairpin = onHairpin
  }

  markedTables(): MarkedTable[] {
    return [...this.tables].map(([name, { elements }]) => {
      const ports = [...elements.values()].filter(({ set }) => set === 'ports')
      return { name, ports: new Map(ports.map(({ element }) => [element.key.port, element.comment ?? ''])) }
    })
  }

  make(table: string, contents: Change, inPlaceOf: readonly string[]): string {
    this.#call(`make ${table} +${contents.add.length}${inPlaceOf.map((name) => ` -${name}`).join('')}`)
    for (const name of inPlaceOf) this.tables.delete(name)
    if (this.tables.has(table)) throw refusal('there is a table of that name')
    const rules = `rules ${++this.#made}`
    this.tables.set(table, { rules, elements: new Map(), limits: new Map() })
    this.#apply(table, contents)
    return rules
  }

  remove(tables: readonly string[]): void {
    this.#call(`remove ${tables.join(' ')}`)
    for (const name of tables) this.tables.delete(name)
  }

  change(table: string, change: Change): void {
    this.#call(`change ${table} +${change.add.length} -${change.remove.length}`)
    this.#apply(table, change)
  }

  /** As the kernel: what is to be removed has to be there, and a limit that is named must not go. */
  #apply(name: string, { limits, add, remove, removeLimits }: Change): void {
    const table = this.tables.get(name)
    if (table === undefined) throw refusal('there is no such table')
    const ids = remove.map(({ set, element }) => elementId(set, element.key))
    if (ids.some((id) => !table.elements.has(id))) throw refusal('there is no such element')
    for (const id of ids) table.elements.delete(id)
    for (const limit of limits) table.limits.set(limit.name, limit.rate)
    for (const placed of add) {
      if (placed.element.limit !== undefined && !table.limits.has(placed.element.limit)) {
        throw refusal('there is no such limit')
      }
      const id = elementId(placed.set, placed.element.key)
      if (!table.elements.has(id)) table.elements.set(id, placed)
    }
    for (const limit of removeLimits) {
      const named = [...table.elements.values()].some(({ element }) => element.limit === limit)
      if (named || !table.limits.delete(limit)) throw refusal('a limit that is in use, or is not there')
    }
  }

  read(name: string): FoundContents | undefined {
    const table = this.tables.get(name)
    if (table === undefined) return undefined
    const elements = new Map<SetName, FoundElement[]>(SET_NAMES.map((set) => [set, []]))
    for (const { set, element } of table.elements.values()) {
      const counts = set === 'refusedIn' || set === 'refusedOut'
      elements.get(set)!.push(counts ? { ...element, frames: 0 } : element)
    }
    return { rules: table.rules, elements }
  }

  watch(onChange: (table: string | null) => void): () => void {
    this.#watchers.add(onChange)
    return () => this.#watchers.delete(onChange)
  }

  setHairpin(port: Link, enabled: boolean): void {
    this.#call(`hairpin ${port.name} ${enabled ? 'on' : 'off'}`)
    this.hairpins.set(port.index, enabled)
    this.#onHairpin(port, enabled)
  }

  readHairpin(port: Link): boolean {
    return this.hairpins.get(port.index) ?? port.bridgePort?.hairpin ?? false
  }

  forgetAddress(port: Link, mac: MacAddress): void {
    this.forgotten.push(`${port.name} ${mac}`)
  }

  close(): void {}

  #call(what: string): void {
    this.calls.push(what)
    const reason = this.failures.shift()
    if (reason !== undefined && reason !== '') throw refusal(reason)
  }

  /** Somebody else does something to a table, and the news of it arrives. */
  tamper(table: string, act: (table: Table) => void): void {
    act(this.tables.get(table)!)
    this.tell(table)
  }

  tell(table: string | null): void {
    for (const watcher of [...this.#watchers]) watcher(table)
  }

  /** What passes a port, for people, sorted; of the only table unless one is named. */
  passing(port: string, name = [...this.tables.keys()][0]!): string[] {
    const elements = [...(this.tables.get(name)?.elements.values() ?? [])]
    const traffic = elements.filter(({ set }) => /^(un)?tagged|limits/.test(set))
    return traffic
      .filter(({ element }) => element.key.port === port)
      .map(describeElement)
      .sort()
  }
}

function refusal(reason: string): OperationalError {
  return new OperationalError('system-call-failed', reason, { operation: 'change a table in memory' })
}
