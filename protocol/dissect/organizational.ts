/** Organisationally specific TLVs of LLDP: which ones are known, and what is common to them. Source: 802.1AB-2016 §8.6. */
import { ORGANIZATIONAL_HEADER_LENGTH } from '../lldp/organizational.ts'
import type { Dissection } from './dissection.ts'
import { DOT1_TLVS } from './dot1-tlvs.ts'
import { DOT3_TLVS } from './dot3-tlvs.ts'
import { EDGE_TLVS } from './edge-tlvs.ts'
import { ORGANIZATIONAL_SUBTYPE, OUI } from './lldp-fields.ts'
import type { OrganizationalKind } from './organizational-kind.ts'
import { DATA, OUI_LENGTH, TLV_HEADER_LENGTH } from './tlv-header.ts'

const KINDS: ReadonlyMap<number, OrganizationalKind> = new Map(
  [...DOT1_TLVS, ...DOT3_TLVS, ...EDGE_TLVS].map((kind) => [keyOf(kind.oui, kind.subtype), kind]),
)

function keyOf(oui: number, subtype: number): number {
  return oui * 256 + subtype
}

/** The kind whose information string is `octets[body, end)`; undefined when it is unknown, or too short to tell. */
export function findOrganizational(d: Dissection, body: number, end: number): OrganizationalKind | undefined {
  if (end - body < ORGANIZATIONAL_HEADER_LENGTH) return undefined
  return KINDS.get(keyOf(d.uint24(body), d.uint8(body + OUI_LENGTH)))
}

/** What follows the header of the TLV at `at`. */
export function dissectOrganizational(
  d: Dissection,
  at: number,
  end: number,
  kind: OrganizationalKind | undefined,
): void {
  const body = at + TLV_HEADER_LENGTH
  if (end - body < ORGANIZATIONAL_HEADER_LENGTH) {
    d.addRest(DATA, body, end)
    d.fault('tlv-length', at, '802.1AB-2016 §8.6')
    return
  }
  const data = body + ORGANIZATIONAL_HEADER_LENGTH
  d.add(OUI, body, body + OUI_LENGTH)
  d.add(ORGANIZATIONAL_SUBTYPE, data - 1, data)
  if (kind === undefined) d.addRest(DATA, data, end)
  else kind.dissect(d, data, end, at)
}
