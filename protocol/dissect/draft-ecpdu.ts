/** The fields of ECP and VDP as draft 0.2 has them. Source: reference.md 4.7, 6.1, 6.2. */
import { DRAFT_ECP_CLAUSE, DRAFT_ECP_HEADER_LENGTH, decodeDraftEcpHeader } from '../ecp/draft-ecpdu.ts'
import {
  DRAFT_ENTRY_LENGTH,
  DRAFT_MAC_VLAN,
  DRAFT_VDP_CLAUSE,
  DRAFT_VDP_FIXED_LENGTH,
  DRAFT_VDP_SUBTYPE,
  MAX_DRAFT_MODE,
  MAX_DRAFT_RESPONSE,
} from '../vdp/draft-association-tlv.ts'
import { END_TLV, ORGANIZATIONAL_TLV } from '../wire/tlv.ts'
import type { Dissection } from './dissection.ts'
import * as F from './draft-fields.ts'
import { addPlaced, addTlvHeader, DATA, OUI_LENGTH, PADDING, TLV_HEADER_LENGTH } from './tlv-header.ts'

const ORGANIZATIONAL_HEADER = OUI_LENGTH + 1
const ACKNOWLEDGE = 1

/** Dissects the octets from `start`, after the EtherType, to the end of the frame. */
export function dissectDraftEcpdu(d: Dissection, start: number): void {
  const ecp = d.open(F.DRAFT_ECP, start)
  const known = addPlaced(d, F.DRAFT_ECP_HEADER, start, d.end)
  d.close(ecp, Math.min(start + DRAFT_ECP_HEADER_LENGTH, d.end))
  const header = decodeDraftEcpHeader(d.octets.subarray(0, d.end), start)
  if (!header.ok) {
    d.addRest(DATA, start + known, d.end)
    const { code, offset } = header.fault
    if (code === 'frame-too-short') d.runOut(code, offset, DRAFT_ECP_CLAUSE)
    else d.fault(code, offset, DRAFT_ECP_CLAUSE)
    return
  }
  const body = start + DRAFT_ECP_HEADER_LENGTH
  if (header.value.mode === ACKNOWLEDGE) d.addRest(PADDING, body, d.end)
  else dissectTlvs(d, body)
}

/** None at all is allowed: lldpad starts like that. */
function dissectTlvs(d: Dissection, start: number): void {
  let at = start
  while (d.end - at >= TLV_HEADER_LENGTH && d.uint8(at) >>> 1 !== END_TLV) {
    const end = at + TLV_HEADER_LENGTH + (d.uint16(at) & 0x1ff)
    const body = at + TLV_HEADER_LENGTH
    const whole = end <= d.end
    const vdp = whole && isVdp(d, at, end)
    const group = d.open(vdp ? F.DRAFT_VDP : F.DRAFT_UNKNOWN, at)
    addTlvHeader(d, F.DRAFT_TLV, at)
    if (vdp) dissectVdp(d, at, end)
    else d.addRest(DATA, body, Math.min(end, d.end))
    d.close(group, Math.min(end, d.end))
    if (!whole) {
      d.runOut('tlv-truncated', at, DRAFT_ECP_CLAUSE)
      return
    }
    at = end
  }
  finish(d, at)
}

function finish(d: Dissection, at: number): void {
  if (d.end - at < TLV_HEADER_LENGTH) {
    if (d.cut) d.runOut('frame-cut', at, DRAFT_ECP_CLAUSE)
    d.addRest(PADDING, at, d.end)
    return
  }
  const end = d.open(F.DRAFT_END, at)
  addTlvHeader(d, F.DRAFT_TLV, at)
  d.close(end, at + TLV_HEADER_LENGTH)
  d.addRest(PADDING, at + TLV_HEADER_LENGTH, d.end)
}

function isVdp(d: Dissection, at: number, end: number): boolean {
  const body = at + TLV_HEADER_LENGTH
  if (d.uint8(at) >>> 1 !== ORGANIZATIONAL_TLV || end - body < ORGANIZATIONAL_HEADER) return false
  return d.uint24(body) === F.DRAFT_OUI && d.uint8(body + OUI_LENGTH) === DRAFT_VDP_SUBTYPE
}

function dissectVdp(d: Dissection, at: number, end: number): void {
  const body = at + TLV_HEADER_LENGTH
  const data = body + ORGANIZATIONAL_HEADER
  addPlaced(d, F.DRAFT_VDP_ORGANIZATION, body, end)
  if (end - data < DRAFT_VDP_FIXED_LENGTH) {
    d.addRest(DATA, data, end)
    d.fault('association-too-short', data, DRAFT_VDP_CLAUSE)
    return
  }
  addPlaced(d, F.DRAFT_VDP_FIELDS, data, end)
  if (d.uint8(data) > MAX_DRAFT_MODE) d.fault('vdp-mode', data, DRAFT_VDP_CLAUSE)
  if (d.uint8(data + 1) > MAX_DRAFT_RESPONSE) d.fault('vdp-response', data + 1, DRAFT_VDP_CLAUSE)
  dissectEntries(d, data + DRAFT_VDP_FIXED_LENGTH, end)
}

/** Entries from `first` on; their number and format are before them. */
function dissectEntries(d: Dissection, first: number, end: number): void {
  const count = d.uint16(first - 2)
  if (d.uint8(first - 3) !== DRAFT_MAC_VLAN) {
    d.addRest(DATA, first, end)
    d.fault('filter-format', first - 3, DRAFT_VDP_CLAUSE)
    return
  }
  if (count === 0 || count * DRAFT_ENTRY_LENGTH !== end - first)
    d.fault('filter-count', first - 2, DRAFT_VDP_CLAUSE)
  let at = first
  for (let index = 0; index < count && end - at >= DRAFT_ENTRY_LENGTH; index++) {
    const entry = d.open(F.DRAFT_ENTRY, at)
    addPlaced(d, F.DRAFT_ENTRY_FIELDS, at, end)
    at += DRAFT_ENTRY_LENGTH
    d.close(entry, at)
  }
  d.addRest(DATA, at, end)
}
