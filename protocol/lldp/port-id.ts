/** Port ID TLV, type 2. Source: 802.1AB-2016 §8.5.3, table 8-3. A MAC address is subtype 3 here, 4 in a chassis ID. */
import type { MacAddress } from '../wire/mac-address.ts'
import { formatIdentifier, type Identifier, type IdentifierKind } from './identifier.ts'

export const PORT_ID_TLV = 2

export const PORT_ID_SUBTYPES = {
  interfaceAlias: 1,
  portComponent: 2,
  macAddress: 3,
  networkAddress: 4,
  interfaceName: 5,
  agentCircuitId: 6,
  local: 7,
} as const

export type PortId = Identifier

const KINDS: Readonly<Record<number, IdentifierKind>> = {
  1: 'text',
  2: 'text',
  3: 'mac',
  4: 'network',
  5: 'text',
  7: 'text',
}

export function macPortId(mac: MacAddress): PortId {
  return { subtype: PORT_ID_SUBTYPES.macAddress, value: mac.replaceAll(':', '') }
}

export function formatPortId(id: PortId): string {
  return formatIdentifier(id, KINDS[id.subtype])
}
