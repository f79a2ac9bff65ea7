/**
 * What the blocks of pcapng have in common: their types, a body, and options, 16-bit code, 16-bit length, value padded
 * to 32 bits, until opt_endofopt. Source: draft-ietf-opsawg-pcapng §3.1, §3.5, §10.1.
 */

export const BLOCKS = {
  section: 0x0a0d0d0a,
  interface: 1,
  /** Obsolete; old files have it. */
  packet: 2,
  simplePacket: 3,
  enhancedPacket: 6,
} as const

/** The body of a block that is whole, without its lengths. */
export interface BlockBody {
  readonly octets: Uint8Array
  /** Of the same octets. */
  readonly view: DataView
  readonly start: number
  readonly end: number
  readonly little: boolean
  /** Where `octets` starts in the file. */
  readonly fileOffset: number
}

const END_OF_OPTIONS = 0
const OPTION_HEADER_LENGTH = 4

/**
 * Calls `take` with the code of each option from `start` on and where its value is. An option that runs past its block
 * ends the list: options only tell more.
 */
export function readOptions(
  { view, end, little }: BlockBody,
  start: number,
  take: (code: number, at: number, length: number) => void,
): void {
  let at = start
  while (end - at >= OPTION_HEADER_LENGTH) {
    const code = view.getUint16(at, little)
    const length = view.getUint16(at + 2, little)
    at += OPTION_HEADER_LENGTH
    if (code === END_OF_OPTIONS || length > end - at) return
    take(code, at, length)
    at += (length + 3) & ~3
  }
}
