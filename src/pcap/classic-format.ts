/**
 * Classic pcap: both byte orders, micro- and nanosecond time stamps. Source: draft-ietf-opsawg-pcap §4, §5.
 *
 *     file header   4 magic | 2 major | 2 minor | 8 unused | 4 snap length | 4 link type
 *     record        4 seconds | 4 fraction | 4 captured length | 4 original length | packet
 *
 *     link type     31-28 FCS length in 16-bit words, when bit 26 is set | 15-0 LINKTYPE
 *
 * Read by DataView, as pcapng is: of 200,000 record headers binary-parser took 115 ms and DataView 1 ms, and to load it
 * takes 35 ms of processor time, a third of what `qbg decode` needs to start. A test holds the two against each other.
 */
import {
  type CaptureFormat,
  MAX_CAPTURED_LENGTH,
  malformed,
  type Piece,
  type Taken,
} from './capture-format.ts'
import type { CapturedPacket, CaptureInterface } from './captured-packet.ts'

const HEADER_LENGTH = 24
const RECORD_LENGTH = 16
const HAS_FCS_LENGTH = 0x04000000

/** Nanoseconds in the fraction's unit, by magic number. */
const RESOLUTIONS: ReadonlyMap<number, number> = new Map([
  [0xa1b2c3d4, 1000],
  [0xa1b23c4d, 1],
])

/** Whether a file that starts with these four octets is of this format. */
export function isClassic(octets: Uint8Array): boolean {
  return orderOf(octets) !== undefined
}

function orderOf(octets: Uint8Array): 'little' | 'big' | undefined {
  const view = new DataView(octets.buffer, octets.byteOffset, 4)
  if (RESOLUTIONS.has(view.getUint32(0, true))) return 'little'
  return RESOLUTIONS.has(view.getUint32(0, false)) ? 'big' : undefined
}

export class ClassicFormat implements CaptureFormat {
  within: string | undefined = 'the file header'
  #little = true
  #unit = 1000
  #interface: CaptureInterface | undefined
  #number = 0

  take(piece: Piece, packets: CapturedPacket[]): Taken {
    if (this.#interface !== undefined) return this.#records(piece, 0, this.#interface, packets)
    if (piece.octets.length < HEADER_LENGTH) return { consumed: 0, needed: HEADER_LENGTH }
    this.#interface = this.#header(piece)
    return this.#records(piece, HEADER_LENGTH, this.#interface, packets)
  }

  #header({ octets, view }: Piece): CaptureInterface {
    const little = orderOf(octets) === 'little'
    const major = view.getUint16(4, little)
    if (major !== 2)
      throw malformed(4, `pcap version ${major}.${view.getUint16(6, little)}; there is only 2.x`)
    this.#little = little
    this.#unit = RESOLUTIONS.get(view.getUint32(0, little)) ?? 1000
    const link = view.getUint32(20, little)
    const fcsLength = link & HAS_FCS_LENGTH ? (link >>> 28) * 2 : 0
    const snapLength = view.getUint32(16, little)
    return { index: 0, name: undefined, linkType: link & 0xffff, snapLength, fcsLength }
  }

  #records(
    { octets, view, fileOffset }: Piece,
    start: number,
    on: CaptureInterface,
    packets: CapturedPacket[],
  ): Taken {
    const little = this.#little
    let at = start
    for (;;) {
      const left = octets.length - at
      if (left < RECORD_LENGTH) {
        this.within = left === 0 ? undefined : 'the header of a packet'
        return { consumed: at, needed: RECORD_LENGTH }
      }
      const length = view.getUint32(at + 8, little)
      if (length > MAX_CAPTURED_LENGTH)
        throw malformed(fileOffset + at + 8, `packet ${this.#number + 1} claims ${length} octets`)
      const end = at + RECORD_LENGTH + length
      if (end > octets.length) {
        this.within = `packet ${this.#number + 1}`
        return { consumed: at, needed: RECORD_LENGTH + length }
      }
      packets.push({
        number: ++this.#number,
        time: normalized(view.getUint32(at, little), view.getUint32(at + 4, little) * this.#unit),
        interface: on,
        octets: octets.subarray(at + RECORD_LENGTH, end),
        originalLength: view.getUint32(at + 12, little),
        direction: undefined,
      })
      at = end
    }
  }
}

/** A fraction beyond a second is carried over: broken writers have them. */
function normalized(seconds: number, nanoseconds: number) {
  if (nanoseconds < 1e9) return { seconds, nanoseconds }
  return { seconds: seconds + Math.floor(nanoseconds / 1e9), nanoseconds: nanoseconds % 1e9 }
}
