/** A capture file of any octets: read at once and in pieces alike, shown in every way, and judged. */

import { readFileSync } from 'node:fs'
import { Dissection } from '../../protocol/dissect/dissection.ts'
import { CaptureStats } from '../../src/decode/capture-stats.ts'
import { FrameJson } from '../../src/decode/frame-json.ts'
import { FrameText } from '../../src/decode/frame-text.ts'
import { Output } from '../../src/decode/output.ts'
import { dissectPacket } from '../../src/decode/packet-dissection.ts'
import { statsAnswer } from '../../src/decode/stats-report.ts'
import { CaptureParser } from '../../src/pcap/capture-parser.ts'
import type { CapturedPacket } from '../../src/pcap/captured-packet.ts'
import { Reconstruction } from '../../src/replay/reconstruction.ts'
import { toVerdict } from '../../src/replay/verdict.ts'
import { CAPTURES } from '../support/example-frames.ts'
import { claim, claimSame } from './target.ts'

const plain = { bold: String, dim: String, red: String }
const d = new Dissection()

export const seeds = () => CAPTURES.map((path) => Uint8Array.from(readFileSync(path)))

export function fuzz(file: Uint8Array): void {
  const whole = read(file, file.length || 1)
  const pieces = read(file, 1 + ((file[0] ?? 0) % 37))
  claimSame(pieces.packets.map(outline), whole.packets.map(outline), 'packets in pieces and at once')
  claimSame(pieces.fault, whole.fault, 'faults in pieces and at once')
  show(whole.packets)
  judge(whole.packets)
}

function read(file: Uint8Array, size: number) {
  const parser = new CaptureParser()
  const packets: CapturedPacket[] = []
  for (let at = 0; at < file.length; at += size) packets.push(...parser.push(file.subarray(at, at + size)))
  parser.end()
  const { fault } = parser
  claim(
    fault === undefined || (fault.offset >= 0 && fault.offset <= file.length),
    () => `fault at ${fault?.offset}`,
  )
  return { packets, fault: fault && { code: fault.code, offset: fault.offset, message: fault.message } }
}

const outline = ({ number, time, octets, originalLength }: CapturedPacket) => [
  number,
  time,
  Buffer.from(octets).toString('hex'),
  originalLength,
]

function show(packets: readonly CapturedPacket[]): void {
  const written: Uint8Array[] = []
  // A stream would wait for an event loop that does not turn while a fuzzer runs.
  const stream = {
    write: (part: Uint8Array) => written.push(Uint8Array.from(part)),
    writableNeedDrain: false,
    writableLength: 0,
  }
  const output = new Output(stream as never)
  const [json, text, stats] = [new FrameJson(), new FrameText(plain, false), new CaptureStats()]
  const start = packets[0]?.time
  for (const packet of packets) {
    dissectPacket(d, packet)
    json.render(packet, d, output)
    text.line(packet, d, start)
    text.tree(packet, d, start)
    stats.count(packet, d)
  }
  void output.flush()
  JSON.stringify(statsAnswer(stats))
  const lines = Buffer.concat(written).toString('utf8').split('\n').slice(0, -1)
  claim(lines.length === packets.length, () => `${lines.length} lines of JSON for ${packets.length} packets`)
  for (const line of lines) JSON.parse(line)
}

function judge(packets: readonly CapturedPacket[]): void {
  const reconstruction = new Reconstruction()
  for (const packet of packets) reconstruction.add({ ...packet, octets: packet.octets.slice() })
  reconstruction.end()
  JSON.stringify(toVerdict('fuzz', reconstruction))
}
