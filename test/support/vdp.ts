/** Building blocks for tests that speak VDP by hand: commands, frames of a neighbour, and what was sent read back. */
import { decodeEcpHeader, type EcpHeader, encodeEcpdu } from '../../protocol/ecp/ecpdu.ts'
import { DEFAULT_PORT_CONFIG, type PortConfig } from '../../protocol/engine/port-config.ts'
import type { AssociationTlv } from '../../protocol/vdp/association-tlv.ts'
import type { VsiCommand } from '../../protocol/vdp/command.ts'
import { DEFAULT_MANAGER_ID } from '../../protocol/vdp/manager-id-tlv.ts'
import { decodeUlpdu, encodeUlpdu, type ReceivedUlpdu, type VsiItem } from '../../protocol/vdp/ulpdu.ts'
import { ETHERTYPE_ECP, encodeEthernetFrame } from '../../protocol/wire/ethernet-frame.ts'
import { type MacAddress, NEAREST_CUSTOMER_BRIDGE } from '../../protocol/wire/mac-address.ts'
import { fromHex, toHex } from '../../protocol/wire/octets.ts'
import type { OperatingValues } from '../../protocol/wire/operating-values.ts'

export const PRE = 1
export const PRE_RR = 2
export const ASSOC = 3
export const DEASSOC = 4

/** A UUID VSIID that ends in `number`. */
export function vsiId(number: number) {
  return { format: 5, value: `fa9b7fffb0a048938e0ebeef${number.toString(16).padStart(8, '0')}` }
}

/** Its text form, the key of the VSI. */
export function keyOf(number: number): string {
  return `fa9b7fff-b0a0-4893-8e0e-beef${number.toString(16).padStart(8, '0')}`
}

/** An Associate of VSI `number` with one MAC/VID entry, VLAN 3, changed by `changes`. */
export function command(number = 1, changes: Partial<VsiCommand> = {}): VsiCommand {
  const mac =
    `52:54:00:00:${toHex(Uint8Array.of(number >> 8, number & 0xff)).replace(/(..)(..)/, '$1:$2')}` as MacAddress
  return {
    type: ASSOC,
    vsiId: vsiId(number),
    managerId: DEFAULT_MANAGER_ID,
    typeId: 0x123456,
    typeVersion: 4,
    filter: { format: 2, entries: [{ vid: 3, mac }] },
    hint: 'none',
    organizational: [],
    ...changes,
  }
}

/** Settings of a port whose VDP does not wait for EVB, with other operating values if given. */
export function configWith(
  local: Partial<OperatingValues> = {},
  vdp: Partial<PortConfig['vdp']> = {},
  evb: Partial<PortConfig['evb']> = {},
): PortConfig {
  return {
    ...DEFAULT_PORT_CONFIG,
    evb: { ...DEFAULT_PORT_CONFIG.evb, ...evb, local: { ...DEFAULT_PORT_CONFIG.evb.local, ...local } },
    vdp: { ...DEFAULT_PORT_CONFIG.vdp, requireEvbBridge: false, ...vdp },
  }
}

export interface EcpFrameOptions {
  readonly from: MacAddress
  readonly sequence: number
  readonly destination?: MacAddress
}

/** An ECP request with any payload. */
export function ecpRequest({ from, sequence, destination }: EcpFrameOptions, ulpdu: Uint8Array): Uint8Array {
  const header = {
    destination: destination ?? NEAREST_CUSTOMER_BRIDGE,
    source: from,
    etherType: ETHERTYPE_ECP,
  }
  return encodeEthernetFrame(header, encodeEcpdu({ op: 0, subtype: 1, sequence }, ulpdu))
}

export function ecpAck(from: MacAddress, sequence: number): Uint8Array {
  const header = { destination: NEAREST_CUSTOMER_BRIDGE, source: from, etherType: ETHERTYPE_ECP }
  return encodeEthernetFrame(header, encodeEcpdu({ op: 1, subtype: 1, sequence }))
}

/** The TLV of a command with a status octet. */
export function tlv(
  { type, typeId, typeVersion, vsiId, filter }: VsiCommand,
  status: number,
): AssociationTlv {
  return { type, status, typeId, typeVersion, vsiId, filter }
}

/** A ULPDU of one manager with these TLVs. */
export function ulpdu(...tlvs: readonly AssociationTlv[]): Uint8Array {
  return encodeUlpdu(
    DEFAULT_MANAGER_ID,
    tlvs.map((association) => ({ association, organizational: [] })),
  )
}

/** As lldpad writes it: without End TLV. */
export function withoutEndTlv(octets: Uint8Array): Uint8Array {
  return octets.slice(0, -2)
}

export interface SentEcpdu extends EcpHeader {
  readonly octets: Uint8Array
  readonly hex: string
  readonly ulpdu: ReceivedUlpdu | undefined
  /** The VSI TLVs. */
  readonly tlvs: readonly AssociationTlv[]
}

/** The ECPDUs among frames that a port sent. */
export function ecpdus(frames: readonly Uint8Array[]): SentEcpdu[] {
  return frames.filter((octets) => toHex(octets, 12, 14) === '8940').map(readEcpdu)
}

/** ECP requests only. */
export function requests(frames: readonly Uint8Array[]): SentEcpdu[] {
  return ecpdus(frames).filter(({ op }) => op === 0)
}

function readEcpdu(octets: Uint8Array): SentEcpdu {
  const header = decodeEcpHeader(octets, 14)
  if (!header.ok) throw new Error('a port sent a broken ECPDU')
  const ulpdu = header.value.op === 0 ? decodeUlpdu(octets, 18) : undefined
  if (ulpdu !== undefined && !ulpdu.ok) throw new Error('a port sent a broken ULPDU')
  const items = (ulpdu?.value.items ?? []).filter((item): item is VsiItem => 'association' in item)
  return {
    ...header.value,
    octets,
    hex: toHex(octets),
    ulpdu: ulpdu?.value,
    tlvs: items.map(({ association }) => association),
  }
}

export { fromHex, toHex }
