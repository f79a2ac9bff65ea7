/**
 * The netlink socket that libvirt sends its requests to: NETLINK_ROUTE, bound to a number that the pid file then
 * tells. Datagrams between processes pass the kernel as they are. Source: netlink(7).
 *
 * Open it before any other netlink socket of the process: the first one to be bound without a number gets that of
 * the process, which is the number wanted here.
 */
import { ERRNO, SystemCallError } from '../io/errno.ts'
import { bind, checked, close, lastErrno, recvfrom, sendto, setIntOption, socket } from '../io/libc.ts'
import { poller } from '../io/poller.ts'
import { notPermitted } from '../io/port-problem.ts'
import { OperationalError } from '../runtime/operational-error.ts'
import type { OnDatagram, RequestPort } from './request-port.ts'

const AF_NETLINK = 16
const NETLINK_ROUTE = 0
const SOCK_RAW = 3
const SOCK_NONBLOCK = 0x800
const SOCK_CLOEXEC = 0x80000
const SOL_SOCKET = 1
const SO_RCVBUF = 8
const SO_RCVBUFFORCE = 33
const SOCKADDR_NL_SIZE = 12
/** Some thousands of requests, while the process has other things to do. */
const RECEIVE_BUFFER = 2 * 1024 * 1024
/** Datagrams read at one wake-up; the rest come with the next. */
const MAX_DATAGRAMS = 64

const INBOX = Buffer.allocUnsafeSlow(64 * 1024)
const SENDER = Buffer.allocUnsafeSlow(SOCKADDR_NL_SIZE)
const SENDER_LENGTH = Buffer.allocUnsafeSlow(4)

export class RequestSocket implements RequestPort {
  readonly number: number
  #fd: number
  #unwatch: (() => void) | undefined

  /** Throws OperationalError when somebody has that number. */
  constructor(number: number) {
    this.number = number
    this.#fd = open(number)
  }

  listen(onDatagram: OnDatagram, onOverrun: () => void): void {
    this.#unwatch = poller.watch(this.#fd, () => this.#onReadable(onDatagram, onOverrun))
  }

  send(octets: Buffer, to: number): boolean {
    if (this.#fd < 0) return false
    return sendto(this.#fd, octets, octets.length, 0, address(to), SOCKADDR_NL_SIZE) === octets.length
  }

  close(): void {
    this.#unwatch?.()
    this.#unwatch = undefined
    if (this.#fd >= 0) close(this.#fd)
    this.#fd = -1
  }

  #onReadable(onDatagram: OnDatagram, onOverrun: () => void): void {
    for (let count = 0; count < MAX_DATAGRAMS && this.#fd >= 0; count++) {
      SENDER_LENGTH.writeUInt32LE(SOCKADDR_NL_SIZE)
      const length = recvfrom(this.#fd, INBOX, INBOX.length, 0, SENDER, SENDER_LENGTH)
      if (length >= 0) onDatagram(Buffer.from(INBOX.subarray(0, length)), SENDER.readUInt32LE(4))
      else if (lastErrno() === ERRNO.ENOBUFS) onOverrun()
      else return
    }
  }
}

function open(number: number): number {
  const fd = checked('socket', socket(AF_NETLINK, SOCK_RAW | SOCK_NONBLOCK | SOCK_CLOEXEC, NETLINK_ROUTE))
  try {
    enlargeReceiveBuffer(fd)
    checked('bind', bind(fd, address(number), SOCKADDR_NL_SIZE))
    return fd
  } catch (error) {
    close(fd)
    throw error instanceof SystemCallError ? explain(number, error) : error
  }
}

function explain(number: number, cause: SystemCallError): OperationalError {
  const operation = `listen to libvirt on netlink port ${number}`
  if (cause.errno === ERRNO.EPERM || cause.errno === ERRNO.EACCES) return notPermitted(operation, cause)
  if (cause.errno !== ERRNO.EADDRINUSE) {
    return new OperationalError('system-call-failed', cause.message, { operation, cause })
  }
  const hint = 'choose another number from 1 to 999999999 with libvirt.port in the configuration file'
  return new OperationalError('netlink-port-busy', 'another socket has this number', {
    operation,
    hint,
    cause,
  })
}

function address(number: number): Buffer {
  const octets = Buffer.alloc(SOCKADDR_NL_SIZE)
  octets.writeUInt16LE(AF_NETLINK, 0)
  octets.writeUInt32LE(number, 4)
  return octets
}

function enlargeReceiveBuffer(fd: number): void {
  try {
    setIntOption(fd, SOL_SOCKET, SO_RCVBUFFORCE, RECEIVE_BUFFER)
  } catch {
    setIntOption(fd, SOL_SOCKET, SO_RCVBUF, RECEIVE_BUFFER)
  }
}
