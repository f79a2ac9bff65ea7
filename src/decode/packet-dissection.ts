/** A packet of a capture as its fields. */
import type { Dissection } from '../../protocol/dissect/dissection.ts'
import { dissectFrame, dissectOther } from '../../protocol/dissect/frame.ts'
import { type CapturedPacket, ETHERNET } from '../pcap/captured-packet.ts'

export function dissectPacket(d: Dissection, packet: CapturedPacket): void {
  const { linkType, fcsLength } = packet.interface
  if (linkType === ETHERNET) dissectFrame(d, packet.octets, packet.originalLength, fcsLength)
  else dissectOther(d, packet.octets)
}

/** Whether the sender did something wrong; that the capture is cut is not the sender's fault. */
export function isMalformed({ faults }: Dissection): boolean {
  for (const { code } of faults) if (code !== 'frame-cut') return true
  return false
}
