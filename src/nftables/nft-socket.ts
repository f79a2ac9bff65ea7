/**
 * The socket to nf_tables: transactions, dumps, and news of what others changed. Transactions and dumps are
 * synchronous, as those of rtnetlink are. Source: netlink(7), linux/netfilter/nfnetlink.h.
 */
import { ERRNO, SystemCallError } from '../io/errno.ts'
import { close, setIntOption } from '../io/libc.ts'
import { poller } from '../io/poller.ts'
import { AskingSocket } from '../netlink/asking-socket.ts'
import { type NetlinkMessage, NLM_F_DUMP, NLM_F_DUMP_INTR } from '../netlink/netlink-message.ts'
import { openEvents, receiveMessages, throwRefusal } from '../netlink/netlink-socket.ts'
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
  readonly #asking: AskingSocket
  #events = -1
  #unwatch: (() => void) | undefined
  /** Number of our socket, as its first acknowledgement tells it: changes of ours carry it. */
  #port = 0

  /** Throws SystemCallError. */
  constructor() {
    this.#asking = new AskingSocket('netfilter')
    for (const option of [SO_SNDBUFFORCE, SO_RCVBUFFORCE]) this.#enlarge(option)
  }

  close(): void {
    this.#stopWatching()
    this.#asking.close()
  }

  /**
   * One transaction: all of it, or nothing and NetlinkRefusal. A refused one is answered for each message that is wrong;
   * what comes after the first is passed over with the next answer. Throws SystemCallError.
   */
  commit(requests: readonly NftRequest[]): void {
    if (requests.length === 0) return
    const [answer] = this.#asking.ask((number) => encodeBatch(requests, number))
    this.#port = answer!.port
    throwRefusal(answer!)
  }

  /** All messages of a kind. Throws SystemCallError, NetlinkRefusal. */
  dump(request: NftRequest): Buffer[] {
    for (let attempt = 1; ; attempt++) {
      const messages = this.#asking.ask((number) => encodeRequest({ ...request, flags: NLM_F_DUMP }, number))
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

  /** Without CAP_NET_ADMIN nothing could be changed anyway. */
  #enlarge(option: number): void {
    try {
      setIntOption(this.#asking.fd, SOL_SOCKET, option, BUFFER_OCTETS)
    } catch (error) {
      if (!(error instanceof SystemCallError)) throw error
    }
  }
}
