/** Times, sizes and counts as text, and ticks for axes. */

/** With microseconds, as Wireshark has them. */
export function exactSeconds(milliseconds: number): string {
  return (milliseconds / 1000).toFixed(6)
}

export function seconds(milliseconds: number): string {
  return `${(milliseconds / 1000).toFixed(3)} s`
}

/** `0.4 ms`, `17.4 s`, `3 min 20 s`: three digits that count. */
export function duration(milliseconds: number): string {
  const size = Math.abs(milliseconds)
  if (size < 0.9995) return `${Math.round(milliseconds * 1000)} µs`
  if (size < 999.5) return `${trim(milliseconds)} ms`
  if (size < 100_000) return `${trim(milliseconds / 1000)} s`
  const whole = Math.round(size / 1000)
  const sign = milliseconds < 0 ? '-' : ''
  return `${sign}${Math.floor(whole / 60)} min ${whole % 60} s`
}

function trim(value: number): string {
  const decimals = Math.max(0, 2 - Math.floor(Math.log10(Math.abs(value))))
  return String(Number(value.toFixed(decimals)))
}

/** `1 frame`, `12 frames`. */
export function counted(count: number, word: string): string {
  return `${count} ${word}${count === 1 ? '' : 's'}`
}

/** Round numbers from `from` to `to`, about `count` of them. */
export function ticks(from: number, to: number, count: number): number[] {
  const raw = (to - from) / Math.max(1, count)
  if (!(raw > 0)) return [from]
  const power = 10 ** Math.floor(Math.log10(raw))
  const step = [1, 2, 5, 10].map((factor) => factor * power).find((each) => each >= raw) ?? raw
  const first = Math.ceil(from / step)
  const last = Math.floor(to / step)
  return Array.from({ length: Math.max(0, last - first + 1) }, (_, index) => (first + index) * step)
}

/** The value below which `part` of the samples are. They are sorted. */
export function quantile(sorted: readonly number[], part: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? 0
}
