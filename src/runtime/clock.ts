/**
 * Time for the driver: milliseconds of a monotonic clock, and being woken at one of them. The virtual clock of
 * the tests (`virtual-clock.ts`) is the other implementation. Wall-clock time is nowhere used by the protocol.
 */
export interface Clock {
  /** Milliseconds since some fixed moment; never goes back. */
  now(): number
  /**
   * Calls `wake` once at `at` or after it. It may also be called early, when `at` is too far away for the
   * implementation: who is woken looks at `now()` and asks again. Returns what takes the request back.
   */
  wakeAt(at: number, wake: () => void): () => void
}

/** The longest delay setTimeout takes; a longer one would fire at once. */
export const MAX_TIMEOUT = 2 ** 31 - 1

/** The machine's monotonic clock. A pending wake-up does keep the process alive. */
export const systemClock: Clock = {
  now: () => performance.now(),
  wakeAt(at, wake) {
    const delay = Math.ceil(at - performance.now())
    const timeout = setTimeout(wake, Math.min(Math.max(delay, 1), MAX_TIMEOUT))
    return () => clearTimeout(timeout)
  },
}
