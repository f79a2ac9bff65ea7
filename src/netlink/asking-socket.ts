/**
 * A socket that asks and waits for the answer. Asking is synchronous: the kernel does what it is asked within the call
 * that asks, and has the answer ready when that returns. Answers are told from those of earlier questions, which
 * nobody waits for any more, by their numbers. Source: netlink(7), linux/netlink.h.
 */
import { SystemCallError } from '../io/errno.ts'
import { checked, close, send, setsockopt, socket } from '../io/libc.ts'
import {
  encodeMessage,
  type NetlinkMessage,
  NLM_F_REQUEST,
  NLMSG_DONE,
  NLMSG_ERROR,
} from './netlink-message.ts'
import { AF_NETLINK, NETLINK, type NetlinkFamily, receiveMessages, throwRefusal } from './netlink-socket.ts'

const SOCK_RAW = 3
const SOCK_CLOEXEC = 0x80000
const SOL_SOCKET = 1
const SO_RCVTIMEO = 20
const SOL_NETLINK = 270
const NETLINK_CAP_ACK = 10
const NETLINK_EXT_ACK = 11
const ANSWER_TIMEOUT_SECONDS = 2

export class AskingSocket {
  readonly fd: number
  #sequence = 0

  /** Throws SystemCallError. */
  constructor(family: NetlinkFamily) {
    this.fd = checked('socket', socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK[family]))
    const timeout = Buffer.alloc(16)
    timeout.writeUInt32LE(ANSWER_TIMEOUT_SECONDS)
    setsockopt(this.fd, SOL_SOCKET, SO_RCVTIMEO, timeout, timeout.length)
    for (const option of [NETLINK_CAP_ACK, NETLINK_EXT_ACK]) {
      const on = Buffer.from([1, 0, 0, 0])
      setsockopt(this.fd, SOL_NETLINK, option, on, on.length) // without them refusals are only less talkative
    }
  }

  /**
   * Sends what `encode` makes with the number it is given, and returns the messages that answer it: the last one is an
   * NLMSG_ERROR, which an acknowledgement is too, or NLMSG_DONE. Waits two seconds at most. Throws SystemCallError.
   */
  ask(encode: (sequence: number) => Buffer): NetlinkMessage[] {
    this.#sequence = (this.#sequence + 1) >>> 0
    const octets = encode(this.#sequence)
    checked('send', send(this.fd, octets, octets.length, 0))
    return this.#answer()
  }

  #answer(): NetlinkMessage[] {
    const answer: NetlinkMessage[] = []
    for (;;) {
      const messages = receiveMessages(this.fd)
      if (typeof messages === 'number') throw new SystemCallError('recvfrom', messages)
      for (const message of messages) {
        if (message.sequence !== this.#sequence) continue
        answer.push(message)
        if (message.type === NLMSG_ERROR || message.type === NLMSG_DONE) return answer
      }
    }
  }

  close(): void {
    close(this.fd)
  }
}

/** One for all questions to rtnetlink, from the first on. */
let route: AskingSocket | undefined

/**
 * Asks rtnetlink one thing and returns the messages of its answer, without acknowledgement or end mark. `flags` has
 * NLM_F_ACK or NLM_F_DUMP, so that there is an end to wait for. Throws SystemCallError, NetlinkRefusal.
 */
export function askKernel(type: number, flags: number, payload: Uint8Array): NetlinkMessage[] {
  route ??= new AskingSocket('route')
  const answer = route.ask((sequence) => encodeMessage(type, flags | NLM_F_REQUEST, sequence, payload))
  throwRefusal(answer.pop()!)
  return answer
}
