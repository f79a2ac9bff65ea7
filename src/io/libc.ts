/**
 * The calls of libc that sockets need, through koffi, and what they say when they fail. Pointers are given as
 * buffers where libc only reads or writes during the call; where the kernel is told an address that it follows
 * later in the same call (iovec, sock_fprog), whoever made the address keeps the buffer in a long-lived object.
 */
import { endianness } from 'node:os'
import koffi from 'koffi'
import { OperationalError } from '../runtime/operational-error.ts'
import { SystemCallError } from './errno.ts'

if (endianness() !== 'LE' || !['x64', 'arm64', 'riscv64', 'loong64'].includes(process.arch)) {
  throw new OperationalError('unsupported-platform', `not on ${process.arch}`, {
    operation: 'use Linux sockets',
    hint: 'qbg needs 64-bit little-endian Linux',
  })
}

type Octets = Uint8Array
const libc = koffi.load(null)

// `ssize_t` is no koffi type; on the platforms above `long` is the same.
export const socket: (family: number, type: number, protocol: number) => number =
  libc.func('int socket(int, int, int)')
export const close: (fd: number) => number = libc.func('int close(int)')
/** Sends the process SIGALRM after so many seconds, 0 for never; in place of the last one. */
export const alarm: (seconds: number) => number = libc.func('uint alarm(uint)')
export const flock: (fd: number, operation: number) => number = libc.func('int flock(int, int)')
export const bind: (fd: number, address: Octets, length: number) => number = libc.func(
  'int bind(int, const void *, uint)',
)
export const setsockopt: (fd: number, level: number, name: number, value: Octets, length: number) => number =
  libc.func('int setsockopt(int, int, int, const void *, uint)')
export const getsockopt: (fd: number, level: number, name: number, value: Octets, length: Octets) => number =
  libc.func('int getsockopt(int, int, int, void *, void *)')
export const send: (fd: number, octets: Octets, length: number, flags: number) => number = libc.func(
  'long send(int, const void *, size_t, int)',
)
export const sendto: (
  fd: number,
  octets: Octets,
  length: number,
  flags: number,
  address: Octets,
  addressLength: number,
) => number = libc.func('long sendto(int, const void *, size_t, int, const void *, uint)')
export const recvfrom: (
  fd: number,
  octets: Octets,
  length: number,
  flags: number,
  address: Octets,
  addressLength: Octets,
) => number = libc.func('long recvfrom(int, void *, size_t, int, void *, void *)')
export const recvmmsg: (fd: number, messages: Octets, count: number, flags: number, timeout: null) => number =
  libc.func('int recvmmsg(int, void *, uint, int, void *)')
export const epollCreate: (flags: number) => number = libc.func('int epoll_create1(int)')
export const epollControl: (epoll: number, operation: number, fd: number, event: Octets) => number =
  libc.func('int epoll_ctl(int, int, int, void *)')
export const epollWait: (epoll: number, events: Octets, count: number, timeout: number) => number = libc.func(
  'int epoll_wait(int, void *, int, int)',
)

/** Address of a buffer's first octet. The buffer must outlive every use of it. */
export function addressOf(octets: Octets): bigint {
  return koffi.address(octets)
}

/** `errno` of the call that just failed. */
export function lastErrno(): number {
  return koffi.errno()
}

/** Passes a result through; throws SystemCallError when it is negative. */
export function checked(syscall: string, result: number): number {
  if (result < 0) throw new SystemCallError(syscall, lastErrno())
  return result
}

/** Sets an option that is an int. Throws SystemCallError. */
export function setIntOption(fd: number, level: number, name: number, value: number): void {
  const octets = Buffer.alloc(4)
  octets.writeInt32LE(value)
  checked('setsockopt', setsockopt(fd, level, name, octets, 4))
}

const SOL_SOCKET = 1
const SO_ERROR = 4

/** The error waiting on a socket, taken off it; 0 when there is none. */
export function takeSocketError(fd: number): number {
  const value = Buffer.alloc(4)
  const length = Buffer.from([4, 0, 0, 0])
  return getsockopt(fd, SOL_SOCKET, SO_ERROR, value, length) < 0 ? lastErrno() : value.readInt32LE()
}
