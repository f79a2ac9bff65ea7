/**
 * The table of a daemon: what is wanted of it is kept, applied, held against what the kernel has, and set right again
 * when somebody else has changed it.
 */
import type { SwitchPortJson } from '../control/schema/switch.ts'
import type { FoundElement } from '../nftables/nft-set.ts'
import type { Clock } from '../runtime/clock.ts'
import type { Log } from '../runtime/log.ts'
import { describeError } from '../runtime/operational-error.ts'
import { SET_NAMES, type SetName } from './ruleset.ts'
import { type LimitChange, StagedChange } from './staged-change.ts'
import type { FoundContents, Placed, SwitchKernel } from './switch-kernel.ts'
import { describeElement, elementId } from './traffic-elements.ts'
import { NO_SHARE, type Share, Wanted } from './wanted.ts'

/** Between news of a change and looking at it: there are several for what somebody does at once. Milliseconds. */
const SETTLE = 20
/** After a repair, before the next one: whoever keeps changing the table must not keep us busy. */
const PATIENCE = 1000
/** Elements named in the log. */
const MAX_NAMED = 5

export interface Difference {
  readonly state: 'in-order' | 'absent' | 'altered'
  readonly missing: readonly Placed[]
  readonly surplus: readonly Placed[]
  readonly found: FoundContents | undefined
}

export interface TableOptions {
  readonly name: string
  readonly kernel: SwitchKernel
  readonly clock: Clock
  readonly log: Log
}

export class BridgeTable {
  readonly name: string
  readonly #options: TableOptions
  readonly #wanted = new Wanted()
  #rules = ''
  #unwatch: (() => void) | undefined
  #cancelRepair: (() => void) | undefined
  #lastRepair = Number.NEGATIVE_INFINITY

  constructor(options: TableOptions) {
    this.#options = options
    this.name = options.name
  }

  /** Makes it with what is wanted until now, in place of others. Throws OperationalError. */
  make(inPlaceOf: readonly string[]): void {
    this.#rules = this.#options.kernel.make(this.name, this.#wanted.all(), inPlaceOf)
    this.#unwatch ??= this.#options.kernel.watch((table) => {
      if (table === null || table === this.name) this.#repairSoon()
    })
  }

  /** Wanted, but not applied: for what comes before `make`. */
  expect(share: Share): void {
    this.#wanted.replace(NO_SHARE, share)
  }

  has(placed: Placed): boolean {
    return this.#wanted.has(placed.set, placed.element.key)
  }

  /**
   * One's new share in place of the former one, with its rate limit. A table that cannot be changed because it is
   * not as it was made is made anew. Throws OperationalError when what is to be added cannot be; then nothing has changed.
   * What cannot be taken out is no longer wanted all the same, and tried again.
   */
  replace(before: Share, after: Share, limits: LimitChange): void {
    const staged = new StagedChange(this.#wanted)
    staged.replace(before, after, limits)
    if (staged.isEmpty) return
    try {
      this.#options.kernel.change(this.name, staged)
    } catch (error) {
      this.#options.log.warn(`table ${this.name} is made anew: ${describeError(error)}`)
      this.#makeAnewOr((error) => {
        if (staged.add.length === 0) return this.#repairSoon()
        staged.undo()
        throw error
      })
    }
  }

  /**
   * What `stage` puts together, in one transaction. False when the kernel refuses it: then nothing has changed, and one
   * after the other tells which of them it is.
   */
  replaceTogether(stage: (staged: StagedChange) => void): boolean {
    const staged = new StagedChange(this.#wanted)
    stage(staged)
    try {
      if (!staged.isEmpty) this.#options.kernel.change(this.name, staged)
      return true
    } catch {
      staged.undo()
      return false
    }
  }

  #makeAnewOr(failed: (error: unknown) => void): void {
    try {
      this.make([this.name])
    } catch (error) {
      failed(error)
    }
  }

  /** As `compare`; what differs is set right soon. */
  inspect(): Difference {
    const difference = this.compare()
    if (!isInOrder(difference)) this.#repairSoon()
    return difference
  }

  /** Throws OperationalError when the kernel cannot be asked. */
  compare(): Difference {
    const found = this.#options.kernel.read(this.name)
    if (found === undefined) return { state: 'absent', missing: this.#wanted.all().add, surplus: [], found }
    const state = found.rules === this.#rules ? 'in-order' : 'altered'
    return { state, ...compareElements(this.#wanted.all().add, found.elements), found }
  }

  /** Sets right what differs, and says so. True when nothing did. */
  repair(): boolean {
    const difference = this.compare()
    if (isInOrder(difference)) return true
    const { state, missing, surplus } = difference
    this.#options.log.warn({ table: this.name }, describeDifference(state, missing, surplus))
    if (state === 'in-order') {
      this.#options.kernel.change(this.name, { limits: [], add: missing, remove: surplus, removeLimits: [] })
    } else {
      this.make([this.name])
    }
    return false
  }

  remove(): void {
    this.#cancelRepair?.()
    this.#unwatch?.()
    this.#options.kernel.remove([this.name])
  }

  #repairSoon(): void {
    if (this.#cancelRepair) return
    const { clock } = this.#options
    const at = Math.max(clock.now() + SETTLE, this.#lastRepair + PATIENCE)
    this.#cancelRepair = clock.wakeAt(at, () => {
      this.#cancelRepair = undefined
      if (clock.now() < at) return this.#repairSoon()
      this.#tryRepair()
    })
  }

  #tryRepair(): void {
    const { clock, log } = this.#options
    try {
      if (!this.repair()) this.#lastRepair = clock.now()
    } catch (error) {
      log.error({ table: this.name, err: error }, `cannot be set right, tried again: ${describeError(error)}`)
      this.#lastRepair = clock.now()
      this.#repairSoon()
    }
  }
}

function isInOrder({ state, missing, surplus }: Difference): boolean {
  return state === 'in-order' && missing.length + surplus.length === 0
}

type Elements = Pick<Difference, 'missing' | 'surplus'>

function compareElements(
  wanted: readonly Placed[],
  found: ReadonlyMap<SetName, readonly FoundElement[]>,
): Elements {
  const there = new Map<string, Placed>()
  for (const set of SET_NAMES) {
    for (const element of found.get(set) ?? []) there.set(elementId(set, element.key), { set, element })
  }
  const missing: Placed[] = []
  const surplus: Placed[] = []
  for (const placed of wanted) {
    const id = elementId(placed.set, placed.element.key)
    const same = there.get(id)
    if (!same || !sameDetail(placed, same)) missing.push(placed)
    if (same && sameDetail(placed, same)) there.delete(id)
  }
  surplus.push(...there.values())
  return { missing, surplus }
}

function sameDetail({ element: a }: Placed, { element: b }: Placed): boolean {
  return a.comment === b.comment && a.limit === b.limit
}

function describeDifference(
  state: Difference['state'],
  missing: readonly Placed[],
  surplus: readonly Placed[],
): string {
  if (state === 'absent') return 'the table was gone: made anew'
  const altered = state === 'altered' ? ['its rules were changed'] : []
  const lists = [...named('missing', missing), ...named('not ours', surplus)]
  return `somebody has changed the table: ${[...altered, ...lists].join('; ')}: set right`
}

function named(what: string, elements: readonly Placed[]): string[] {
  if (elements.length === 0) return []
  const shown = elements
    .slice(0, MAX_NAMED)
    .map((placed) => `${placed.element.key.port} ${describeElement(placed)}`)
  const more = elements.length > MAX_NAMED ? `, and ${elements.length - MAX_NAMED} more` : ''
  return [`${what}: ${shown.join(', ')}${more}`]
}

/** Frames of the port that the rules stopped; null where nothing counts them. */
export function refusedFrames(port: string, difference: Difference | undefined): SwitchPortJson['refused'] {
  const frames = (set: 'refusedIn' | 'refusedOut') =>
    difference?.found?.elements.get(set)?.find(({ key }) => key.port === port)?.frames
  const [inward, outward] = [frames('refusedIn'), frames('refusedOut')]
  return inward === undefined || outward === undefined ? null : { in: inward, out: outward }
}
