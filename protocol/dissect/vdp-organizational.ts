/** The fields of VDP's organisation TLVs; Cisco's are known as lldpad sends them. Source: 802.1Q-2018 §41.3, reference.md 5.15. */
import type { Dissection } from './dissection.ts'
import { DATA, OUI_LENGTH, TLV_HEADER_LENGTH } from './tlv-header.ts'
import * as F from './vdp-fields.ts'

const CLAUSE = '802.1Q-2018 §41.3'
const CISCO_CLAUSE = 'reference.md 5.15'
const CISCO_OUI = 0x00000c
const VM_NAME = 0xf1
const L3_ADDRESS = 0xf2
/** A format octet and 16 octets of ID. */
const ID_LENGTH = 17
const FAMILIES = { ipv4: 1, ipv6: 2 } as const

/** What follows the header of the TLV at `at`. */
export function dissectVdpOrganizational(d: Dissection, at: number, end: number): void {
  const body = at + TLV_HEADER_LENGTH
  if (end - body < OUI_LENGTH) {
    d.addRest(DATA, body, end)
    d.fault('tlv-length', at, CLAUSE)
    return
  }
  const data = body + OUI_LENGTH
  d.add(F.VDP_OUI, body, data)
  if (d.uint24(body) === CISCO_OUI && data < end) dissectCisco(d, at, data, end)
  else d.addRest(DATA, data, end)
}

function dissectCisco(d: Dissection, at: number, data: number, end: number): void {
  const subtype = d.uint8(data)
  const id = data + 1
  const least = subtype === VM_NAME ? 2 * ID_LENGTH : subtype === L3_ADDRESS ? ID_LENGTH + 2 : 0
  d.add(F.CISCO_SUBTYPE, data, id)
  if (least === 0 || end - id < least) {
    d.addRest(DATA, id, end)
    if (least > 0) d.fault('tlv-length', at, CISCO_CLAUSE)
    return
  }
  const next = id + ID_LENGTH
  d.add(F.CISCO_VSI_ID_FORMAT, id, id + 1)
  d.add(F.CISCO_VSI_ID, id + 1, next)
  if (subtype === VM_NAME) {
    d.add(F.CISCO_VM_FORMAT, next, next + 1)
    d.add(F.CISCO_VM_ID, next + 1, next + ID_LENGTH)
    d.addRest(F.CISCO_VM_NAME, next + ID_LENGTH, end)
  } else dissectAddress(d, next, end)
}

function dissectAddress(d: Dissection, at: number, end: number): void {
  const family = d.uint16(at)
  const address = at + 2
  d.add(F.CISCO_FAMILY, at, address)
  if (family === FAMILIES.ipv4 && end - address === 4) d.add(F.CISCO_IPV4, address, end)
  else if (family === FAMILIES.ipv6 && end - address === 16) d.add(F.CISCO_IPV6, address, end)
  else d.addRest(DATA, address, end)
}
