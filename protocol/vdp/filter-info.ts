/**
 * Filter information of a VSI: which MAC addresses, VLANs and groups belong to it.
 * Source: 802.1Q-2018 §41.2.8, §41.2.9.
 *
 *     format octet | number of entries (16) | entries, all of that format
 *     1 VID               VID word (2)
 *     2 MAC/VID           MAC (6), VID word (2)
 *     3 GroupID/VID       group ID (4), VID word (2)
 *     4 GroupID/MAC/VID   group ID (4), MAC (6), VID word (2)
 *
 *     VID word:  15 PS | 14-12 PCP | 11-0 VID       VID 0 (null): the bridge chooses
 */
import type { FaultCode } from '../wire/decoded.ts'
import { isIndividual, type MacAddress } from '../wire/mac-address.ts'
import type { OctetReader } from '../wire/octet-reader.ts'
import type { OctetWriter } from '../wire/octet-writer.ts'

export const FILTER_FORMATS = { vid: 1, macVid: 2, groupVid: 3, groupMacVid: 4 } as const
export type FilterFormat = (typeof FILTER_FORMATS)[keyof typeof FILTER_FORMATS]

export interface FilterEntry {
  /** 0 (the bridge chooses) to 4094. */
  readonly vid: number
  /** Default priority 0 to 7 when it is significant (PS = 1); absent when it is not. */
  readonly pcp?: number
  /** Formats 2 and 4. */
  readonly mac?: MacAddress
  /** Formats 3 and 4; 1 to 2^32 - 1. */
  readonly groupId?: number
}

export interface FilterInfo {
  readonly format: FilterFormat
  /** At least one. */
  readonly entries: readonly FilterEntry[]
}

const RESERVED_VID = 0xfff
const ENTRY_SIZE: Readonly<Record<FilterFormat, number>> = { 1: 2, 2: 8, 3: 6, 4: 12 }

export function isFilterFormat(format: number): format is FilterFormat {
  return format >= 1 && format <= 4
}

/** Octets of one entry: 2, 8, 6 or 12. */
export function entrySize(format: FilterFormat): number {
  return ENTRY_SIZE[format]
}

export function hasMac(format: FilterFormat): boolean {
  return format === FILTER_FORMATS.macVid || format === FILTER_FORMATS.groupMacVid
}

export function hasGroupId(format: FilterFormat): boolean {
  return format === FILTER_FORMATS.groupVid || format === FILTER_FORMATS.groupMacVid
}

/** Reads `count` entries. The caller has checked that they are there. */
export function readFilterEntries(reader: OctetReader, format: FilterFormat, count: number): FilterEntry[] {
  return Array.from({ length: count }, () => readFilterEntry(reader, format))
}

function readFilterEntry(reader: OctetReader, format: FilterFormat): FilterEntry {
  const groupId = hasGroupId(format) ? reader.uint32() : undefined
  const mac = hasMac(format) ? reader.mac() : undefined
  const word = reader.uint16()
  return {
    vid: word & 0xfff,
    ...((word & 0x8000) !== 0 && { pcp: (word >>> 12) & 7 }),
    ...(mac !== undefined && { mac }),
    ...(groupId !== undefined && { groupId }),
  }
}

/** Writes format, number and entries. Throws RangeError when an entry lacks what the format asks for. */
export function writeFilterInfo(writer: OctetWriter, { format, entries }: FilterInfo): void {
  writer.uint8(format).uint16(entries.length)
  for (const { vid, pcp, mac, groupId } of entries) {
    if (hasMac(format) !== (mac !== undefined) || hasGroupId(format) !== (groupId !== undefined)) {
      throw new RangeError(`a filter entry does not have the fields of format ${format}`)
    }
    if (vid > 0xfff || (pcp ?? 0) > 7) throw new RangeError(`VID ${vid} or PCP ${pcp} out of range`)
    if (groupId !== undefined) writer.uint32(groupId)
    if (mac !== undefined) writer.mac(mac)
    writer.uint16((pcp === undefined ? 0 : 0x8000 | (pcp << 12)) | vid)
  }
}

/** What is wrong with the content of a filter, or undefined. Source: reference.md 5.6, checklist 144 to 147. */
export function checkFilterInfo({ format, entries }: FilterInfo): FaultCode | undefined {
  if (entries.length === 0) return 'filter-count'
  for (const { vid, mac, groupId } of entries) {
    if (vid === RESERVED_VID) return 'vid-invalid'
    if (mac !== undefined && !isIndividual(mac)) return 'mac-invalid'
    if (groupId === 0) return 'group-id-invalid'
    if (vid === 0 && format === FILTER_FORMATS.vid && entries.length > 1) return 'vid-invalid'
  }
  return undefined
}

/** True when both filters are the same, entry by entry in order. */
export function equalFilters(a: FilterInfo, b: FilterInfo): boolean {
  return (
    sameShape(a, b) &&
    a.entries.every((entry, i) => entry.vid === b.entries[i]!.vid && entry.pcp === b.entries[i]!.pcp)
  )
}

/**
 * True when `answer` is `asked` with what was left open filled in: a null VID by any VID but the reserved 4095, an
 * insignificant PCP by any PCP. Source: reference.md 5.6, 5.9.
 */
export function isFilledIn(asked: FilterInfo, answer: FilterInfo): boolean {
  if (!sameShape(asked, answer)) return false
  return asked.entries.every((entry, index) => {
    const filled = answer.entries[index]!
    const vid = entry.vid === filled.vid || (entry.vid === 0 && filled.vid !== RESERVED_VID)
    return vid && (entry.pcp === undefined || entry.pcp === filled.pcp)
  })
}

function sameShape(a: FilterInfo, b: FilterInfo): boolean {
  if (a.format !== b.format || a.entries.length !== b.entries.length) return false
  return a.entries.every(
    (entry, i) => entry.mac === b.entries[i]!.mac && entry.groupId === b.entries[i]!.groupId,
  )
}
