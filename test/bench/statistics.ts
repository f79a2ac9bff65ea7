/** Of samples: no assumption about how they are distributed. */

export interface Summary {
  readonly median: number
  readonly min: number
  readonly max: number
  readonly p99: number
  readonly samples: number
}

export function summarize(samples: readonly number[]): Summary {
  const sorted = [...samples].sort((a, b) => a - b)
  const at = (share: number) =>
    sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? Number.NaN
  return { median: at(0.5), min: at(0), max: at(1), p99: at(0.99), samples: sorted.length }
}
