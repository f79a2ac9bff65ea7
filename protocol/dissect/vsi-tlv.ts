/** The fields of a VSI TLV and its filter. Source: 802.1Q-2018 §41.2, laid out in `vdp/association-tlv.ts`. */
import { ASSOCIATION_FIXED_LENGTH } from '../vdp/association-tlv.ts'
import {
  entrySize,
  FILTER_FORMATS,
  type FilterFormat,
  hasGroupId,
  hasMac,
  isFilterFormat,
} from '../vdp/filter-info.ts'
import { isResponse } from '../vdp/status.ts'
import { isKnownVsiIdFormat } from '../vdp/vsi-id.ts'
import type { Dissection } from './dissection.ts'
import { DATA, TLV_HEADER_LENGTH } from './tlv-header.ts'
import * as F from './vdp-fields.ts'

const CLAUSE = '802.1Q-2018 §41.2'
const FORMAT_CLAUSE = '802.1Q-2018 §41.2.8'
const ENTRY_CLAUSE = '802.1Q-2018 §41.2.9'
const VSI_ID_CLAUSE = '802.1Q-2018 §41.2.6'
const MAX_VID = 0xfff

/** What follows the header of the TLV at `at`. */
export function dissectAssociation(d: Dissection, at: number, end: number): void {
  const status = at + TLV_HEADER_LENGTH
  if (end - status < ASSOCIATION_FIXED_LENGTH) {
    d.addRest(DATA, status, end)
    d.fault('association-too-short', at, CLAUSE)
    return
  }
  dissectStatus(d, status)
  d.add(F.TYPE_ID, status + 1, status + 4)
  d.add(F.TYPE_VERSION, status + 4, status + 5)
  d.add(F.VSI_ID_FORMAT, status + 5, status + 6)
  d.add(F.VSI_ID, status + 6, status + 22)
  if (!isKnownVsiIdFormat(d.uint8(status + 5))) d.fault('vsi-id-format', status + 5, VSI_ID_CLAUSE)
  dissectFilter(d, status + 22, end)
}

function dissectStatus(d: Dissection, at: number): void {
  d.add(F.REQ_ACK, at, at + 1)
  if (isResponse(d.uint8(at))) {
    d.add(F.KEEP, at, at + 1)
    d.add(F.HARD, at, at + 1)
    d.add(F.ERROR, at, at + 1)
  } else {
    d.add(F.SUSPENDED, at, at + 1)
    d.add(F.MIGRATING, at, at + 1)
  }
}

/** Format, number of entries and as many entries as are there. */
function dissectFilter(d: Dissection, at: number, end: number): void {
  const format = d.uint8(at)
  const count = d.uint16(at + 1)
  const first = at + 3
  d.add(F.FILTER_FORMAT, at, at + 1)
  d.add(F.ENTRIES, at + 1, first)
  if (!isFilterFormat(format)) {
    d.addRest(DATA, first, end)
    d.fault('filter-format', at, FORMAT_CLAUSE)
    return
  }
  const size = entrySize(format)
  if (count === 0 || count * size !== end - first) d.fault('filter-count', at + 1, ENTRY_CLAUSE)
  let entry = first
  for (let index = 0; index < count && end - entry >= size; index++) {
    dissectEntry(d, format, entry, entry + size, count)
    entry += size
  }
  d.addRest(DATA, entry, end)
}

function dissectEntry(d: Dissection, format: FilterFormat, start: number, end: number, count: number): void {
  const entry = d.open(F.ENTRY, start)
  let at = start
  if (hasGroupId(format)) {
    d.add(F.GROUP_ID, at, at + 4)
    if (d.uint16(at) === 0 && d.uint16(at + 2) === 0) d.fault('group-id-invalid', at, ENTRY_CLAUSE)
    at += 4
  }
  if (hasMac(format)) {
    d.add(F.MAC, at, at + 6)
    if (!isIndividualAt(d, at)) d.fault('mac-invalid', at, ENTRY_CLAUSE)
    at += 6
  }
  d.add(F.PS, at, end)
  d.add(F.PCP, at, end)
  d.add(F.VID, at, end)
  const vid = d.uint16(at) & MAX_VID
  const nullAmongOthers = vid === 0 && format === FILTER_FORMATS.vid && count > 1
  if (vid === MAX_VID || nullAmongOthers) d.fault('vid-invalid', at, ENTRY_CLAUSE)
  d.close(entry, end)
}

/** Neither a group address nor all zero. */
function isIndividualAt(d: Dissection, at: number): boolean {
  if ((d.uint8(at) & 1) !== 0) return false
  return (d.uint16(at) | d.uint16(at + 2) | d.uint16(at + 4)) !== 0
}
