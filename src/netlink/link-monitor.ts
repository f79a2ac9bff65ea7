/**
 * Every interface of the network namespace, kept up to date from rtnetlink's events. When the kernel had to drop
 * events (ENOBUFS) or a dump changed under it, all interfaces are read again and the differences are told.
 */
import { isDeepStrictEqual } from 'node:util'
import { ERRNO, SystemCallError } from '../io/errno.ts'
import { close } from '../io/libc.ts'
import { poller } from '../io/poller.ts'
import { OperationalError } from '../runtime/operational-error.ts'
import { askKernel } from './asking-socket.ts'
import type { Link, LinkObserver, LinkSource, LinkWatcher } from './link.ts'
import {
  AF_UNSPEC,
  decodeLinkMessage,
  encodeLinkRequest,
  type LinkChange,
  RTM_GETLINK,
  RTMGRP_LINK,
  WITHOUT_STATISTICS,
} from './link-message.ts'
import { type NetlinkMessage, NLM_F_DUMP, NLM_F_DUMP_INTR } from './netlink-message.ts'
import { openEvents, receiveMessages } from './netlink-socket.ts'

/** Datagrams read at one wake-up; the rest come with the next. */
const MAX_DATAGRAMS = 64
/** Dumps in a row while interfaces keep changing; the events that follow set right what the last one missed. */
const MAX_DUMPS = 5
/** After a failure to read all interfaces again. Milliseconds. */
const RETRY_DELAY = 1000

export class LinkMonitor implements LinkSource {
  readonly #links = new Map<number, Link>()
  readonly #indexOf = new Map<string, number>()
  readonly #watchers = new Map<string, Set<LinkWatcher>>()
  readonly #observers = new Set<LinkObserver>()
  #fd = -1
  #unwatch: (() => void) | undefined
  #retry: NodeJS.Timeout | undefined
  #resyncs = 0

  /** Times all interfaces were read again because events were lost. */
  get resyncs(): number {
    return this.#resyncs
  }

  /** Reads all interfaces; from then on changes are told. Throws OperationalError; it is closed then. */
  open(): void {
    if (this.#fd >= 0) return
    try {
      // Listening before reading: no change falls between the two.
      this.#fd = openEvents(RTMGRP_LINK)
      this.#unwatch = poller.watch(this.#fd, () => this.#onReadable())
      this.#readAll()
    } catch (cause) {
      this.close()
      const operation = 'watch the interfaces'
      throw new OperationalError('system-call-failed', 'rtnetlink cannot be used', { operation, cause })
    }
  }

  close(): void {
    clearTimeout(this.#retry)
    this.#unwatch?.()
    this.#unwatch = undefined
    if (this.#fd >= 0) close(this.#fd)
    this.#fd = -1
  }

  find(name: string): Link | undefined {
    const index = this.#indexOf.get(name)
    return index === undefined ? undefined : this.#links.get(index)
  }

  byIndex(index: number): Link | undefined {
    return this.#links.get(index)
  }

  list(): readonly Link[] {
    return [...this.#links.values()].sort((a, b) => a.index - b.index)
  }

  /** Watchers of one name are told in the order in which they asked. */
  watch(name: string, watcher: LinkWatcher): () => void {
    const watchers = this.#watchers.get(name) ?? new Set()
    this.#watchers.set(name, watchers)
    watchers.add(watcher)
    watcher(this.find(name) ?? null)
    return () => {
      watchers.delete(watcher)
      if (watchers.size === 0 && this.#watchers.get(name) === watchers) this.#watchers.delete(name)
    }
  }

  observe(observer: LinkObserver): () => void {
    this.#observers.add(observer)
    return () => this.#observers.delete(observer)
  }

  #onReadable(): void {
    for (let count = 0; count < MAX_DATAGRAMS && this.#fd >= 0; count++) {
      const messages = receiveMessages(this.#fd)
      if (messages === ERRNO.EAGAIN) return
      if (typeof messages === 'number') return this.#eventsLost()
      for (const message of messages) this.#apply(decodeLinkMessage(message))
    }
  }

  /** What still waits is older than the dump to come and would only take the state back for a while. */
  #eventsLost(): void {
    this.#resyncs++
    for (let count = 0; count < 2 ** 16; count++) {
      if (receiveMessages(this.#fd) === ERRNO.EAGAIN) break
    }
    this.#resync()
  }

  #resync(): void {
    try {
      this.#readAll()
    } catch (error) {
      if (!(error instanceof SystemCallError)) throw error
      clearTimeout(this.#retry)
      this.#retry = setTimeout(() => this.#resync(), RETRY_DELAY)
    }
  }

  #readAll(): void {
    const present = new Set<number>()
    for (const message of dumpLinks()) {
      const change = decodeLinkMessage(message)
      if (change?.type !== 'present') continue
      present.add(change.link.index)
      this.#apply(change)
    }
    for (const index of [...this.#links.keys()]) {
      if (!present.has(index)) this.#apply({ type: 'gone', index })
    }
  }

  #apply(change: LinkChange | undefined): void {
    switch (change?.type) {
      case 'present':
        return this.#put(change.link)
      case 'gone':
        return this.#remove(change.index)
      case 'bridge-port': {
        const link = this.#links.get(change.index)
        if (link?.bridgePort) this.#put({ ...link, bridgePort: change.bridgePort })
      }
    }
  }

  #put(link: Link): void {
    const known = this.#links.get(link.index)
    if (isDeepStrictEqual(known, link)) return
    if (known && known.name !== link.name) this.#remove(link.index)
    const namesake = this.#indexOf.get(link.name)
    if (namesake !== undefined && namesake !== link.index) this.#remove(namesake)
    this.#links.set(link.index, link)
    this.#indexOf.set(link.name, link.index)
    this.#tell(link, link)
  }

  #remove(index: number): void {
    const link = this.#links.get(index)
    if (link === undefined) return
    this.#links.delete(index)
    this.#indexOf.delete(link.name)
    this.#tell(link, null)
  }

  /** A watcher that throws must not cost the others their news, nor us the rest of the events. */
  #tell({ index, name }: Link, link: Link | null): void {
    const watchers = [...(this.#watchers.get(name) ?? [])].map((watcher) => () => watcher(link))
    const observers = [...this.#observers].map((observer) => () => observer(index, link))
    for (const tell of [...watchers, ...observers]) {
      try {
        tell()
      } catch (error) {
        setImmediate(() => {
          throw error
        })
      }
    }
  }
}

function dumpLinks(): NetlinkMessage[] {
  const request = encodeLinkRequest(AF_UNSPEC, 0, WITHOUT_STATISTICS)
  for (let attempt = 1; ; attempt++) {
    const messages = askKernel(RTM_GETLINK, NLM_F_DUMP, request)
    const torn = messages.some(({ flags }) => (flags & NLM_F_DUMP_INTR) !== 0)
    if (!torn || attempt === MAX_DUMPS) return messages
  }
}
