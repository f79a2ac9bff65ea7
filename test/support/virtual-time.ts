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

  /** Lets `duration` milliseconds pass. */
  advance(duration: number): void {
    const end = this.now + duration
    for (;;) {
      const next = this.armed()[0]
      if (next === undefined || next[1] > end) break
      const deadline = this.deadlines.get(next[0])!
      this.deadlines.delete(next[0])
      this.now = Math.max(this.now, deadline.at)
      deadline.fire()
    }
    this.now = end
  }
}
