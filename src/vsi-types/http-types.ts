/**
 * A VSI manager asked over HTTP: `GET URL/v1/vsi-types/MANAGER/TYPE/VERSION`. What it said counts for a while; many who
 * ask for the same type are one question; types that VSIs have are asked for again and again, and a change is told.
 * When it cannot be asked, who waits is told at once, and so is who comes within the next second.
 */
import { formatManagerId, type ManagerId } from '../../protocol/vdp/manager-id-tlv.ts'
import type { TypeManagerJson } from '../control/schema/status.ts'
import type { Clock } from '../runtime/clock.ts'
import type { Log } from '../runtime/log.ts'
import type { HttpGet } from './http-get.ts'
import { readManagerAnswer } from './manager-answer.ts'
import { RememberedTypes } from './remembered-types.ts'
import { describeKey, type TypeKey, type TypeKeyText, textOfKey } from './type-key.ts'
import { type Lookup, nothingToTakeBack, type TypeSource } from './type-source.ts'

/** Questions on their way at once. */
const AT_ONCE = 16
/** Milliseconds: how long a failure speaks for all types, and how long "no such type" counts. */
const FAILURE_COUNTS = 1000
const UNKNOWN_COUNTS = 5000

export interface HttpTypesOptions {
  readonly id: ManagerId
  readonly url: string
  readonly isDefault: boolean
  /** Milliseconds. */
  readonly timeout: number
  readonly refresh: number
  /** Types remembered that no VSI has. */
  readonly cache: number
  readonly clock: Clock
  readonly log: Log
  readonly get: HttpGet
}

interface Pending {
  readonly key: TypeKey
  readonly waiters: Set<(lookup: Lookup) => void>
  started: boolean
  /** A VSI has the type: it is asked for though nobody waits. */
  refresh: boolean
}

export class HttpTypes implements TypeSource {
  readonly #options: HttpTypesOptions
  readonly #remembered: RememberedTypes
  readonly #listeners: ((key: TypeKey) => void)[] = []
  /** In the order in which they were asked. */
  readonly #pending = new Map<TypeKeyText, Pending>()
  readonly #closed = new AbortController()
  readonly #counters = { asked: 0, answered: 0, failed: 0 }
  #onTheirWay = 0
  #failure: { readonly why: string; readonly until: number } | undefined
  #problem: string | null = null
  #lastAnswerAt: Date | undefined
  #cancelRefresh: (() => void) | undefined

  constructor(options: HttpTypesOptions) {
    this.#options = options
    this.#remembered = new RememberedTypes(options.cache)
  }

  lookUp(key: TypeKey, answer: (lookup: Lookup) => void): () => void {
    const now = this.#options.clock.now()
    const known = this.#remembered.find(key)
    if (known !== undefined && now < known.until) {
      answer(known.lookup)
      return nothingToTakeBack
    }
    if (this.#failure !== undefined && now < this.#failure.until) {
      answer(this.#unreachable(this.#failure.why))
      return nothingToTakeBack
    }
    const pending = this.#pendingOf(key)
    pending.waiters.add(answer)
    this.#startSome()
    return () => this.#takeBack(pending, answer)
  }

  onChange(listener: (key: TypeKey) => void): void {
    this.#listeners.push(listener)
  }

  use(key: TypeKey): void {
    this.#remembered.use(key)
    this.#cancelRefresh ??= this.#refreshLater()
  }

  drop(key: TypeKey): void {
    this.#remembered.drop(key)
  }

  close(): void {
    this.#closed.abort()
    this.#cancelRefresh?.()
    this.#pending.clear()
  }

  toJson(): TypeManagerJson {
    const { id, url, isDefault } = this.#options
    const { size: cached, used } = this.#remembered
    return {
      id: formatManagerId(id),
      url,
      default: isDefault,
      cached,
      used,
      waiting: this.#pending.size,
      problem: this.#problem,
      lastAnswerAt: this.#lastAnswerAt?.toISOString() ?? null,
      counters: { ...this.#counters },
    }
  }

  #pendingOf(key: TypeKey): Pending {
    const text = textOfKey(key)
    const pending = this.#pending.get(text) ?? { key, waiters: new Set(), started: false, refresh: false }
    this.#pending.set(text, pending)
    return pending
  }

  #takeBack(pending: Pending, answer: (lookup: Lookup) => void): void {
    pending.waiters.delete(answer)
    const wanted = pending.waiters.size > 0 || pending.refresh || pending.started
    if (!wanted) this.#pending.delete(textOfKey(pending.key))
  }

  /** A search among at most `AT_ONCE` that are on their way already. */
  #startSome(): void {
    for (const pending of this.#pending.values()) {
      if (this.#onTheirWay >= AT_ONCE) return
      if (!pending.started) void this.#send(pending)
    }
  }

  async #send(pending: Pending): Promise<void> {
    pending.started = true
    this.#onTheirWay++
    this.#counters.asked++
    const outcome = await this.#fetch(pending.key)
    this.#onTheirWay--
    if (this.#closed.signal.aborted) return
    if (typeof outcome === 'string') this.#failed(pending, outcome)
    else this.#answered(pending, outcome)
    this.#startSome()
  }

  /** The answer, or why there is none. */
  async #fetch(key: TypeKey): Promise<Lookup | string> {
    const { url, timeout, get } = this.#options
    const path = [formatManagerId(key.managerId), key.typeId, key.typeVersion]
      .map(encodeURIComponent)
      .join('/')
    const late = AbortSignal.timeout(timeout)
    try {
      const signal = AbortSignal.any([late, this.#closed.signal])
      return readManagerAnswer(key, await get(`${url.replace(/\/+$/, '')}/v1/vsi-types/${path}`, signal))
    } catch (error) {
      return late.aborted ? `no answer in ${timeout / 1000} s` : (error as Error).message
    }
  }

  #answered({ key, waiters }: Pending, lookup: Lookup): void {
    const { clock, refresh, log, url } = this.#options
    this.#pending.delete(textOfKey(key))
    this.#counters.answered++
    this.#lastAnswerAt = new Date()
    if (this.#problem !== null) log.info({ url }, 'the VSI manager answers again')
    this.#problem = null
    this.#failure = undefined
    const counts = lookup.outcome === 'found' ? refresh : Math.min(refresh, UNKNOWN_COUNTS)
    const changed = this.#remembered.put(key, lookup, clock.now() + counts)
    for (const answer of waiters) answer(lookup)
    if (changed) for (const listener of this.#listeners) listener(key)
  }

  /** Who has not been asked for yet would only wait for the same. */
  #failed(pending: Pending, why: string): void {
    const { clock, log, url } = this.#options
    this.#counters.failed++
    if (this.#problem !== why) log.warn({ url, type: describeKey(pending.key) }, `the VSI manager: ${why}`)
    this.#problem = why
    this.#failure = { why, until: clock.now() + FAILURE_COUNTS }
    const lookup = this.#unreachable(why)
    for (const one of [...this.#pending.values()]) {
      if (one.started && one !== pending) continue
      this.#pending.delete(textOfKey(one.key))
      for (const answer of one.waiters) answer(lookup)
    }
  }

  #unreachable(why: string): Lookup {
    return { outcome: 'unreachable', why: `VSI manager ${this.#options.url}: ${why}`, hard: false }
  }

  #refreshLater(): () => void {
    const { clock, refresh } = this.#options
    return clock.wakeAt(clock.now() + refresh, () => {
      const used = this.#remembered.usedKeys()
      for (const key of used) this.#pendingOf(key).refresh = true
      this.#startSome()
      this.#cancelRefresh = used.length > 0 ? this.#refreshLater() : undefined
    })
  }
}
