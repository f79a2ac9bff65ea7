/** Reads a capture and shows its frames, or counts them. */
import { Dissection } from '../../protocol/dissect/dissection.ts'
import type { CaptureReader } from '../pcap/capture-reader.ts'
import type { CapturedPacket, CaptureTime } from '../pcap/captured-packet.ts'
import type { DisplayFilter } from './display-filter.ts'
import { dissectPacket, isMalformed } from './packet-dissection.ts'
import type { Progress } from './progress.ts'

/** What becomes of the frames that pass the filter. The dissection is used again for the next one; `start` is the first time of the capture. */
export interface FrameSink {
  take(packet: CapturedPacket, d: Dissection, start: CaptureTime | undefined): void
  /** After each part of the file, and at its end. */
  flush(): Promise<void>
}

export interface Decoded {
  readonly shown: number
  /** Of those shown. */
  readonly malformed: number
}

/** Rejects with CaptureError when the file is broken, after what could be read has been shown. */
export async function decodeCapture(
  reader: CaptureReader,
  filter: DisplayFilter,
  sink: FrameSink,
  progress?: Progress,
): Promise<Decoded> {
  const d = new Dissection()
  let start: CaptureTime | undefined
  let shown = 0
  let malformed = 0
  try {
    for await (const packets of reader.packets()) {
      for (const packet of packets) {
        start ??= packet.time
        if (!filter.mayAccept(packet)) continue
        dissectPacket(d, packet)
        if (!filter.accepts(packet, d)) continue
        shown++
        if (d.faults.length > 0 && isMalformed(d)) malformed++
        sink.take(packet, d, start)
      }
      progress?.show(packets.at(-1)!.number)
      await sink.flush()
    }
  } finally {
    progress?.clear()
    await sink.flush()
  }
  return { shown, malformed }
}
