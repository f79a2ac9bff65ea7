/** Chassis ID TLV, type 1. Source: 802.1AB-2016 §8.5.2, table 8-2. A MAC address is subtype 4 here, 3 in a port ID. */
import type { MacAddress } from '../wire/mac-address.ts'
import { formatIdentifier, type Identifier, type IdentifierKind } from './identifier.ts'

export const CHASSIS_ID_TLV = 1

export const CHASSIS_ID_SUBTYPES = {
  chassisComponent: 1,
  interfaceAlias: 2,
  portComponent: 3,
  macAddress: 4,
  networkAddress: 5,
  interfaceName: 6,
  local: 7,
} as const

export type ChassisId = Identifier

const KINDS: Readonly<Record<number, IdentifierKind>> = {
  1: 'text',
  2: 'text',
  3: 'text',
  4: 'mac',
  5: 'network',
  6: 'text',
  7: 'text',
}

export function macChassisId(mac: MacAddress): ChassisId {
  return { subtype: CHASSIS_ID_SUBTYPES.macAddress, value: mac.replaceAll(':', '') }
}

export function formatChassisId(id: ChassisId): string {
  return formatIdentifier(id, KINDS[id.subtype])
}
