/**
 * The fields of a VDP ULPDU. Source: 802.1Q-2018 §41.1. A receiver takes it as a whole or not at all; here what can be
 * read is shown with what is wrong. Faults have the code and offset that `decodeUlpdu` has for them.
 */
import { MANAGER_ID_LENGTH, MANAGER_ID_TLV } from '../vdp/manager-id-tlv.ts'
import { END_TLV, ORGANIZATIONAL_TLV } from '../wire/tlv.ts'
import type { Dissection } from './dissection.ts'
import type { Field } from './field.ts'
import { addTlvHeader, DATA, PADDING, TLV_HEADER_LENGTH } from './tlv-header.ts'
import * as F from './vdp-fields.ts'
import { dissectVdpOrganizational } from './vdp-organizational.ts'
import { dissectAssociation } from './vsi-tlv.ts'

const CLAUSE = '802.1Q-2018 §41.1'
const MANAGER_CLAUSE = '802.1Q-2018 §41.1.3'

/** Dissects the octets from `start` to the end of the frame. */
export function dissectUlpdu(d: Dissection, start: number): void {
  if (d.end - start < TLV_HEADER_LENGTH || d.uint16(start) === 0) {
    // An empty one is acknowledged and ignored, not faulty. Source: reference.md, rule 127.
    if (d.cut && d.end - start < TLV_HEADER_LENGTH) d.runOut('frame-cut', start, CLAUSE)
    d.addRest(PADDING, start, d.end)
    return
  }
  const vdp = d.open(F.VDP, start)
  let at = start
  while (d.end - at >= TLV_HEADER_LENGTH && d.uint8(at) >>> 1 !== END_TLV) {
    const type = d.uint8(at) >>> 1
    checkManager(d, type, at, at === start)
    const end = at + TLV_HEADER_LENGTH + (d.uint16(at) & 0x1ff)
    const whole = end <= d.end
    const group = d.open(groupOf(type), at)
    addTlvHeader(d, F.VDP_TLV, at)
    if (whole) dissectTlv(d, type, at, end)
    else d.addRest(DATA, at + TLV_HEADER_LENGTH, d.end)
    d.close(group, Math.min(end, d.end))
    if (!whole) d.runOut('tlv-truncated', at, CLAUSE)
    at = Math.min(end, d.end)
    if (!whole) break
  }
  finish(d, vdp, start, at)
}

/** After the last TLV: the End TLV, which may be missing, and padding. */
function finish(d: Dissection, vdp: number, start: number, at: number): void {
  if (at === start) d.fault('ulpdu-without-manager-id', start, MANAGER_CLAUSE)
  if (d.end - at < TLV_HEADER_LENGTH) {
    d.close(vdp, at)
    if (d.cut && d.faults.at(-1)?.code !== 'frame-cut') d.runOut('frame-cut', at, CLAUSE)
    d.addRest(PADDING, at, d.end)
    return
  }
  const end = d.open(F.VDP_END, at)
  addTlvHeader(d, F.VDP_TLV, at)
  d.close(end, at + TLV_HEADER_LENGTH)
  d.close(vdp, at + TLV_HEADER_LENGTH)
  d.addRest(PADDING, at + TLV_HEADER_LENGTH, d.end)
}

function groupOf(type: number): Field {
  if (type === MANAGER_ID_TLV) return F.MANAGER_ID
  return F.ASSOCIATIONS[type] ?? (type === ORGANIZATIONAL_TLV ? F.VDP_ORGANIZATIONAL : F.VDP_RESERVED)
}

/** The manager ID comes first and once, and has 16 octets. */
function checkManager(d: Dissection, type: number, at: number, first: boolean): void {
  if (first && type !== MANAGER_ID_TLV) d.fault('ulpdu-without-manager-id', at, MANAGER_CLAUSE)
  if (!first && type === MANAGER_ID_TLV) d.fault('ulpdu-second-manager-id', at, MANAGER_CLAUSE)
}

function dissectTlv(d: Dissection, type: number, at: number, end: number): void {
  const body = at + TLV_HEADER_LENGTH
  if (type === MANAGER_ID_TLV) {
    if (end - body === MANAGER_ID_LENGTH) d.add(F.MANAGER_ID_VALUE, body, end)
    else {
      d.addRest(DATA, body, end)
      d.fault('manager-id-length', at, MANAGER_CLAUSE)
    }
  } else if (type in F.ASSOCIATIONS) dissectAssociation(d, at, end)
  else if (type === ORGANIZATIONAL_TLV) dissectVdpOrganizational(d, at, end)
  else d.addRest(DATA, body, end)
}
