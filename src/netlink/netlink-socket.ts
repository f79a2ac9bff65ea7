/**
 * What the sockets of the netlink family have in common, and the one that is told of changes; the one that asks is in
 * `asking-socket.ts`. Source: netlink(7), linux/netlink.h.
 */
import { ERRNO, SystemCallError } from '../io/errno.ts'
import { bind, checked, close, lastErrno, recvfrom, setIntOption, socket } from '../io/libc.ts'
import {
  attributeText,
  type NetlinkMessage,
  NLM_F_ACK_TLVS,
  NLMSG_ERROR,
  readAttributes,
  readMessages,
} from './netlink-message.ts'

export const AF_NETLINK = 16
/** The parts of the kernel that are spoken to. */
export const NETLINK = { route: 0, netfilter: 12 } as const
export type NetlinkFamily = keyof typeof NETLINK

const SOCK_RAW = 3
const SOCK_NONBLOCK = 0x800
const SOCK_CLOEXEC = 0x80000
const SOL_SOCKET = 1
const SO_RCVBUF = 8
const SO_RCVBUFFORCE = 33
const NLMSGERR_ATTR_MSG = 1
const SOCKADDR_NL_SIZE = 12
/** Header of the request that NLMSG_ERROR repeats, after the error number. */
const ERROR_ATTRIBUTES = 4 + 16
const EVENT_BUFFER_OCTETS = 4 * 1024 * 1024

/** Kernel datagrams are at most 32 KiB. Read into this, then copied: handlers may ask while they read. */
const INBOX = Buffer.allocUnsafeSlow(64 * 1024)
const SENDER = Buffer.allocUnsafeSlow(SOCKADDR_NL_SIZE)
const SENDER_LENGTH = Buffer.allocUnsafeSlow(4)

/** The kernel's refusal of a request, with its own explanation where it gave one. */
export class NetlinkRefusal extends SystemCallError {
  readonly explanation: string | undefined

  constructor(errno: number, explanation: string | undefined) {
    super('netlink', errno)
    this.explanation = explanation
    if (explanation !== undefined) this.message += `: ${explanation}`
  }
}

/** A non-blocking socket that is sent what the multicast `groups` (a set of bits, RTMGRP_ of rtnetlink) are sent. */
export function openEvents(groups: number, family: NetlinkFamily = 'route'): number {
  const fd = checked('socket', socket(AF_NETLINK, SOCK_RAW | SOCK_NONBLOCK | SOCK_CLOEXEC, NETLINK[family]))
  try {
    enlargeReceiveBuffer(fd)
    const address = Buffer.alloc(SOCKADDR_NL_SIZE)
    address.writeUInt16LE(AF_NETLINK, 0)
    address.writeUInt32LE(groups, 8)
    checked('bind', bind(fd, address, SOCKADDR_NL_SIZE))
    return fd
  } catch (error) {
    close(fd)
    throw error
  }
}

/** The messages of one datagram, or the error number when there is none. Datagrams not from the kernel are empty. */
export function receiveMessages(fd: number): NetlinkMessage[] | number {
  SENDER_LENGTH.writeUInt32LE(SOCKADDR_NL_SIZE)
  const length = recvfrom(fd, INBOX, INBOX.length, 0, SENDER, SENDER_LENGTH)
  if (length < 0) return lastErrno()
  return SENDER.readUInt32LE(4) === 0 ? readMessages(Buffer.from(INBOX.subarray(0, length))) : []
}

/** Throws NetlinkRefusal when an NLMSG_ERROR or NLMSG_DONE says so. */
export function throwRefusal({ type, flags, payload }: NetlinkMessage): void {
  const errno = payload.length < 4 ? 0 : -payload.readInt32LE(0)
  if (errno === 0) return
  const explained = type === NLMSG_ERROR && (flags & NLM_F_ACK_TLVS) !== 0
  const attributes = explained ? readAttributes(payload, ERROR_ATTRIBUTES) : undefined
  throw new NetlinkRefusal(errno, attributeText(attributes?.get(NLMSGERR_ATTR_MSG)))
}

function enlargeReceiveBuffer(fd: number): void {
  try {
    setIntOption(fd, SOL_SOCKET, SO_RCVBUFFORCE, EVENT_BUFFER_OCTETS)
  } catch (error) {
    if (!(error instanceof SystemCallError) || error.errno !== ERRNO.EPERM) throw error
    setIntOption(fd, SOL_SOCKET, SO_RCVBUF, EVENT_BUFFER_OCTETS)
  }
}
