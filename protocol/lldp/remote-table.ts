/**
 * The remote systems one LLDP agent knows, by MSAP identifier. Source: 802.1AB-2016 §8.2, §9.2.7.7.5.
 * A bounded table of values: ageing, and what a change means, belong to the receive machine and its engine.
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

/** In the order in which they were first heard. */
export type RemoteTable = Map<string, RemoteSystem>

/** Chassis ID and port ID with their subtypes: the same text only for the same octets. */
export function msapIdentifier({ chassisId, portId }: Pick<Lldpdu, 'chassisId' | 'portId'>): string {
  return `${chassisId.subtype}:${chassisId.value}/${portId.subtype}:${portId.value}`
}

/** What `system` would be to the table. */
export function compareToTable(
  table: RemoteTable,
  system: RemoteSystem,
  maxNeighbors: number,
): 'new' | 'changed' | 'unchanged' | 'no-room' {
  const known = table.get(system.msap)
  if (!known) return table.size < maxNeighbors ? 'new' : 'no-room'
  return known.mac === system.mac && equalOctets(known.octets, system.octets) ? 'unchanged' : 'changed'
}
