/**
 * Many named timers on one wake-up: a binary heap ordered by deadline, ties in the order of arming. Arming,
 * moving and cancelling one of n costs O(log n); the clock is asked for the earliest only.
 */
import type { Clock } from './clock.ts'

interface Entry<Id> {
  readonly id: Id
  at: number
  /** Counts armings, so that equal deadlines keep their order. */
  order: number
  /** Index in the heap. */
  place: number
}

export class TimerQueue<Id> {
  readonly #clock: Clock
  readonly #onDue: (due: readonly Id[]) => void
  readonly #entries = new Map<Id, Entry<Id>>()
  readonly #heap: Entry<Id>[] = []
  #armings = 0
  #wakeAt = Number.POSITIVE_INFINITY
  #takeBack: (() => void) | undefined
  #held = false

  /** `onDue` gets every timer that is due at a wake-up, earliest first; they are disarmed by then. */
  constructor(clock: Clock, onDue: (due: readonly Id[]) => void) {
    this.#clock = clock
    this.#onDue = onDue
  }

  get size(): number {
    return this.#heap.length
  }

  /** When `id` is due, or undefined when it is not armed. */
  deadline(id: Id): number | undefined {
    return this.#entries.get(id)?.at
  }

  /** Arms `id` for `at` milliseconds of the clock, or moves it there. Throws RangeError when `at` is NaN. */
  arm(id: Id, at: number): void {
    if (Number.isNaN(at)) throw new RangeError(`timer ${String(id)} armed for NaN`)
    const order = this.#armings++
    const known = this.#entries.get(id)
    if (known) {
      known.at = at
      known.order = order
      this.#sift(known)
    } else {
      const entry = { id, at, order, place: this.#heap.length }
      this.#entries.set(id, entry)
      this.#heap.push(entry)
      this.#rise(entry)
    }
    this.#schedule()
  }

  cancel(id: Id): void {
    const entry = this.#entries.get(id)
    if (!entry) return
    this.#remove(entry)
    this.#schedule()
  }

  clear(): void {
    this.#entries.clear()
    this.#heap.length = 0
    this.#schedule()
  }

  /** Does `change` and asks the clock once after it: for a batch of armings. */
  batch(change: () => void): void {
    const held = this.#held
    this.#held = true
    try {
      change()
    } finally {
      this.#held = held
      this.#schedule()
    }
  }

  /**
   * Deadlines move later as a rule (a keep-alive is re-armed before it is due), so a wake-up that has become too
   * early is left standing: waking once for nothing is cheaper than asking the clock at each arming.
   */
  #schedule(): void {
    if (this.#held) return
    const earliest = this.#heap[0]?.at ?? Number.POSITIVE_INFINITY
    if (earliest === this.#wakeAt || (earliest > this.#wakeAt && earliest !== Number.POSITIVE_INFINITY))
      return
    this.#takeBack?.()
    this.#takeBack = undefined
    this.#wakeAt = earliest
    if (earliest !== Number.POSITIVE_INFINITY) {
      this.#takeBack = this.#clock.wakeAt(earliest, () => this.#wake())
    }
  }

  #wake(): void {
    this.#wakeAt = Number.POSITIVE_INFINITY
    this.#takeBack = undefined
    const due = this.#takeDue(this.#clock.now())
    try {
      if (due.length > 0) this.batch(() => this.#onDue(due))
    } finally {
      this.#schedule()
    }
  }

  #takeDue(now: number): Id[] {
    const due: Id[] = []
    for (let first = this.#heap[0]; first !== undefined && first.at <= now; first = this.#heap[0]) {
      due.push(first.id)
      this.#remove(first)
    }
    return due
  }

  #remove(entry: Entry<Id>): void {
    this.#entries.delete(entry.id)
    const last = this.#heap.pop()!
    if (last === entry) return
    this.#put(last, entry.place)
    this.#sift(last)
  }

  #sift(entry: Entry<Id>): void {
    this.#rise(entry)
    this.#sink(entry)
  }

  #rise(entry: Entry<Id>): void {
    let place = entry.place
    while (place > 0) {
      const parent = this.#heap[(place - 1) >> 1]!
      if (!before(entry, parent)) break
      this.#put(parent, place)
      place = (place - 1) >> 1
    }
    this.#put(entry, place)
  }

  #sink(entry: Entry<Id>): void {
    let place = entry.place
    for (;;) {
      const left = this.#heap[2 * place + 1]
      const right = this.#heap[2 * place + 2]
      const child = left && right && before(right, left) ? right : left
      if (!child || !before(child, entry)) break
      const childPlace = child.place
      this.#put(child, place)
      place = childPlace
    }
    this.#put(entry, place)
  }

  #put(entry: Entry<Id>, place: number): void {
    this.#heap[place] = entry
    entry.place = place
  }
}

function before<Id>(a: Entry<Id>, b: Entry<Id>): boolean {
  return a.at < b.at || (a.at === b.at && a.order < b.order)
}
