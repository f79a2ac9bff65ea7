/** What is wanted anew of a table, put together for one transaction. */
import type { Change, Limit, Placed } from './switch-kernel.ts'
import type { Share, Wanted } from './wanted.ts'

/** A rate limit that comes with a new share, and one that goes with the former. */
export interface LimitChange {
  readonly add?: Limit | undefined
  readonly remove?: Limit | undefined
}

export class StagedChange implements Change {
  readonly limits: Limit[] = []
  readonly add: Placed[] = []
  readonly remove: Placed[] = []
  readonly removeLimits: string[] = []
  readonly #wanted: Wanted
  readonly #undo: (() => void)[] = []

  constructor(wanted: Wanted) {
    this.#wanted = wanted
  }

  /** Nothing of the table is touched by it. */
  get isEmpty(): boolean {
    return this.add.length + this.remove.length === 0
  }

  /** One's new share in place of the former one, with its rate limit. It is wanted from now on. */
  replace(before: Share, after: Share, { add, remove }: LimitChange): void {
    const wanted = this.#wanted
    const changed = wanted.replace(before, after)
    this.add.push(...changed.add)
    this.remove.push(...changed.remove)
    if (add) {
      wanted.addLimit(add)
      this.limits.push(add)
    }
    if (remove) {
      wanted.removeLimit(remove.name)
      this.removeLimits.push(remove.name)
    }
    this.#undo.push(() => {
      wanted.replace(after, before)
      if (add) wanted.removeLimit(add.name)
      if (remove) wanted.addLimit(remove)
    })
  }

  /** Wanted is what was before. */
  undo(): void {
    for (const undo of this.#undo.reverse()) undo()
  }
}
