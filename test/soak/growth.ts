/** Samples of a daemon over time, and whether anything grows in them that should not. */
import type { Sample } from './probed-daemon.ts'

export interface Timed extends Sample {
  /** Seconds since the start. */
  readonly at: number
}

export interface Bounds {
  /** Octets that memory may grow from the end of the warm-up to the end, by the line through the samples. */
  readonly heap: number
  readonly rss: number
  /** More when all VSIs are gone again than before the first one came. */
  readonly descriptors: number
  readonly timers: number
  /** Milliseconds. */
  readonly delayP99: number
}

export interface Growth {
  readonly samples: number
  /** Mean of the first and the last fifth of what was measured after the warm-up, and the slope of all of it an hour. */
  readonly heap: Trend
  readonly rss: Trend
  readonly descriptors: readonly [first: number, last: number]
  readonly timers: readonly [first: number, last: number]
  readonly delayP99: number
  readonly delayMax: number
  /** Why it is not good; empty when it is. */
  readonly problems: readonly string[]
}

export interface Trend {
  readonly first: number
  readonly last: number
  readonly anHour: number
  /** By the line through all samples. */
  readonly grown: number
}

/**
 * `warmUp`: seconds that do not count, because histories fill and code is compiled. `quiet`: before the first request and after the
 * last one, when nothing is under way.
 */
export function judgeGrowth(
  all: readonly Timed[],
  warmUp: number,
  quiet: readonly [Sample, Sample],
  bounds: Bounds,
): Growth {
  const samples = all.filter(({ at }) => at >= warmUp)
  const [heap, rss] = [trendOf(samples, 'heap'), trendOf(samples, 'rss')]
  const ends = (what: 'descriptors' | 'timers') => [quiet[0][what], quiet[1][what]] as const
  const [descriptors, timers] = [ends('descriptors'), ends('timers')]
  const delayP99 = median(samples.map((sample) => sample.delayP99))
  const delayMax = Math.max(...samples.map((sample) => sample.delayMax))
  const problems = [
    ...over('heap', heap.grown, bounds.heap),
    ...over('resident memory', rss.grown, bounds.rss),
    ...over('descriptors', descriptors[1] - descriptors[0], bounds.descriptors),
    ...over('timers', timers[1] - timers[0], bounds.timers),
    ...over('event-loop delay', delayP99, bounds.delayP99),
  ]
  return { samples: samples.length, heap, rss, descriptors, timers, delayP99, delayMax, problems }
}

function over(what: string, value: number, bound: number): string[] {
  return value <= bound ? [] : [`${what}: ${Math.round(value)}, at most ${bound} is expected`]
}

/** Least squares. */
function trendOf(samples: readonly Timed[], what: 'heap' | 'rss'): Trend {
  const mean = (of: readonly Timed[], key: 'at' | 'heap' | 'rss') =>
    of.reduce((sum, sample) => sum + sample[key], 0) / of.length
  const fifth = Math.max(1, Math.floor(samples.length / 5))
  const [at, value] = [mean(samples, 'at'), mean(samples, what)]
  const above = samples.reduce((sum, sample) => sum + (sample.at - at) * (sample[what] - value), 0)
  const below = samples.reduce((sum, sample) => sum + (sample.at - at) ** 2, 0)
  const slope = below === 0 ? 0 : above / below
  return {
    first: mean(samples.slice(0, fifth), what),
    last: mean(samples.slice(-fifth), what),
    anHour: slope * 3600,
    grown: slope * (samples.at(-1)!.at - samples[0]!.at),
  }
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[values.length >> 1]!
}

const MEGA = 1e6

export function renderGrowth(name: string, growth: Growth): string {
  const { heap, rss, descriptors, timers, delayP99, delayMax, samples, problems } = growth
  const trend = ({ first, last, anHour }: Trend) =>
    `${(first / MEGA).toFixed(1)} -> ${(last / MEGA).toFixed(1)} MB (${(anHour / MEGA).toFixed(2)} MB an hour)`
  return [
    `  ${name.padEnd(8)} heap after GC ${trend(heap)}, resident ${trend(rss)}`,
    `           descriptors ${descriptors.join(' -> ')}, timers ${timers.join(' -> ')}, ` +
      `event-loop delay p99 ${delayP99.toFixed(1)} ms, max ${delayMax.toFixed(0)} ms, ${samples} samples`,
    ...problems.map((problem) => `           PROBLEM ${problem}`),
  ].join('\n')
}
