/** Times as people read them. */

/** `163.84 ms`, `10.49 s`, `5.6 min`, `1.2 h`, `3.4 d`. */
export function formatDuration(milliseconds: number): string {
  const units = [
    ['d', 86_400_000],
    ['h', 3_600_000],
    ['min', 60_000],
    ['s', 1000],
  ] as const
  for (const [unit, size] of units) {
    if (milliseconds >= size) return `${trim(milliseconds / size, unit === 's' ? 2 : 1)} ${unit}`
  }
  return `${trim(milliseconds, 2)} ms`
}

function trim(value: number, digits: number): string {
  return String(Number(value.toFixed(digits)))
}

/** `14:03:07.123` of local time, from an ISO time. */
export function formatClock(iso: string): string {
  const time = new Date(iso)
  const two = (value: number) => String(value).padStart(2, '0')
  const seconds = `${two(time.getSeconds())}.${String(time.getMilliseconds()).padStart(3, '0')}`
  return `${two(time.getHours())}:${two(time.getMinutes())}:${seconds}`
}
