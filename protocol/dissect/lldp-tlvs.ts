/** What is in the LLDP TLVs of types 1 to 8, and in those nobody has defined. Source: 802.1AB-2016 §8.5. */
import { MAX_ADMIN_STRING_LENGTH } from '../lldp/admin-string.ts'
import { decodeManagementAddress, MANAGEMENT_ADDRESS_TLV } from '../lldp/management-address.ts'
import { SYSTEM_CAPABILITIES_LENGTH, SYSTEM_CAPABILITIES_TLV } from '../lldp/system-capabilities.ts'
import type { Dissection } from './dissection.ts'
import * as F from './lldp-fields.ts'
import { addPlaced, DATA, type Placed, TLV_HEADER_LENGTH } from './tlv-header.ts'

const CHASSIS_ID = 1
const PORT_ID = 2
const TTL: readonly Placed[] = [[F.TTL_SECONDS, 0, 2]]

/** The information string of the TLV at `at`. */
export function dissectBasic(d: Dissection, type: number, at: number, end: number): void {
  const body = at + TLV_HEADER_LENGTH
  const text = F.TEXTS[type]
  if (text !== undefined) {
    d.addRest(text, body, end)
    if (end - body > MAX_ADMIN_STRING_LENGTH) d.fault('tlv-length', at, '802.1AB-2016 §8.5.5')
  } else if (type === CHASSIS_ID) dissectIdentifier(d, F.CHASSIS_ID_SUBTYPE, F.CHASSIS_ID_VALUE, body, end)
  else if (type === PORT_ID) dissectIdentifier(d, F.PORT_ID_SUBTYPE, F.PORT_ID_VALUE, body, end)
  else if (type === 3) d.addRest(DATA, body + addPlaced(d, TTL, body, end), end)
  else if (type === SYSTEM_CAPABILITIES_TLV) dissectCapabilities(d, at, end)
  else if (type === MANAGEMENT_ADDRESS_TLV) dissectManagementAddress(d, at, end)
  else d.addRest(DATA, body, end)
}

function dissectIdentifier(
  d: Dissection,
  subtype: typeof F.CHASSIS_ID_SUBTYPE,
  value: typeof F.CHASSIS_ID_VALUE,
  body: number,
  end: number,
): void {
  if (body < end) d.add(subtype, body, body + 1)
  d.addRest(value, body + 1, end)
}

function dissectCapabilities(d: Dissection, at: number, end: number): void {
  const body = at + TLV_HEADER_LENGTH
  d.addRest(DATA, body + addPlaced(d, F.SYSTEM_CAPABILITIES, body, end), end)
  if (end - body !== SYSTEM_CAPABILITIES_LENGTH) d.fault('tlv-length', at, '802.1AB-2016 §8.5.8')
}

/** As far as its inner lengths make sense. */
function dissectManagementAddress(d: Dissection, at: number, end: number): void {
  const { length, family, address, numbering, interfaceNumber, oidLength, oid } = F.MANAGEMENT
  const body = at + TLV_HEADER_LENGTH
  if (decodeManagementAddress(d.octets, body, end) === undefined) {
    if (body < end) d.add(length, body, body + 1)
    d.addRest(DATA, body + 1, end)
    d.fault('tlv-length', at, '802.1AB-2016 §8.5.9')
    return
  }
  const after = body + 1 + d.uint8(body)
  d.add(length, body, body + 1)
  d.add(family, body + 1, body + 2)
  d.add(address, body + 2, after)
  d.add(numbering, after, after + 1)
  d.add(interfaceNumber, after + 1, after + 5)
  d.add(oidLength, after + 5, after + 6)
  const oidEnd = after + 6 + d.uint8(after + 5)
  d.addRest(oid, after + 6, oidEnd)
  d.addRest(DATA, oidEnd, end)
}
