/**
 * Filter entries as people write them, and back. The wire form is in `protocol/vdp/filter-info.ts`.
 *
 *     VID                 200                          format 1
 *     MAC/VID             52:54:00:11:22:33/200        format 2; a MAC alone leaves the VID to the bridge
 *     group:ID/VID        group:5000/200               format 3
 *     group:ID/MAC/VID    group:5000/52:54:00:11:22:33/200
 *
 * `any` or 0 as VID: the bridge chooses. `@0` to `@7` after the VID: the default priority (PCP).
 */
import {
  checkFilterInfo,
  FILTER_FORMATS,
  type FilterEntry,
  type FilterFormat,
  type FilterInfo,
} from '../../protocol/vdp/filter-info.ts'
import { type MacAddress, parseMacAddress } from '../../protocol/wire/mac-address.ts'
import { type Parsed, parsed, unparsable } from './parsed.ts'

export const FILTER_FORMS = 'VID, MAC, MAC/VID, group:ID/VID or group:ID/MAC/VID, each with @PCP if wanted'

const LAST_VID = 4094
const FORMAT_NAMES: Readonly<Record<FilterFormat, string>> = {
  1: 'VID',
  2: 'MAC/VID',
  3: 'group:ID/VID',
  4: 'group:ID/MAC/VID',
}

/** A whole filter: at least one entry, all of one format, content as the standard allows it. */
export function parseFilter(texts: readonly string[]): Parsed<FilterInfo> {
  const read = texts.map(parseFilterEntry)
  const wrong = read.find(({ ok }) => !ok)
  if (wrong?.ok === false) return wrong
  const entries = read.filter((entry) => entry.ok).map(({ value }) => value)
  const [first] = entries
  if (first === undefined) return unparsable(`a filter needs at least one entry: ${FILTER_FORMS}`)
  const format = formatOf(first)
  const other = entries.findIndex((entry) => formatOf(entry) !== format)
  if (other >= 0) {
    const [a, b] = [FORMAT_NAMES[format], FORMAT_NAMES[formatOf(entries[other]!)]]
    return unparsable(
      `all filter entries of a VSI have one format: "${texts[0]}" is ${a}, "${texts[other]}" is ${b}`,
    )
  }
  const twice = entries.findIndex((entry, index) => entries.slice(0, index).some((one) => isSame(one, entry)))
  if (twice >= 0) return unparsable(`filter entry "${texts[twice]}" is given twice`)
  return checked({ format, entries })
}

/** Whatever the priority. */
function isSame(a: FilterEntry, b: FilterEntry): boolean {
  return a.vid === b.vid && a.mac === b.mac && a.groupId === b.groupId
}

/** One entry. Its format follows from what it has. */
export function parseFilterEntry(text: string): Parsed<FilterEntry> {
  const [body = '', priority, ...more] = text.trim().split('@')
  if (more.length > 0) return unparsable(`filter "${text}": only one @PCP is possible`)
  const pcp = priority === undefined ? undefined : parseNumber(priority, 0, 7)
  if (priority !== undefined && pcp === undefined) {
    return unparsable(`filter "${text}": PCP "${priority}" is not a number from 0 to 7`)
  }
  const target = parseTarget(text, body.split('/'))
  if (!target.ok || pcp === undefined) return target
  return parsed({ ...target.value, pcp })
}

function parseTarget(text: string, parts: readonly string[]): Parsed<FilterEntry> {
  const group = parts[0]!.toLowerCase().startsWith('group:') ? parts[0]!.slice('group:'.length) : undefined
  const rest = group === undefined ? parts : parts.slice(1)
  const groupId = group === undefined ? undefined : parseNumber(group, 1, 0xffffffff)
  if (group !== undefined && groupId === undefined) {
    return unparsable(`filter "${text}": group ID "${group}" is not a number from 1 to 4294967295`)
  }
  const mac = rest.length === 2 || looksLikeMac(rest[0]) ? parseMacAddress(rest[0]!) : undefined
  if (mac === undefined && rest.length === 2) {
    return unparsable(`filter "${text}": "${rest[0]}" is not a MAC address such as 52:54:00:11:22:33`)
  }
  if (rest.length === 0 || rest.length > 2) return unparsable(`filter "${text}" is not ${FILTER_FORMS}`)
  const vid = rest.length === 1 && mac !== undefined ? 0 : parseVid(rest.at(-1)!)
  if (vid === undefined) return unparsable(badVid(text, rest.at(-1)!))
  return parsed({ vid, ...(mac !== undefined && { mac }), ...(groupId !== undefined && { groupId }) })
}

function badVid(text: string, vid: string): string {
  const shown = vid === text ? `filter "${text}"` : `filter "${text}": VID "${vid}"`
  if (/^\d+$/.test(vid)) return `${shown} is out of range: a VID is 1 to ${LAST_VID}, or "any"`
  return `${shown} is not ${vid === text ? FILTER_FORMS : `a VID from 1 to ${LAST_VID}, or "any"`}`
}

function looksLikeMac(text: string | undefined): boolean {
  return text !== undefined && parseMacAddress(text) !== undefined
}

function parseVid(text: string): number | undefined {
  return text.toLowerCase() === 'any' ? 0 : parseNumber(text, 0, LAST_VID)
}

function parseNumber(text: string, least: number, most: number): number | undefined {
  if (!/^(\d{1,10}|0x[0-9a-f]{1,8})$/i.test(text)) return undefined
  const number = Number(text)
  return number >= least && number <= most ? number : undefined
}

function formatOf(entry: FilterEntry): FilterFormat {
  if (entry.groupId !== undefined) {
    return entry.mac !== undefined ? FILTER_FORMATS.groupMacVid : FILTER_FORMATS.groupVid
  }
  return entry.mac !== undefined ? FILTER_FORMATS.macVid : FILTER_FORMATS.vid
}

function checked(filter: FilterInfo): Parsed<FilterInfo> {
  switch (checkFilterInfo(filter)) {
    case undefined:
      return parsed(filter)
    case 'mac-invalid': {
      const bad = filter.entries.find(({ mac }) => mac !== undefined && isGroupOrZero(mac))
      return unparsable(`filter: ${bad?.mac} is a group address or zero; a VSI has individual MAC addresses`)
    }
    default:
      return unparsable('filter: a VID the bridge chooses can only be the sole entry when no MAC is given')
  }
}

function isGroupOrZero(mac: MacAddress): boolean {
  return (Number.parseInt(mac.slice(0, 2), 16) & 1) === 1 || /^[0:]+$/.test(mac)
}

/** Inverse of `parseFilterEntry`; a null VID reads `any`. */
export function formatFilterEntry({ vid, pcp, mac, groupId }: FilterEntry): string {
  const group = groupId === undefined ? '' : `group:${groupId}/`
  const address = mac === undefined ? '' : `${mac}/`
  return `${group}${address}${vid || 'any'}${pcp === undefined ? '' : `@${pcp}`}`
}

export function formatFilter(filter: FilterInfo): string[] {
  return filter.entries.map(formatFilterEntry)
}
