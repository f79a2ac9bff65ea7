/**
 * The Ethernet II frame around LLDP and ECP, without the FCS, which neither the kernel nor a capture shows.
 * Source: 802.3-2018 §3.2 (minimum 60 octets without FCS; the sender pads with zeros).
 */
import { type Decoded, decoded, faulty } from './decoded.ts'
import { type MacAddress, readMacAddress } from './mac-address.ts'
import { OctetWriter } from './octet-writer.ts'

export const ETHERTYPE_LLDP = 0x88cc
export const ETHERTYPE_ECP = 0x8940
export const ETHERNET_HEADER_LENGTH = 14
export const MIN_FRAME_LENGTH = 60
export const MAX_PAYLOAD_LENGTH = 1500

export interface EthernetHeader {
  readonly destination: MacAddress
  readonly source: MacAddress
  readonly etherType: number
}

/** The header of a received frame; a fault when it is shorter than one. */
export function decodeEthernetHeader(octets: Uint8Array): Decoded<EthernetHeader> {
  if (octets.length < ETHERNET_HEADER_LENGTH) {
    return faulty('frame-too-short', octets.length, '802.3-2018 §3.2')
  }
  return decoded({
    destination: readMacAddress(octets, 0),
    source: readMacAddress(octets, 6),
    etherType: (octets[12]! << 8) | octets[13]!,
  })
}

/** A frame with `payload`, zero padded to 60 octets. Throws RangeError beyond 1500 octets of payload. */
export function encodeEthernetFrame(header: EthernetHeader, payload: Uint8Array): Uint8Array {
  if (payload.length > MAX_PAYLOAD_LENGTH) throw new RangeError(`payload of ${payload.length} octets`)
  return new OctetWriter(Math.max(MIN_FRAME_LENGTH, ETHERNET_HEADER_LENGTH + payload.length))
    .mac(header.destination)
    .mac(header.source)
    .uint16(header.etherType)
    .bytes(payload)
    .padTo(MIN_FRAME_LENGTH)
    .finish()
}
