/**
 * One request against its VSI type: yes, with what was left open filled in, or no, with the error and whether the
 * same request can succeed later. Source: 802.1Q-2018 §41.2.3 (errors), §41.2.9 (null VID, group ID).
 *
 * Hard is set when it takes a change by somebody (of the type, of the settings, of the request) to make it succeed.
 */
import type { Decision } from '../../protocol/engine/input.ts'
import type { FilterEntry, FilterInfo } from '../../protocol/vdp/filter-info.ts'
import { VDP_ERRORS } from '../../protocol/vdp/status.ts'
import { allowsMac, describeType, type VsiType } from '../vsi-types/vsi-type.ts'

export type Refused = Extract<Decision, { outcome: 'refuse' }>

/** `keep` is for the port to honour: what was granted before stays, as nobody took it away. */
export function refused(error: number, hard: boolean, detail: string): Refused {
  return { outcome: 'refuse', error, keep: true, hard, detail }
}

export interface Circumstances {
  /** VID for entries that leave it open, when their type assigns none. */
  readonly assignVid: number | 'none'
  /** Milliseconds since 1970. */
  readonly now: number
}

export function evaluate(type: VsiType, filter: FilterInfo, { assignVid, now }: Circumstances): Decision {
  const invalid = checkValidity(type, now)
  if (invalid !== undefined) return invalid
  const filled = filter.entries.map((entry) => fillIn(type, entry, assignVid))
  const obstacle = filled.find((one) => typeof one === 'string')
  if (obstacle !== undefined) return refused(VDP_ERRORS.invalidFilter, true, obstacle)
  const entries = filled as FilterEntry[]
  const asAsked = entries.every((entry, index) => entry === filter.entries[index])
  return { outcome: 'grant', filter: asAsked ? filter : { format: filter.format, entries } }
}

function checkValidity(type: VsiType, now: number): Refused | undefined {
  const { validFrom, validUntil } = type
  if (validFrom !== undefined && now < validFrom) {
    return refused(VDP_ERRORS.other, false, `${describeType(type)} is valid from ${time(validFrom)}`)
  }
  if (validUntil !== undefined && now >= validUntil) {
    return refused(VDP_ERRORS.other, true, `${describeType(type)} was valid until ${time(validUntil)}`)
  }
  return undefined
}

function time(at: number): string {
  return new Date(at).toISOString()
}

/** The entry as it is granted, or why it is not. */
function fillIn(type: VsiType, entry: FilterEntry, assignVid: number | 'none'): FilterEntry | string {
  const { vids, groups } = type
  const group = entry.groupId === undefined ? undefined : groups?.get(entry.groupId)
  if (!allowsMac(type, entry.mac)) return `${describeType(type)} does not allow ${macOf(entry)}`
  if (entry.groupId !== undefined && groups !== undefined && group === undefined) {
    return `${describeType(type)} does not allow group ${entry.groupId}`
  }
  const vid = entry.vid || openVid(type, group?.vid, assignVid)
  if (vid === undefined) return `${describeType(type)} assigns no VLAN, and the request leaves it open`
  if (vids !== undefined && !vids.has(vid)) return `${describeType(type)} does not allow VLAN ${vid}`
  if (group?.vid !== undefined && vid !== group.vid) {
    return `${describeType(type)} has VLAN ${group.vid} for group ${entry.groupId}, not ${vid}`
  }
  const left = entry.vid === 0 || entry.groupId !== undefined
  const pcp = entry.pcp ?? (left ? (group?.pcp ?? type.assign.pcp) : undefined)
  if (vid === entry.vid && pcp === entry.pcp) return entry
  return { ...entry, vid, ...(pcp !== undefined && { pcp }) }
}

function macOf({ mac }: FilterEntry): string {
  return mac === undefined ? 'a filter without MAC addresses' : `MAC ${mac}`
}

/** Of its group, of the type, the only one the type allows, or the bridge's. */
function openVid({ assign, vids }: VsiType, ofGroup: number | undefined, assignVid: number | 'none') {
  if (ofGroup !== undefined) return ofGroup
  if (assign.vid !== undefined) return assign.vid
  if (vids?.only !== undefined) return vids.only
  return assignVid === 'none' ? undefined : assignVid
}
