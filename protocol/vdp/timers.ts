/**
 * VDP timers, derived from the operating values of the EVB negotiation. Milliseconds.
 * Source: 802.1Q-2018 §41.5.5.5 (reinitKeepAlive), §41.5.5.7 (resourceWaitDelay), §41.5.5.9 (respWaitDelay),
 * §41.5.5.13 (toutKeepAlive).
 */
import { exponentTime } from '../wire/exponent-time.ts'
import type { OperatingValues } from '../wire/operating-values.ts'

/** Time ECP may need to get one message across, both ways: (2R + 1) x T(RTE). */
function exchangeTime(values: OperatingValues): number {
  return (2 * values.r + 1) * exponentTime(values.rte)
}

/** How long a bridge may take to decide. */
export function resourceWaitDelay(values: OperatingValues): number {
  return exponentTime(values.rwd)
}

/** How long a station waits for the response to a request. */
export function respWaitDelay(values: OperatingValues): number {
  return 1.5 * (exponentTime(values.rwd) + exchangeTime(values))
}

/** After which silence a station repeats its operative request. */
export function reinitKeepAlive(values: OperatingValues): number {
  return exponentTime(values.rka)
}

/** After which silence a bridge gives a VSI up. */
export function toutKeepAlive(values: OperatingValues): number {
  return 1.5 * (exponentTime(values.rka) + exchangeTime(values))
}
