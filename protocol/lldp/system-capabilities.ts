/** System capabilities TLV, type 7: what a system can do and what of it is switched on. Source: 802.1AB-2016 §8.5.8. */
import type { OctetReader } from '../wire/octet-reader.ts'
import type { OctetWriter } from '../wire/octet-writer.ts'
import { writeTlvHeader } from '../wire/tlv.ts'

export const SYSTEM_CAPABILITIES_TLV = 7
export const SYSTEM_CAPABILITIES_LENGTH = 4

/** Bits of both words. */
export const SYSTEM_CAPABILITY_BITS = {
  other: 0x0001,
  repeater: 0x0002,
  bridge: 0x0004,
  wlanAccessPoint: 0x0008,
  router: 0x0010,
  telephone: 0x0020,
  docsisCableDevice: 0x0040,
  stationOnly: 0x0080,
  cVlanComponent: 0x0100,
  sVlanComponent: 0x0200,
  twoPortMacRelay: 0x0400,
} as const

export interface SystemCapabilities {
  /** 16 bits, as received: unknown ones are kept. */
  readonly supported: number
  readonly enabled: number
}

/** Reads an information string of four octets. */
export function readSystemCapabilities(reader: OctetReader): SystemCapabilities {
  return { supported: reader.uint16(), enabled: reader.uint16() }
}

export function writeSystemCapabilities(
  writer: OctetWriter,
  { supported, enabled }: SystemCapabilities,
): void {
  writeTlvHeader(writer, SYSTEM_CAPABILITIES_TLV, SYSTEM_CAPABILITIES_LENGTH)
    .uint16(supported)
    .uint16(enabled)
}
