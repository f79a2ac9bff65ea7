/**
 * The socket to nf_tables: transactions, dumps, and news of what others changed. Transactions and dumps are
 * synchronous, as those of rtnetlink are. Source: netlink(7), linux/netfilter/nfnetlink.h.
 */
import { ERRNO, SystemCallError } from '../io/errno.ts'
import { checked, close, send, setIntOption } from '../io/libc.ts'
import { poller } from '../io/poller.ts'
import {
  type NetlinkMessage,
  NLM_F_DUMP,
  NLM_F_DUMP_INTR,
  NLMSG_DONE,
  NLMSG_ERROR,
} from '../netlink/netlink-message.ts'
import { openAsking, openEvents, receiveMessages, throwRefusal } from '../netlink/netlink-socket.ts'
import { encodeBatch, encodeRequest, type NftRequest, nftMessageType } from './nf-message.ts'
import { tableOf } from './nft-table.ts'

const SOL_SOCKET = 1
const SO_SNDBUFFORCE = 32
const SO_RCVBUFFORCE = 33
/** A table with some ten thousand elements is made in one transaction. */
const BUFFER_OCTETS = 16 * 1024 * 1024
/** NFNLGRP_NFTABLES, group 7. */
const CHANGES = 1 << 6
/** Dumps in a row while the table keeps changing. */
const MAX_DUMPS = 5
/** Datagrams read at one wake-up; the rest come with the next. */
const MAX_DATAGRAMS = 256

export class NftSocket {
  readonly #fd: number
  #events = -1
  #unwatch: (() => void) | undefined
  #sequence = 0
  /** Number of our socket, as its first acknowledgement tells it: changes of ours carry it. */
  #port = 0

  /** Throws SystemCallError. */
  constructor() {
    this.#fd = openAsking('netfilter')
    for (const option of [SO_SNDBUFFORCE, SO_RCVBUFFORCE]) this.#enlarge(option)
  }

  close(): void {
    this.#stopWatching()
    close(this.#fd)
  }

  /** One transaction: all of it, or nothing and NetlinkRefusal. Throws SystemCallError. */
  commit(requests: readonly NftRequest[]): void {
    if (requests.length === 0) return
    const sequence = this.#ask((number) => encodeBatch(requests, number))
    const [answer] = this.#read(sequence)
    this.#port = answer!.port
    throwRefusal(answer!)
  }

  /** All messages of a kind. Throws SystemCallError, NetlinkRefusal. */
  dump(request: NftRequest): Buffer[] {
    for (let attempt = 1; ; attempt++) {
      const sequence = this.#ask((number) => encodeRequest({ ...request, flags: NLM_F_DUMP }, number))
      const messages = this.#read(sequence)
      throwRefusal(messages.pop()!)
      const torn = messages.some(({ flags }) => (flags & NLM_F_DUMP_INTR) !== 0)
      if (!torn || attempt === MAX_DUMPS) return messages.map(({ payload }) => payload)
    }
  }

  /**
   * Calls `onChange` with the name of each table of the bridge family that somebody else has changed, null when news
   * were lost. Returns what ends it. Throws SystemCallError.
   */
  watch(onChange: (table: string | null) => void): () => void {
    this.#events = openEvents(CHANGES, 'netfilter')
    this.#unwatch = poller.watch(this.#events, () => {
      for (const table of this.#changedTables()) onChange(table)
    })
    return () => this.#stopWatching()
  }

  #stopWatching(): void {
    this.#unwatch?.()
    this.#unwatch = undefined
    if (this.#events >= 0) close(this.#events)
    this.#events = -1
  }

  #changedTables(): Set<string | null> {
    const changed = new Set<string | null>()
    for (let count = 0; count < MAX_DATAGRAMS; count++) {
      const messages = receiveMessages(this.#events)
      if (messages === ERRNO.EAGAIN) break
      if (typeof messages === 'number') return changed.add(null)
      for (const message of messages) {
        const table = this.#changedBy(message)
        if (table !== undefined) changed.add(table)
      }
    }
    return changed
  }

  #changedBy({ type, port, payload }: NetlinkMessage): string | undefined {
    return nftMessageType(type) === undefined || port === this.#port ? undefined : tableOf(payload)
  }

  #ask(encode: (sequence: number) => Buffer): number {
    this.#sequence = (this.#sequence + 1) >>> 0
    const octets = encode(this.#sequence)
    checked('send', send(this.#fd, octets, octets.length, 0))
    return this.#sequence
  }

  /**
   * The answer to what has this number: the last message is an NLMSG_ERROR, which an acknowledgement is too, or
   * NLMSG_DONE. A refused transaction is answered for each message that is wrong; what comes after the first is
   * passed over with the next answer.
   */
  #read(sequence: number): NetlinkMessage[] {
    const answer: NetlinkMessage[] = []
    for (;;) {
      const messages = receiveMessages(this.#fd)
      if (typeof messages === 'number') throw new SystemCallError('recvfrom', messages)
      for (const message of messages) {
        if (message.sequence !== sequence) continue
        answer.push(message)
        if (message.type === NLMSG_ERROR || message.type === NLMSG_DONE) return answer
      }
    }
  }

  /** Without CAP_NET_ADMIN nothing could be changed anyway. */
  #enlarge(option: number): void {
    try {
      setIntOption(this.#fd, SOL_SOCKET, option, BUFFER_OCTETS)
    } catch (error) {
      if (!(error instanceof SystemCallError)) throw error
    }
  }
}
