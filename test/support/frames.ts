/** Frames to send around; what is in them is nobody's business here. */
import { encodeEthernetFrame } from '../../protocol/wire/ethernet-frame.ts'
import { type MacAddress, NEAREST_CUSTOMER_BRIDGE } from '../../protocol/wire/mac-address.ts'

/** A frame of `length` octets to the nearest customer bridge, its payload `mark` and zeros. */
export function testFrame(etherType: number, mark: number, length = 60): Uint8Array {
  const payload = new Uint8Array(length - 14)
  payload[0] = mark
  const source = '02:00:00:00:00:01' as MacAddress
  return encodeEthernetFrame({ destination: NEAREST_CUSTOMER_BRIDGE, source, etherType }, payload)
}

/** The same with a VLAN tag behind the addresses. */
export function tagged(frame: Uint8Array, vid: number, tpid = 0x8100): Uint8Array {
  const octets = new Uint8Array(frame.length + 4)
  octets.set(frame.subarray(0, 12))
  octets.set([tpid >> 8, tpid & 0xff, vid >> 8, vid & 0xff], 12)
  octets.set(frame.subarray(12), 16)
  return octets
}
