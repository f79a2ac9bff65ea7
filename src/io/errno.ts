/**
 * Error numbers of Linux that are acted on, and a system call's refusal as an error. No system call is made here:
 * what runs in memory only has problems of the same kind.
 */
import { getSystemErrorName } from 'node:util'

export const ERRNO = {
  EPERM: 1,
  ENOENT: 2,
  ENXIO: 6,
  EAGAIN: 11,
  EACCES: 13,
  ENODEV: 19,
  EINVAL: 22,
  EMSGSIZE: 90,
  EPROTONOSUPPORT: 93,
  EOPNOTSUPP: 95,
  EADDRINUSE: 98,
  ENETDOWN: 100,
  ENOBUFS: 105,
} as const

/** A system call that said no: the cause of an OperationalError. `code` is its name, as in Node's own errors. */
export class SystemCallError extends Error {
  override readonly name: string = 'SystemCallError'
  readonly errno: number
  readonly code: string
  readonly syscall: string

  constructor(syscall: string, errno: number) {
    const code = getSystemErrorName(-errno)
    super(`${syscall} ${code}`)
    this.errno = errno
    this.code = code
    this.syscall = syscall
  }
}
