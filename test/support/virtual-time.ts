/**
 * Time that moves only when told to. Walks from deadline to deadline, ties in the order in which they were armed,
 * so that a timer that arms itself again fires as often as it would.
 */

interface Deadline {
  readonly at: number
  readonly order: number
  readonly fire: () => void
}

export class VirtualTime {
  now = 0
  private readonly deadlines = new Map<string, Deadline>()
  private order = 0

  /** Arms `id` at `at` (milliseconds), in place of an earlier arming of the same `id`. */
  arm(id: string, at: number, fire: () => void): void {
    this.deadlines.set(id, { at, order: this.order++, fire })
  }

  cancel(id: string): void {
    this.deadlines.delete(id)
  }

  /** What is armed, earliest first: id and time. */
  armed(): readonly (readonly [string, number])[] {
    return [...this.deadlines]
      .sort(([, a], [, b]) => a.at - b.at || a.order - b.order)
      .map(([id, { at }]) => [id, at] as const)
  }

  /** Those whose ids begin like this: the rest of the id, and the time. */
  armedOf(prefix: string): ReadonlyMap<string, number> {
    const armed = new Map<string, number>()
    for (const [id, { at }] of this.deadlines)
      if (id.startsWith(prefix)) armed.set(id.slice(prefix.length), at)
    return armed
  }

  /** Lets `duration` milliseconds pass. */
  advance(duration: number): void {
    const end = this.now + duration
    for (;;) {
      const next = this.earliest()
      if (next === undefined || next[1].at > end) break
      const [id, deadline] = next
      this.deadlines.delete(id)
      this.now = Math.max(this.now, deadline.at)
      deadline.fire()
    }
    this.now = end
  }

  private earliest(): readonly [string, Deadline] | undefined {
    let first: readonly [string, Deadline] | undefined
    for (const one of this.deadlines) {
      const { at, order } = one[1]
      if (first === undefined || at < first[1].at || (at === first[1].at && order < first[1].order))
        first = one
    }
    return first
  }
}
