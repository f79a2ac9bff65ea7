/** The fields of LLDP that are the same for every organisation. Source: 802.1AB-2016 §8.4 to §8.6. */
import { SYSTEM_CAPABILITY_BITS } from '../lldp/system-capabilities.ts'
import { bits, type Field, group, plain, uint } from './field.ts'
import { type Placed, tlvHeaderFields } from './tlv-header.ts'

export const LLDPDU = group('lldp', 'Link Layer Discovery Protocol', '802.1AB-2016 §8.2')
export const LLDP_TLV = tlvHeaderFields('lldp', '802.1AB-2016 §8.4')

export const END = group('lldp.end', 'End of LLDPDU', '802.1AB-2016 §8.5.1')
export const RESERVED = group('lldp.reserved', 'reserved TLV', '802.1AB-2016 §8.4')
export const ORGANIZATIONAL = group('lldp.organizational', 'organisationally specific', '802.1AB-2016 §8.6')

/** The TLVs of fixed types, by type. */
export const BASIC_TLVS: Readonly<Record<number, Field>> = {
  1: group('lldp.chassis-id', 'Chassis ID', '802.1AB-2016 §8.5.2'),
  2: group('lldp.port-id', 'Port ID', '802.1AB-2016 §8.5.3'),
  3: group('lldp.ttl', 'Time To Live', '802.1AB-2016 §8.5.4'),
  4: group('lldp.port-description', 'Port description', '802.1AB-2016 §8.5.5'),
  5: group('lldp.system-name', 'System name', '802.1AB-2016 §8.5.6'),
  6: group('lldp.system-description', 'System description', '802.1AB-2016 §8.5.7'),
  7: group('lldp.system-capabilities', 'System capabilities', '802.1AB-2016 §8.5.8'),
  8: group('lldp.management-address', 'Management address', '802.1AB-2016 §8.5.9'),
}

const CHASSIS = '802.1AB-2016 §8.5.2'
export const CHASSIS_ID_SUBTYPE = uint('lldp.chassis-id.subtype', 'subtype', CHASSIS, {
  1: 'chassis component',
  2: 'interface alias',
  3: 'port component',
  4: 'MAC address',
  5: 'network address',
  6: 'interface name',
  7: 'local',
})
export const CHASSIS_ID_VALUE = plain('chassis-id', 'lldp.chassis-id.value', 'chassis ID', CHASSIS)

const PORT = '802.1AB-2016 §8.5.3'
export const PORT_ID_SUBTYPE = uint('lldp.port-id.subtype', 'subtype', PORT, {
  1: 'interface alias',
  2: 'port component',
  3: 'MAC address',
  4: 'network address',
  5: 'interface name',
  6: 'agent circuit ID',
  7: 'local',
})
export const PORT_ID_VALUE = plain('port-id', 'lldp.port-id.value', 'port ID', PORT)
export const TTL_SECONDS = uint('lldp.ttl.seconds', 'seconds', '802.1AB-2016 §8.5.4', { 0: 'shutdown' })

/** By type 4 to 6. */
export const TEXTS: Readonly<Record<number, Field>> = {
  4: plain('text', 'lldp.port-description.text', 'text', '802.1AB-2016 §8.5.5'),
  5: plain('text', 'lldp.system-name.text', 'text', '802.1AB-2016 §8.5.6'),
  6: plain('text', 'lldp.system-description.text', 'text', '802.1AB-2016 §8.5.7'),
}

const WORDS: Readonly<Record<keyof typeof SYSTEM_CAPABILITY_BITS, string>> = {
  other: 'other',
  repeater: 'repeater',
  bridge: 'bridge',
  wlanAccessPoint: 'WLAN access point',
  router: 'router',
  telephone: 'telephone',
  docsisCableDevice: 'DOCSIS cable device',
  stationOnly: 'station only',
  cVlanComponent: 'C-VLAN component',
  sVlanComponent: 'S-VLAN component',
  twoPortMacRelay: 'two-port MAC relay',
}
const CAPABILITIES = Object.fromEntries(
  Object.entries(SYSTEM_CAPABILITY_BITS).map(([name, bit]) => [bit, WORDS[name as keyof typeof WORDS]]),
)
const CAPABILITY = '802.1AB-2016 §8.5.8'
export const SYSTEM_CAPABILITIES: readonly Placed[] = [
  [bits('lldp.system-capabilities.supported', 'supported', CAPABILITY, CAPABILITIES), 0, 2],
  [bits('lldp.system-capabilities.enabled', 'enabled', CAPABILITY, CAPABILITIES), 2, 2],
]

const ADDRESS = '802.1AB-2016 §8.5.9'
export const MANAGEMENT = {
  length: uint('lldp.management-address.length', 'address string length', ADDRESS),
  family: uint('lldp.management-address.family', 'address family', ADDRESS, {
    1: 'IPv4',
    2: 'IPv6',
    6: 'MAC',
  }),
  address: plain('management-address', 'lldp.management-address.address', 'address', ADDRESS),
  numbering: uint('lldp.management-address.numbering', 'interface numbering', ADDRESS, {
    1: 'unknown',
    2: 'ifIndex',
    3: 'system port number',
  }),
  interfaceNumber: uint('lldp.management-address.interface', 'interface number', ADDRESS),
  oidLength: uint('lldp.management-address.oid-length', 'OID length', ADDRESS),
  oid: plain('octets', 'lldp.management-address.oid', 'OID', ADDRESS),
} as const

const ORGANIZATION = '802.1AB-2016 §8.6'
export const OUI = plain('oui', 'lldp.oui', 'OUI', ORGANIZATION)
export const ORGANIZATIONAL_SUBTYPE = uint('lldp.subtype', 'subtype', ORGANIZATION)
