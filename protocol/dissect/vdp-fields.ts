/** The fields of ECP and VDP. Source: 802.1Q-2018 §43.2, §41.1 to §41.3. */
import { type Field, flag, group, plain, uint, uintBits } from './field.ts'
import { tlvHeaderFields } from './tlv-header.ts'

const ECPDU = '802.1Q-2018 §43.2'
export const ECP = group('ecp', 'Edge Control Protocol', ECPDU)
export const ECP_VERSION = uintBits('ecp.version', 'version', ECPDU, [15, 12])
export const ECP_OP = uintBits('ecp.op', 'operation', ECPDU, [11, 10], { 0: 'request', 1: 'acknowledgement' })
export const ECP_SUBTYPE = uintBits('ecp.subtype', 'subtype', ECPDU, [9, 0], { 1: 'VDP', 2: 'PE-CSP' })
export const ECP_SEQUENCE = uint('ecp.sequence', 'sequence number', ECPDU)

export const VDP = group('vdp', 'VSI Discovery and Configuration Protocol', '802.1Q-2018 §41.1')
export const VDP_TLV = tlvHeaderFields('vdp', '802.1Q-2018 §41.1')
export const VDP_END = group('vdp.end', 'End TLV', '802.1Q-2018 §41.1')
export const VDP_RESERVED = group('vdp.reserved', 'reserved TLV', '802.1Q-2018 §41.1')
export const MANAGER_ID = group('vdp.manager', 'VSI manager ID', '802.1Q-2018 §41.1.3')
export const MANAGER_ID_VALUE = plain('manager-id', 'vdp.manager.id', 'manager ID', '802.1Q-2018 §41.1.3')

/** VSI TLVs by type. */
export const ASSOCIATIONS: Readonly<Record<number, Field>> = {
  1: group('vdp.preassociate', 'Pre-Associate', '802.1Q-2018 §41.2'),
  2: group('vdp.preassociate-rr', 'Pre-Associate RR', '802.1Q-2018 §41.2'),
  3: group('vdp.associate', 'Associate', '802.1Q-2018 §41.2'),
  4: group('vdp.deassociate', 'De-Associate', '802.1Q-2018 §41.2'),
}

const STATUS = '802.1Q-2018 §41.2.3'
export const REQ_ACK = uintBits('vdp.req-ack', 'Req/Ack', STATUS, [6, 6], { 0: 'request', 1: 'response' })
export const SUSPENDED = flag('vdp.suspended', 'S: the VM is suspended', STATUS, 5)
export const MIGRATING = flag('vdp.migrating', 'M: the VM is migrating', STATUS, 4)
export const KEEP = flag('vdp.keep', 'Keep: what was before stays', STATUS, 5)
export const HARD = flag('vdp.hard', 'Hard: the same request will fail again', STATUS, 4)
export const ERROR = uintBits('vdp.error', 'error', STATUS, [3, 0], {
  0: 'success',
  1: 'invalid format',
  2: 'insufficient resources',
  3: 'unable to contact the VSI manager',
  4: 'other failure',
  5: 'invalid VID, group ID or MAC address',
})

export const TYPE_ID = uint('vdp.type-id', 'VSI type ID', '802.1Q-2018 §41.2.4')
export const TYPE_VERSION = uint('vdp.type-version', 'VSI type version', '802.1Q-2018 §41.2.5')
const VSI_ID_FORMAT_NAMES = { 1: 'IPv4', 2: 'IPv6', 3: 'MAC', 4: 'local', 5: 'UUID' }
export const VSI_ID_FORMAT = uint(
  'vdp.vsi-id-format',
  'VSIID format',
  '802.1Q-2018 §41.2.6',
  VSI_ID_FORMAT_NAMES,
)
export const VSI_ID = plain('vsi-id', 'vdp.vsi-id', 'VSIID', '802.1Q-2018 §41.2.7')
const FILTER_FORMAT_NAMES = { 1: 'VID', 2: 'MAC/VID', 3: 'GroupID/VID', 4: 'GroupID/MAC/VID' }
export const FILTER_FORMAT = uint(
  'vdp.filter-format',
  'filter format',
  '802.1Q-2018 §41.2.8',
  FILTER_FORMAT_NAMES,
)
const FILTER = '802.1Q-2018 §41.2.9'
export const ENTRIES = uint('vdp.entries', 'number of entries', FILTER)
export const ENTRY = group('vdp.entry', 'entry', FILTER)
export const GROUP_ID = uint('vdp.group-id', 'group ID', FILTER)
export const MAC = plain('mac', 'vdp.mac', 'MAC address', FILTER)
export const PS = flag('vdp.ps', 'PS: the priority counts', FILTER, 15)
export const PCP = uintBits('vdp.pcp', 'PCP: default priority', FILTER, [14, 12])
export const VID = uintBits('vdp.vid', 'VID', FILTER, [11, 0], { 0: 'the bridge chooses' })

const ORGANIZATION = '802.1Q-2018 §41.3'
export const VDP_ORGANIZATIONAL = group('vdp.organizational', 'organisation TLV', ORGANIZATION)
export const VDP_OUI = plain('oui', 'vdp.oui', 'OUI', ORGANIZATION)

/** As lldpad sends them; Cisco has published nothing. */
const CISCO = 'reference.md 5.15'
export const CISCO_SUBTYPE = uint('vdp.cisco.subtype', 'Cisco subtype', CISCO, {
  241: 'VM name',
  242: 'L3 address',
})
export const CISCO_VSI_ID_FORMAT = uint('vdp.cisco.vsi-id-format', 'VSIID format', CISCO, VSI_ID_FORMAT_NAMES)
export const CISCO_VSI_ID = plain('vsi-id', 'vdp.cisco.vsi-id', 'VSIID', CISCO)
export const CISCO_VM_FORMAT = uint('vdp.cisco.vm-id-format', 'VM ID format', CISCO, VSI_ID_FORMAT_NAMES)
export const CISCO_VM_ID = plain('vsi-id', 'vdp.cisco.vm-id', 'VM ID', CISCO)
export const CISCO_VM_NAME = plain('text', 'vdp.cisco.vm-name', 'VM name', CISCO)
export const CISCO_FAMILY = uint('vdp.cisco.family', 'address family', CISCO, { 1: 'IPv4', 2: 'IPv6' })
/** lldpad writes the octets in the order of its machine. */
export const CISCO_IPV4 = plain('ipv4', 'vdp.cisco.ipv4', 'address, or its mirror image', CISCO)
export const CISCO_IPV6 = plain('ipv6', 'vdp.cisco.ipv6', 'address', CISCO)
