/**
 * Reader of classic capture files: both byte orders, micro- and nanosecond time stamps, Ethernet link type.
 * Source: draft-ietf-opsawg-pcap, sections 4 and 5. Fixed layouts of known length: binary-parser's home ground.
 */
// The package's main entry has no types for ECMAScript modules; this one has.
import { Parser } from 'binary-parser/dist/binary_parser.js'

export interface CapturedFrame {
  /** Milliseconds since 1970, with fractions. */
  readonly at: number
  /** What was captured; shorter than `wireLength` when the capture cut it. */
  readonly octets: Uint8Array
  readonly wireLength: number
}

const HEADER_LENGTH = 24
const RECORD_LENGTH = 16
const ETHERNET = 1

const headers = {
  little: new Parser()
    .endianness('little')
    .uint32('magic')
    .uint16('major')
    .uint16('minor')
    .seek(12)
    .uint32('link'),
  big: new Parser().endianness('big').uint32('magic').uint16('major').uint16('minor').seek(12).uint32('link'),
} as const
const records = {
  little: new Parser()
    .endianness('little')
    .uint32('seconds')
    .uint32('fraction')
    .uint32('length')
    .uint32('wireLength'),
  big: new Parser()
    .endianness('big')
    .uint32('seconds')
    .uint32('fraction')
    .uint32('length')
    .uint32('wireLength'),
} as const
/** Fractions of a second in a millisecond, by magic number. */
const RESOLUTIONS: Readonly<Record<number, number>> = { 2712847316: 1e3, 2712812621: 1e6 }

/** The frames of a capture, in its order. Throws RangeError when it is none, or ends within a frame. */
export function* readPcap(file: Uint8Array): Generator<CapturedFrame> {
  if (file.length < HEADER_LENGTH) throw new RangeError('shorter than the header of a capture file')
  const order = RESOLUTIONS[headers.little.parse(file).magic] === undefined ? 'big' : 'little'
  const { magic, link } = headers[order].parse(file)
  const resolution = RESOLUTIONS[magic]
  if (resolution === undefined) throw new RangeError('not a capture file: unknown magic number')
  if ((link & 0xffff) !== ETHERNET) throw new RangeError(`link type ${link & 0xffff} is not Ethernet`)
  let at = HEADER_LENGTH
  while (at < file.length) {
    if (at + RECORD_LENGTH > file.length)
      throw new RangeError(`the file ends within a record header, at ${at}`)
    const { seconds, fraction, length, wireLength } = records[order].parse(
      file.subarray(at, at + RECORD_LENGTH),
    )
    at += RECORD_LENGTH
    if (at + length > file.length) throw new RangeError(`the file ends within a frame, at ${at}`)
    yield {
      at: seconds * 1000 + fraction / resolution,
      octets: new Uint8Array(file.subarray(at, at + length)),
      wireLength,
    }
    at += length
  }
}
