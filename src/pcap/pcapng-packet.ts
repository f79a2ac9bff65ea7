/**
 * The blocks of pcapng that hold packets. Source: draft-ietf-opsawg-pcapng §4.3, §4.4, and appendix A for the obsolete one.
 *
 *     enhanced   4 interface | 4 time, high | 4 low | 4 captured length | 4 original length | packet | options
 *     obsolete   2 interface | 2 drops | the rest as in the enhanced one
 *     simple     4 original length | packet: no time, the first interface, cut at its snap length
 */
import { malformed } from './capture-format.ts'
import type { CapturedPacket } from './captured-packet.ts'
import { BLOCKS, type BlockBody, readOptions } from './pcapng-block.ts'
import type { SectionInterface } from './pcapng-interface.ts'

/** `number` is that of the packet. Throws CaptureError. */
export type ReadPacket = (
  body: BlockBody,
  interfaces: readonly SectionInterface[],
  number: number,
) => CapturedPacket

export const PACKET_BLOCKS: ReadonlyMap<number, ReadPacket> = new Map([
  [BLOCKS.enhancedPacket, readEnhanced],
  [BLOCKS.simplePacket, readSimple],
  [BLOCKS.packet, readObsolete],
])

const FIXED_LENGTH = 20
const SIMPLE_FIXED_LENGTH = 4
const EPB_FLAGS = 2
/** By the two lowest bits of `epb_flags`. */
const DIRECTIONS = [undefined, 'in', 'out', undefined] as const

function readEnhanced(
  body: BlockBody,
  interfaces: readonly SectionInterface[],
  number: number,
): CapturedPacket {
  requireFixed(body, FIXED_LENGTH, number)
  return readTimed(body, interfaces, number, body.view.getUint32(body.start, body.little))
}

function readObsolete(
  body: BlockBody,
  interfaces: readonly SectionInterface[],
  number: number,
): CapturedPacket {
  requireFixed(body, FIXED_LENGTH, number)
  return readTimed(body, interfaces, number, body.view.getUint16(body.start, body.little))
}

function readTimed(
  body: BlockBody,
  interfaces: readonly SectionInterface[],
  number: number,
  interfaceId: number,
): CapturedPacket {
  const { octets, view, start, end, little, fileOffset } = body
  const on = interfaces[interfaceId]
  if (on === undefined)
    throw malformed(
      fileOffset + start,
      `packet ${number} is on interface ${interfaceId}, which was not described`,
    )
  const length = view.getUint32(start + 12, little)
  const first = start + FIXED_LENGTH
  if (length > end - first)
    throw malformed(
      fileOffset + start + 12,
      `packet ${number} claims ${length} octets, more than its block has`,
    )
  const optionsAt = first + ((length + 3) & ~3)
  return {
    number,
    time: on.time(view.getUint32(start + 4, little), view.getUint32(start + 8, little)),
    interface: on.interface,
    octets: octets.subarray(first, first + length),
    originalLength: view.getUint32(start + 16, little),
    direction: optionsAt < end ? readDirection(body, optionsAt) : undefined,
  }
}

function readDirection(body: BlockBody, optionsAt: number): 'in' | 'out' | undefined {
  let flags = 0
  readOptions(body, optionsAt, (code, at, length) => {
    if (code === EPB_FLAGS && length >= 4) flags = body.view.getUint32(at, body.little)
  })
  return DIRECTIONS[flags & 3]
}

function readSimple(
  body: BlockBody,
  interfaces: readonly SectionInterface[],
  number: number,
): CapturedPacket {
  requireFixed(body, SIMPLE_FIXED_LENGTH, number)
  const { octets, view, start, end, little, fileOffset } = body
  const on = interfaces[0]?.interface
  if (on === undefined)
    throw malformed(fileOffset + start, `packet ${number} is on no interface: none was described`)
  const originalLength = view.getUint32(start, little)
  const first = start + SIMPLE_FIXED_LENGTH
  const length = Math.min(originalLength, on.snapLength || Number.POSITIVE_INFINITY)
  if (length > end - first)
    throw malformed(fileOffset + start, `packet ${number} claims ${length} octets, more than its block has`)
  return {
    number,
    time: undefined,
    interface: on,
    octets: octets.subarray(first, first + length),
    originalLength,
    direction: undefined,
  }
}

function requireFixed({ start, end, fileOffset }: BlockBody, length: number, number: number): void {
  if (end - start < length) throw malformed(fileOffset + start, `the block of packet ${number} is too short`)
}
