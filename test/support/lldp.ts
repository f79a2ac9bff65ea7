/**
 * LLDP by hand: frames of a neighbour put together from hexadecimal, without our encoder, and what a port sent
 * read back without our decoder.
 */
import type { PortConfig } from '../../protocol/engine/port-config.ts'
import { DEFAULT_PORT_CONFIG, type EvbConfig, type LldpConfig } from '../../protocol/engine/port-config.ts'
import type { MacAddress } from '../../protocol/wire/mac-address.ts'
import { fromHex, toHex } from '../../protocol/wire/octets.ts'
import type { OperatingValues } from '../../protocol/wire/operating-values.ts'
import { BRIDGE_MAC, type TestPort } from './test-port.ts'

export const NEAREST_CUSTOMER_BRIDGE_HEX = '0180c2000000'

/** `02 07 ..` for a type and an information string; `length` to lie about it. */
export function tlv(type: number, info = '', length = unspaced(info).length / 2): string {
  const header = (type << 9) | length
  return header.toString(16).padStart(4, '0') + unspaced(info)
}

/** The five octets of an EVB TLV, in hexadecimal, as a TLV. */
export function evbTlv(octets: string): string {
  return tlv(127, `0080c2 0d ${octets}`)
}

export interface NeighborFrame {
  readonly from?: MacAddress
  /** Information strings, subtype first; by default the MAC address. */
  readonly chassisId?: string
  readonly portId?: string
  readonly ttl?: number
  /** What follows the mandatory TLVs, hexadecimal. */
  readonly tlvs?: readonly string[]
  /** What ends the LLDPDU. */
  readonly end?: string
  readonly destination?: string
  readonly etherType?: string
}

/** A whole frame of a neighbour, padded to 60 octets unless it is said how it ends. */
export function neighborFrame(options: NeighborFrame = {}): Uint8Array {
  const { from = BRIDGE_MAC, ttl = 121, tlvs = [], end } = options
  const mac = from.replaceAll(':', '')
  const { chassisId = `04${mac}`, portId = `03${mac}` } = options
  const mandatory = [tlv(1, chassisId), tlv(2, portId), tlv(3, ttl.toString(16).padStart(4, '0'))]
  const payload = [...mandatory, ...tlvs, end ?? '0000'].join('')
  return rawFrame(payload, options, end === undefined)
}

/** A frame with any payload. */
export function rawFrame(payload: string, options: NeighborFrame = {}, padded = true): Uint8Array {
  const { from = BRIDGE_MAC, destination = NEAREST_CUSTOMER_BRIDGE_HEX, etherType = '88cc' } = options
  const hex = destination + from.replaceAll(':', '') + etherType + unspaced(payload)
  return fromHex(padded ? hex.padEnd(120, '0') : hex)
}

/** A frame whose only optional TLV is an EVB TLV with these five octets. */
export function evbFrame(octets: string, options: NeighborFrame = {}): Uint8Array {
  return neighborFrame({ ...options, tlvs: [evbTlv(octets)] })
}

/** The LLDP frames a port sent, with their times. */
export function lldpSent(port: TestPort): { at: number; hex: string }[] {
  return port.sent
    .map(({ at, octets }) => ({ at, hex: toHex(octets) }))
    .filter(({ hex }) => hex.slice(24, 28) === '88cc')
}

export function lldpTimes(port: TestPort): number[] {
  return lldpSent(port).map(({ at }) => at)
}

/** Octets 6 to 10 of the EVB TLV in the LLDPDU sent last: `00 07 6e 94 14`; undefined when there is none in it. */
export function lastEvbSent(port: TestPort): string | undefined {
  const hex = lldpSent(port).at(-1)?.hex ?? ''
  const at = hex.indexOf('fe090080c20d')
  return at < 0 ? undefined : spaced(hex.slice(at + 12, at + 22))
}

/** Type, length and information string of every TLV in a frame sent, up to and with the End TLV. */
export function tlvsOf(hex: string): { type: number; info: string }[] {
  const found: { type: number; info: string }[] = []
  for (let at = 28; at < hex.length; ) {
    const header = Number.parseInt(hex.slice(at, at + 4), 16)
    const length = header & 0x1ff
    found.push({ type: header >> 9, info: hex.slice(at + 4, at + 4 + 2 * length) })
    if (header >> 9 === 0) break
    at += 4 + 2 * length
  }
  return found
}

/** The defaults of a port with other LLDP and EVB settings. */
export function lldpConfig(lldp: Partial<LldpConfig> = {}, evb: EvbChanges = {}): PortConfig {
  const { local, ...rest } = evb
  return {
    ...DEFAULT_PORT_CONFIG,
    lldp: { ...DEFAULT_PORT_CONFIG.lldp, ...lldp },
    evb: {
      ...DEFAULT_PORT_CONFIG.evb,
      ...rest,
      local: { ...DEFAULT_PORT_CONFIG.evb.local, ...local },
    },
  }
}

export type EvbChanges = Partial<Omit<EvbConfig, 'local'>> & { readonly local?: Partial<OperatingValues> }

function unspaced(hex: string): string {
  return hex.replaceAll(' ', '').toLowerCase()
}

function spaced(hex: string): string {
  return (hex.match(/../g) ?? []).join(' ')
}
