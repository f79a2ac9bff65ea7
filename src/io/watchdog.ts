/**
 * Ends the process when its event loop has stood still for some seconds: alarm(2), set again while the loop turns. The
 * kernel does it, so it works whatever holds the loop. A client that waits for an answer of ours is better off with a
 * socket that is gone than with one that is silent.
 */
import { alarm } from './libc.ts'

/** How often the alarm is set again within its time. */
const ROUNDS = 4

/** Ends the process by SIGALRM after `seconds`, a whole number, without a turn of the loop. Returns what stops it. */
export function startWatchdog(seconds: number): () => void {
  alarm(seconds)
  const again = setInterval(() => alarm(seconds), (seconds * 1000) / ROUNDS)
  again.unref()
  return () => {
    clearInterval(again)
    alarm(0)
  }
}
