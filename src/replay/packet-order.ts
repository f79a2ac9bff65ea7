/** Packets of a capture in the order of their times: a card with several queues hands them on a little out of order. */
import { type CapturedPacket, toMilliseconds } from '../pcap/captured-packet.ts'

/** Further back than this a clock was set, or captures were joined: the order of the file is what is left. Milliseconds. */
const DISORDER = 100

/** Of one piece of a capture. The same array when it is in order; equal times keep the order of the file. */
export function inOrder(packets: readonly CapturedPacket[]): readonly CapturedPacket[] {
  const times = packets.map(({ time }) => (time === undefined ? Number.NaN : toMilliseconds(time)))
  let disordered = false
  for (let index = 1; index < times.length; index++) {
    const step = times[index]! - times[index - 1]!
    if (!(step >= -DISORDER)) return packets
    disordered ||= step < 0
  }
  if (!disordered) return packets
  const order = times.map((_, index) => index).sort((a, b) => times[a]! - times[b]!)
  return order.map((index) => packets[index]!)
}
