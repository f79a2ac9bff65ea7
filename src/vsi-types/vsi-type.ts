/** A VSI type made ready for decisions: what takes a search in its text takes one look-up here. */
import { DEFAULT_MANAGER_ID, formatManagerId, type ManagerId } from '../../protocol/vdp/manager-id-tlv.ts'
import type { MacAddress } from '../../protocol/wire/mac-address.ts'
import type { VsiTypeEntry } from '../control/schema/vsi-type.ts'
import { keyText, type TypeKeyText } from './type-key.ts'
import { VidSet } from './vid-set.ts'

/** What an entry that leaves it open gets. */
export interface Assignment {
  readonly vid?: number | undefined
  readonly pcp?: number | undefined
}

/** What the data path is to hold a VSI to. */
export interface TrafficSettings {
  /** Bits a second and octets, from the VSI to the network. */
  readonly bandwidth: { readonly rate: number; readonly burst?: number | undefined } | undefined
}

export interface VsiType {
  readonly key: TypeKeyText
  readonly managerId: ManagerId
  readonly typeId: number
  /** Absent: every version. */
  readonly typeVersion: number | undefined
  readonly name: string | undefined
  readonly maxVsis: number | undefined
  /** Milliseconds since 1970. */
  readonly validFrom: number | undefined
  readonly validUntil: number | undefined
  readonly assign: Assignment
  readonly traffic: TrafficSettings
  /** Undefined: any. */
  readonly vids: VidSet | undefined
  /** Group IDs with what they get; undefined: any. */
  readonly groups: ReadonlyMap<number, Assignment> | undefined
  readonly macs: MacPrefixes | undefined
  /** As it was written, read. */
  readonly entry: VsiTypeEntry
  /** Two of the same text are the same type. */
  readonly text: string
}

/** Beginnings of MAC addresses, by their length in characters. */
type MacPrefixes = ReadonlyMap<number, ReadonlySet<string>>

/** `entry` of a source that serves `managerId` when it names none. */
export function toVsiType(entry: VsiTypeEntry, managerId: ManagerId = DEFAULT_MANAGER_ID): VsiType {
  const { id, version, name, maxVsis, validFrom, validUntil, assign = {}, bandwidth } = entry
  const manager = entry.manager ?? managerId
  const groups = entry.groups && toGroups(entry.groups)
  return {
    key: keyText(manager, id, version),
    managerId: manager,
    typeId: id,
    typeVersion: version,
    name,
    maxVsis,
    validFrom,
    validUntil,
    assign,
    traffic: { bandwidth },
    vids: entry.vlans && toVids(entry.vlans, [assign, ...(groups?.values() ?? [])]),
    groups,
    macs: entry.macs && toPrefixes(entry.macs),
    entry,
    text: JSON.stringify({ ...entry, manager }),
  }
}

/** The type that is meant by nothing but its key: it allows everything. */
export function openType(managerId: ManagerId, typeId: number, typeVersion?: number): VsiType {
  return toVsiType({ id: typeId, ...(typeVersion !== undefined && { version: typeVersion }) }, managerId)
}

export function allowsMac({ macs }: VsiType, mac: MacAddress | undefined): boolean {
  if (macs === undefined) return true
  if (mac === undefined) return false
  for (const [length, prefixes] of macs) if (prefixes.has(mac.slice(0, length))) return true
  return false
}

/** `type 5:1 "web servers"`, `type 5 of manager 11`. */
export function describeType({ managerId, typeId, typeVersion, name }: VsiType): string {
  const version = typeVersion === undefined ? '' : `:${typeVersion}`
  const manager = managerId === DEFAULT_MANAGER_ID ? '' : ` of manager ${formatManagerId(managerId)}`
  return `type ${typeId}${version}${name === undefined ? '' : ` "${name}"`}${manager}`
}

function toVids(ranges: NonNullable<VsiTypeEntry['vlans']>, assigned: readonly Assignment[]): VidSet {
  const single = assigned.flatMap(({ vid }) => (vid === undefined ? [] : [{ first: vid, last: vid }]))
  return new VidSet([...ranges, ...single])
}

function toGroups(groups: NonNullable<VsiTypeEntry['groups']>): Map<number, Assignment> {
  return new Map(Object.entries(groups).map(([id, assignment]) => [Number(id), assignment ?? {}]))
}

function toPrefixes(macs: readonly string[]): MacPrefixes {
  const prefixes = new Map<number, Set<string>>()
  for (const mac of macs) {
    const known = prefixes.get(mac.length) ?? new Set()
    prefixes.set(mac.length, known.add(mac))
  }
  return prefixes
}
