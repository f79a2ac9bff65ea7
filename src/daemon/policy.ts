/**
 * What this bridge says to a VSI: every type or the listed ones, and a VID for who leaves it to us.
 *
 * An unknown type is refused with error 4 (other failure) and Hard: there is no error of its own for it, and
 * asking again does not help while the list stays (802.1Q-2018 §41.2.3). A VID that is asked for is granted; a
 * null VID becomes `assignVid`, by default 1: the VLAN of untagged frames on a Linux bridge, so that the answer
 * describes what such a VSI's frames really get.
 */
import type { Decision } from '../../protocol/engine/input.ts'
import type { VsiCommand } from '../../protocol/vdp/command.ts'
import type { FilterInfo } from '../../protocol/vdp/filter-info.ts'
import { VDP_ERRORS } from '../../protocol/vdp/status.ts'
import type { PolicySettings } from '../control/schema/daemon-settings.ts'

/** VLAN of untagged frames on a Linux bridge (default_pvid). */
const DEFAULT_ASSIGN_VID = 1

export function decide(policy: PolicySettings, command: VsiCommand): Decision {
  if (!knowsType(policy, command)) return refusal(VDP_ERRORS.other)
  const filter = fillIn(command.filter, policy.assignVid ?? DEFAULT_ASSIGN_VID)
  return filter === undefined ? refusal(VDP_ERRORS.invalidFilter) : { outcome: 'grant', filter }
}

function knowsType({ types }: PolicySettings, { typeId, typeVersion }: VsiCommand): boolean {
  if (types === undefined) return true
  return types.some((type) => type.typeId === typeId && (type.typeVersion ?? typeVersion) === typeVersion)
}

/** A refused change of an association leaves the old one in place: nobody took it away. */
function refusal(error: number): Decision {
  return { outcome: 'refuse', error, keep: true, hard: true }
}

function fillIn(filter: FilterInfo, assignVid: number | 'none'): FilterInfo | undefined {
  if (filter.entries.every(({ vid }) => vid !== 0)) return filter
  if (assignVid === 'none') return undefined
  return { ...filter, entries: filter.entries.map((entry) => ({ ...entry, vid: entry.vid || assignVid })) }
}
