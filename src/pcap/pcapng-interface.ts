/**
 * Section header and interface description blocks of pcapng. Source: draft-ietf-opsawg-pcapng §4.1, §4.2.
 */
import { malformed } from './capture-format.ts'
import type { CaptureInterface } from './captured-packet.ts'
import { type BlockBody, readOptions } from './pcapng-block.ts'
import { DEFAULT_TSRESOL, type ReadTime, timeReader } from './time-resolution.ts'

/** An interface, and how to read the time stamps of its packets. */
export interface SectionInterface {
  readonly interface: CaptureInterface
  readonly time: ReadTime
}

const BYTE_ORDER_MAGIC = 0x1a2b3c4d
const BYTE_ORDER_OFFSET = 8

const OPTIONS = { name: 2, tsresol: 9, fcsLength: 13, tsoffset: 14 } as const

const DESCRIPTION_LENGTH = 8
const SECTION_HEADER_LENGTH = 16

/** Whether the section that starts at `at` is little-endian; from here on everything is. */
export function readByteOrder(view: DataView, at: number, fileOffset: number): boolean {
  const magicAt = at + BYTE_ORDER_OFFSET
  if (view.getUint32(magicAt, true) === BYTE_ORDER_MAGIC) return true
  if (view.getUint32(magicAt, false) === BYTE_ORDER_MAGIC) return false
  throw malformed(fileOffset + magicAt, 'the byte-order magic of a section is wrong')
}

/** Throws when this is a section of another version. */
export function checkSectionHeader({ view, start, end, little, fileOffset }: BlockBody): void {
  if (end - start < SECTION_HEADER_LENGTH)
    throw malformed(fileOffset + start, 'a section header that is too short')
  const major = view.getUint16(start + 4, little)
  if (major !== 1) throw malformed(fileOffset + start + 4, `pcapng version ${major}; there is only 1`)
}

export function readInterface(body: BlockBody, index: number): SectionInterface {
  const { octets, view, start, end, little, fileOffset } = body
  if (end - start < DESCRIPTION_LENGTH)
    throw malformed(fileOffset + start, 'an interface description that is too short')
  let name: string | undefined
  let tsresol = DEFAULT_TSRESOL
  let tsoffset = 0
  let fcsLength = 0
  readOptions(body, start + DESCRIPTION_LENGTH, (code, at, length) => {
    if (code === OPTIONS.name)
      name = new TextDecoder().decode(octets.subarray(at, at + length)).replace(/\0+$/, '')
    else if (code === OPTIONS.tsresol && length >= 1) tsresol = view.getUint8(at)
    else if (code === OPTIONS.tsoffset && length >= 8) tsoffset = Number(view.getBigInt64(at, little))
    else if (code === OPTIONS.fcsLength && length >= 1) fcsLength = view.getUint8(at)
  })
  return {
    interface: {
      index,
      name,
      linkType: view.getUint16(start, little),
      snapLength: view.getUint32(start + 4, little),
      fcsLength,
    },
    time: timeReader(tsresol, tsoffset),
  }
}
