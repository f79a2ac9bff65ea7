/**
 * EtherIP: an Ethernet frame without FCS as the payload of an IP datagram, protocol 97. Source: RFC 3378 §3.
 *
 *     octets 0-1   15-12 version (3) | 11-0 reserved (0)
 *     octets 2-    the frame
 *
 * Some BSDs once sent the version in the low half of the first octet (03 00); that is another protocol, and refused.
 */
import { ETHERNET_HEADER_LENGTH, MAX_PAYLOAD_LENGTH } from './ethernet-frame.ts'

export const ETHERIP_PROTOCOL = 97
export const ETHERIP_HEADER_LENGTH = 2
const HEADER = [0x30, 0x00] as const
/** A frame without FCS and without VLAN tag. */
export const MAX_ETHERIP_FRAME = ETHERNET_HEADER_LENGTH + MAX_PAYLOAD_LENGTH

/** Throws RangeError for a frame of more than 1514 octets. */
export function encodeEtherIp(frame: Uint8Array): Uint8Array {
  if (frame.length > MAX_ETHERIP_FRAME) throw new RangeError(`frame of ${frame.length} octets`)
  const packet = new Uint8Array(ETHERIP_HEADER_LENGTH + frame.length)
  packet.set(HEADER)
  packet.set(frame, ETHERIP_HEADER_LENGTH)
  return packet
}

/** A copy of the frame; undefined when it is not EtherIP, or its frame is too short or too long to be one. */
export function decodeEtherIp(packet: Uint8Array): Uint8Array | undefined {
  if (packet[0] !== HEADER[0] || packet[1] !== HEADER[1]) return undefined
  const length = packet.length - ETHERIP_HEADER_LENGTH
  if (length < ETHERNET_HEADER_LENGTH || length > MAX_ETHERIP_FRAME) return undefined
  return new Uint8Array(packet.subarray(ETHERIP_HEADER_LENGTH))
}
