/**
 * Time stamps of pcapng: a 64-bit count of units since 1970, whose size each interface chooses.
 * Source: draft-ietf-opsawg-pcapng §4.2 (if_tsresol, if_tsoffset).
 */
import type { CaptureTime } from './captured-packet.ts'

/** Turns the two halves of a time stamp into seconds and nanoseconds. */
export type ReadTime = (high: number, low: number) => CaptureTime

export const DEFAULT_TSRESOL = 6

/** Up to here the remainder of a division, times 2^16, is an exact number. */
const MAX_EXACT_UNITS = 2 ** 36

/**
 * `tsresol`: the most significant bit clear, a power of ten; set, a power of two; both negative.
 * `offset`: seconds to add.
 */
export function timeReader(tsresol: number, offset: number): ReadTime {
  const exponent = tsresol & 0x7f
  const decimal = (tsresol & 0x80) === 0
  const perSecond = (decimal ? 10 : 2) ** exponent
  if (!decimal || perSecond > MAX_EXACT_UNITS)
    return wideReader(BigInt(decimal ? 10 : 2) ** BigInt(exponent), offset)
  const nanoseconds =
    exponent <= 9
      ? (rest: number) => rest * 10 ** (9 - exponent)
      : (rest: number) => Math.floor(rest / 10 ** (exponent - 9))
  return (high, low) => {
    // Long division in digits of 16 bits, so that no step leaves the exact numbers.
    const upper = (high % perSecond) * 0x10000 + (low >>> 16)
    const lower = (upper % perSecond) * 0x10000 + (low & 0xffff)
    const seconds =
      Math.floor(high / perSecond) * 2 ** 32 +
      Math.floor(upper / perSecond) * 0x10000 +
      Math.floor(lower / perSecond)
    return { seconds: seconds + offset, nanoseconds: nanoseconds(lower % perSecond) }
  }
}

/** For units that nobody uses but that are allowed. */
function wideReader(perSecond: bigint, offset: number): ReadTime {
  return (high, low) => {
    const units = (BigInt(high) << 32n) | BigInt(low)
    const nanoseconds = ((units % perSecond) * 1_000_000_000n) / perSecond
    return { seconds: Number(units / perSecond) + offset, nanoseconds: Number(nanoseconds) }
  }
}
