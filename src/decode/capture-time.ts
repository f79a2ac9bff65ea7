/** Time stamps of packets, in nanoseconds, as text. */
import type { CaptureTime } from '../pcap/captured-packet.ts'

/** Beyond what a Date can hold. Source: ECMA-262 §21.4.1.1. */
export const MAX_DATE_SECONDS = 8.64e12

/** Formats time stamps; most are in the second of the one before. */
export class TimeText {
  #second: number | undefined
  #prefix = ''

  /** ISO 8601, UTC, nine decimals. */
  iso({ seconds, nanoseconds }: CaptureTime): string {
    if (Math.abs(seconds) > MAX_DATE_SECONDS) return `${seconds}.${decimals(nanoseconds)}`
    if (seconds !== this.#second) {
      this.#second = seconds
      this.#prefix = new Date(seconds * 1000).toISOString().slice(0, -4)
    }
    return `${this.#prefix}${decimals(nanoseconds)}Z`
  }
}

/** Seconds since `start` with six decimals; negative when it was before. */
export function since(start: CaptureTime, { seconds, nanoseconds }: CaptureTime): string {
  let whole = seconds - start.seconds
  let rest = Math.trunc(nanoseconds / 1000) - Math.trunc(start.nanoseconds / 1000)
  if (whole > 0 && rest < 0) {
    whole -= 1
    rest += 1e6
  } else if (whole < 0 && rest > 0) {
    whole += 1
    rest -= 1e6
  }
  const sign = whole < 0 || rest < 0 ? '-' : ''
  return `${sign}${Math.abs(whole)}.${String(Math.abs(rest)).padStart(6, '0')}`
}

function decimals(nanoseconds: number): string {
  return String(1e9 + nanoseconds).slice(1)
}
