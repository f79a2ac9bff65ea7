/**
 * One daemon writes a state file: two would take each other's VSIs away. The lock is flock(2) on a file beside it, as
 * the other one may run in another network namespace; the kernel gives it back when the process ends.
 */
import { closeSync, openSync } from 'node:fs'
import { ERRNO } from '../io/errno.ts'
import { flock, lastErrno } from '../io/libc.ts'

const LOCK_EX = 2
const LOCK_NB = 4

/** What gives the lock back; null when another process has it. Throws when the file cannot be opened. */
export function lockState(path: string): (() => void) | null {
  const fd = openSync(`${path}.lock`, 'a', 0o600)
  if (flock(fd, LOCK_EX | LOCK_NB) === 0) return () => closeSync(fd)
  const errno = lastErrno()
  closeSync(fd)
  // A file system without locks is no reason to keep nothing.
  return errno === ERRNO.EAGAIN ? null : () => {}
}
