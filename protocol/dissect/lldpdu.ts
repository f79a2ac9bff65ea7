/**
 * The fields of an LLDPDU. Source: 802.1AB-2016 §8.2, §9.2.7.7. What a receiver would refuse is a fault here, with the
 * code and offset that `decodeLldpdu` has for it; what can be read of the rest is shown all the same.
 */

import { MAX_IDENTIFIER_LENGTH, MIN_IDENTIFIER_LENGTH } from '../lldp/identifier.ts'
import { TTL_LENGTH } from '../lldp/lldpdu.ts'
import { MANAGEMENT_ADDRESS_TLV } from '../lldp/management-address.ts'
import type { FaultCode } from '../wire/decoded.ts'
import { END_TLV, ORGANIZATIONAL_TLV } from '../wire/tlv.ts'
import type { Dissection } from './dissection.ts'
import type { Field } from './field.ts'
import { BASIC_TLVS, END, LLDP_TLV, LLDPDU, ORGANIZATIONAL, RESERVED } from './lldp-fields.ts'
import { dissectBasic } from './lldp-tlvs.ts'
import { dissectOrganizational, findOrganizational } from './organizational.ts'
import { addTlvHeader, DATA, PADDING, TLV_HEADER_LENGTH } from './tlv-header.ts'

const CLAUSE = '802.1AB-2016 §9.2.7.7'
/** Chassis ID, port ID and TTL, in this order; their lengths, and what a wrong one is called. */
const MANDATORY: readonly { readonly min: number; readonly max: number; readonly code: FaultCode }[] = [
  { min: MIN_IDENTIFIER_LENGTH, max: MAX_IDENTIFIER_LENGTH, code: 'chassis-id-invalid' },
  { min: MIN_IDENTIFIER_LENGTH, max: MAX_IDENTIFIER_LENGTH, code: 'port-id-invalid' },
  { min: TTL_LENGTH, max: 511, code: 'ttl-invalid' },
]

/** What has been seen of the LLDPDU so far. */
interface Progress {
  tlvs: number
  /** The mandatory TLVs are wrong, which has been said. */
  refused: boolean
  /** Kinds that may occur once, and have. */
  readonly seen: Field[]
}

/** Dissects the octets from `start` to the end of the frame. */
export function dissectLldpdu(d: Dissection, start: number): void {
  const lldpdu = d.open(LLDPDU, start)
  const progress: Progress = { tlvs: 0, refused: false, seen: [] }
  let at = start
  while (d.end - at >= TLV_HEADER_LENGTH && d.uint8(at) >>> 1 !== END_TLV) {
    const end = at + TLV_HEADER_LENGTH + (d.uint16(at) & 0x1ff)
    if (end > d.end) {
      dissectTruncated(d, at, d.uint8(at) >>> 1)
      d.close(lldpdu, d.end)
      return
    }
    dissectTlv(d, at, end, progress)
    at = end
  }
  finish(d, at, progress)
  d.close(lldpdu, d.end)
}

/** The TLV at `at` claims more octets than there are. */
function dissectTruncated(d: Dissection, at: number, type: number): void {
  const group = d.open(groupOf(type), at)
  addTlvHeader(d, LLDP_TLV, at)
  d.addRest(DATA, at + TLV_HEADER_LENGTH, d.end)
  d.close(group, d.end)
  d.runOut('tlv-truncated', at, CLAUSE)
}

function finish(d: Dissection, at: number, { tlvs, refused }: Progress): void {
  const endTlv = d.end - at >= TLV_HEADER_LENGTH
  if (tlvs < MANDATORY.length && !refused) d.runOut('tlv-order', at, CLAUSE)
  else if (!endTlv && d.cut) d.runOut('frame-cut', at, CLAUSE)
  const rest = endTlv ? at + TLV_HEADER_LENGTH : at
  if (endTlv) {
    const end = d.open(END, at)
    addTlvHeader(d, LLDP_TLV, at)
    d.close(end, rest)
  }
  d.addRest(PADDING, rest, d.end)
}

function groupOf(type: number): Field {
  return BASIC_TLVS[type] ?? (type === ORGANIZATIONAL_TLV ? ORGANIZATIONAL : RESERVED)
}

function dissectTlv(d: Dissection, at: number, end: number, progress: Progress): void {
  const type = d.uint8(at) >>> 1
  const known = type === ORGANIZATIONAL_TLV ? findOrganizational(d, at + TLV_HEADER_LENGTH, end) : undefined
  const kind = known?.group ?? groupOf(type)
  const group = d.open(kind, at)
  addTlvHeader(d, LLDP_TLV, at)
  const wellFormed = checkMandatory(d, type, at, end, progress)
  const faults = d.faults.length
  if (type === ORGANIZATIONAL_TLV) dissectOrganizational(d, at, end, known)
  else dissectBasic(d, type, at, end)
  const once = (type > MANDATORY.length && type < MANAGEMENT_ADDRESS_TLV) || known?.once === true
  if (once && wellFormed) checkRepetition(d, kind, at, faults, progress)
  d.close(group, end)
}

/** Of a kind that may occur once the first good one counts. `faults` is how many there were before this one. */
function checkRepetition(d: Dissection, kind: Field, at: number, faults: number, { seen }: Progress): void {
  const faulty = d.faults.length > faults
  if (!seen.includes(kind)) {
    if (!faulty) seen.push(kind)
    return
  }
  // As decodeLldpdu has it: a bad TLV of an organisation is bad before it is a repetition, a basic one after.
  if (faulty && !Object.values(BASIC_TLVS).includes(kind)) return
  d.faults.length = faults
  d.fault('tlv-repeated', at, kind.clause)
}

/** The first three TLVs are the mandatory ones, and no others are. Only the first mistake counts. */
function checkMandatory(d: Dissection, type: number, at: number, end: number, progress: Progress): boolean {
  const index = progress.tlvs++
  if (progress.refused) return true
  const code = mandatoryFault(type, end - at - TLV_HEADER_LENGTH, index)
  if (code === undefined) return true
  progress.refused = true
  d.fault(code, at, CLAUSE)
  return false
}

function mandatoryFault(type: number, length: number, index: number): FaultCode | undefined {
  const rule = MANDATORY[index]
  if (rule === undefined) return type <= MANDATORY.length ? 'tlv-repeated' : undefined
  const { min, max, code } = rule
  if (type !== index + 1) return 'tlv-order'
  return length < min || length > max ? code : undefined
}
