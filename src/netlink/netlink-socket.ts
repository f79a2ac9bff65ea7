/**
 * Sockets to rtnetlink, and to others of the family: one that asks and waits for the answer, one that is told of
 * changes. Asking is synchronous: the kernel does what it is asked within the call that asks, and has the answer
 * ready when that returns.
 * Source: netlink(7), linux/netlink.h.
 */
import { ERRNO, SystemCallError } from '../io/errno.ts'
import {
  bind,
  checked,
  close,
  lastErrno,
  recvfrom,
  send,
  setIntOption,
  setsockopt,
  socket,
} from '../io/libc.ts'
import {
  attributeText,
  encodeMessage,
  type NetlinkMessage,
  NLM_F_ACK_TLVS,
  NLM_F_DUMP,
  NLM_F_REQUEST,
  NLMSG_DONE,
  NLMSG_ERROR,
  readAttributes,
  readMessages,
} from './netlink-message.ts'

const AF_NETLINK = 16
/** The parts of the kernel that are spoken to. */
export const NETLINK = { route: 0, netfilter: 12 } as const
export type NetlinkFamily = keyof typeof NETLINK

const SOCK_RAW = 3
const SOCK_NONBLOCK = 0x800
const SOCK_CLOEXEC = 0x80000
const SOL_SOCKET = 1
const SO_RCVBUF = 8
const SO_RCVTIMEO = 20
const SO_RCVBUFFORCE = 33
const SOL_NETLINK = 270
const NETLINK_CAP_ACK = 10
const NETLINK_EXT_ACK = 11
const NLMSGERR_ATTR_MSG = 1
const SOCKADDR_NL_SIZE = 12
/** Header of the request that NLMSG_ERROR repeats, after the error number. */
const ERROR_ATTRIBUTES = 4 + 16
const ANSWER_TIMEOUT_SECONDS = 2
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

/**
 * Sends one request and returns the messages of its answer, without acknowledgement or end mark. `flags` has
 * NLM_F_ACK or NLM_F_DUMP, so that there is an end to wait for. Throws SystemCallError, NetlinkRefusal.
 */
export function askKernel(type: number, flags: number, payload: Uint8Array): NetlinkMessage[] {
  const fd = openAsking('route')
  try {
    const request = encodeMessage(type, flags | NLM_F_REQUEST, 1, payload)
    checked('send', send(fd, request, request.length, 0))
    return readAnswer(fd, (flags & NLM_F_DUMP) !== 0)
  } finally {
    close(fd)
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

/** A socket that waits for answers, two seconds at most. Throws SystemCallError. */
export function openAsking(family: NetlinkFamily): number {
  const fd = checked('socket', socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK[family]))
  const timeout = Buffer.alloc(16)
  timeout.writeUInt32LE(ANSWER_TIMEOUT_SECONDS)
  setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, timeout, timeout.length)
  for (const option of [NETLINK_CAP_ACK, NETLINK_EXT_ACK]) {
    const on = Buffer.from([1, 0, 0, 0])
    setsockopt(fd, SOL_NETLINK, option, on, on.length) // without them refusals are only less talkative
  }
  return fd
}

function readAnswer(fd: number, dump: boolean): NetlinkMessage[] {
  const answer: NetlinkMessage[] = []
  for (;;) {
    const messages = receiveMessages(fd)
    if (typeof messages === 'number') throw new SystemCallError('recvfrom', messages)
    for (const message of messages) {
      if (message.type === NLMSG_ERROR || message.type === NLMSG_DONE) {
        throwRefusal(message)
        if (!dump || message.type === NLMSG_DONE) return answer
      } else {
        answer.push(message)
      }
    }
  }
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
