/** Waiting for something real to happen, and giving up with a name for what did not. */

/** Resolves with what `collect` was given, once that satisfies `enough`. Never sleeps for luck: it is woken. */
export class Collected<Item> {
  readonly items: Item[] = []
  readonly #waiting = new Set<() => void>()

  readonly add = (item: Item): void => {
    this.items.push(item)
    for (const check of [...this.#waiting]) check()
  }

  readonly addAll = (items: readonly Item[]): void => {
    for (const item of items) this.add(item)
  }

  /** Throws after `deadline` milliseconds, naming `what` and what there was instead. */
  until(
    what: string,
    enough: (items: readonly Item[]) => boolean,
    deadline = 5000,
  ): Promise<readonly Item[]> {
    return new Promise((resolve, reject) => {
      const timeout = setTimeout(() => {
        this.#waiting.delete(check)
        reject(new Error(`no ${what} within ${deadline} ms; there were ${JSON.stringify(this.items)}`))
      }, deadline)
      const check = () => {
        if (!enough(this.items)) return
        clearTimeout(timeout)
        this.#waiting.delete(check)
        resolve(this.items)
      }
      this.#waiting.add(check)
      check()
    })
  }
}
