/** What a table is to contain: elements with how many want each, and rate limits. */
import type { SetName } from './ruleset.ts'
import type { Change, Limit, Placed } from './switch-kernel.ts'
import { type ElementId, elementId } from './traffic-elements.ts'

interface Counted {
  readonly placed: Placed
  wanting: number
}

/** What one asks for: each element once. A list: there are many shares, and few elements in each. */
export type Share = readonly Placed[]

export function shareOf(elements: readonly Placed[]): Share {
  return elements.length < 2 ? elements : [...byId(elements).values()]
}

export const NO_SHARE: Share = []

export function idOf({ set, element }: Placed): ElementId {
  return elementId(set, element.key)
}

function byId(elements: readonly Placed[]): Map<ElementId, Placed> {
  return new Map(elements.map((placed) => [idOf(placed), placed]))
}

export class Wanted {
  readonly #elements = new Map<ElementId, Counted>()
  readonly #limits = new Map<string, Limit>()

  /** Puts one's new share in the place of the former one. Returns what that changes. */
  replace(before: Share, after: Share): Pick<Change, 'add' | 'remove'> {
    const add: Placed[] = []
    const remove: Placed[] = []
    const gone = byId(before)
    for (const placed of after) {
      const id = idOf(placed)
      const former = gone.get(id)
      gone.delete(id)
      if (former && sameDetail(former, placed)) continue
      if (former) this.#drop(id, remove)
      this.#want(id, placed, add)
    }
    for (const id of gone.keys()) this.#drop(id, remove)
    return { add, remove }
  }

  addLimit(limit: Limit): void {
    this.#limits.set(limit.name, limit)
  }

  removeLimit(name: string): void {
    this.#limits.delete(name)
  }

  /** Everything, for a table that is made anew. */
  all(): Change {
    const add = [...this.#elements.values()].map(({ placed }) => placed)
    return { limits: [...this.#limits.values()], add, remove: [], removeLimits: [] }
  }

  has(set: SetName, key: Placed['element']['key']): boolean {
    return this.#elements.has(elementId(set, key))
  }

  #want(id: ElementId, placed: Placed, add: Placed[]): void {
    const known = this.#elements.get(id)
    if (known) {
      known.wanting++
      return
    }
    this.#elements.set(id, { placed, wanting: 1 })
    add.push(placed)
  }

  #drop(id: ElementId, remove: Placed[]): void {
    const known = this.#elements.get(id)
    if (known === undefined || --known.wanting > 0) return
    this.#elements.delete(id)
    remove.push(known.placed)
  }
}

function sameDetail({ element: a }: Placed, { element: b }: Placed): boolean {
  return a.comment === b.comment && a.limit === b.limit
}
