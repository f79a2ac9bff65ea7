/**
 * A remote system, and what it is to the table of those one LLDP agent knows. Source: 802.1AB-2016 §8.2, §9.2.7.7.5.
 * Ageing, and what a change means, belong to the receive machine and `engine/lldp-receiver.ts`.
 */
import type { MacAddress } from '../wire/mac-address.ts'
import { equalOctets } from '../wire/octets.ts'
import type { Lldpdu } from './lldpdu.ts'

export interface RemoteSystem {
  readonly msap: string
  /** Source address of its last LLDPDU. */
  readonly mac: MacAddress
  readonly lldpdu: Lldpdu
  /** The LLDPDU as received, without padding: equal octets mean nothing changed. */
  readonly octets: Uint8Array
}

/** Chassis ID and port ID with their subtypes: the same text only for the same octets. */
export function msapIdentifier({ chassisId, portId }: Pick<Lldpdu, 'chassisId' | 'portId'>): string {
  return `${chassisId.subtype}:${chassisId.value}/${portId.subtype}:${portId.value}`
}

/** What `system` would be to the table. */
export function compareToTable(
  table: ReadonlyMap<string, RemoteSystem>,
  system: RemoteSystem,
  maxNeighbors: number,
): 'new' | 'changed' | 'unchanged' | 'no-room' {
  const known = table.get(system.msap)
  if (!known) return table.size < maxNeighbors ? 'new' : 'no-room'
  return known.mac === system.mac && equalOctets(known.octets, system.octets) ? 'unchanged' : 'changed'
}
