/**
 * What became of each VSI of a port and when, also after the port has forgotten it: a person who asks later
 * still learns the reason. The number of ended VSIs is bounded; the oldest are forgotten first.
 */
import type { VsiReport } from '../../protocol/engine/effect.ts'
import type { VsiKey } from '../../protocol/vdp/vsi-id.ts'
import type { Ownership } from '../control/owner.ts'
import type { VsiRecord } from '../control/vsi-json.ts'

export const DEFAULT_HISTORY = 1000

export class History {
  readonly #live = new Map<VsiKey, VsiRecord>()
  /** In the order of their ends. */
  readonly #ended = new Map<VsiKey, VsiRecord>()
  readonly #limit: number

  constructor(limit: number = DEFAULT_HISTORY) {
    this.#limit = limit
  }

  /** `live`: the port still knows the VSI. `at` is milliseconds since 1970. */
  add(report: VsiReport, live: boolean, at: number, ownership?: Ownership): void {
    if (report.command === null) return
    const known = this.#live.get(report.vsi)
    const record = {
      ownership: ownership ?? known?.ownership,
      createdAt: known?.createdAt ?? at,
      changedAt: at,
      command: report.command,
      outcome: report.outcome,
      reason: report.reason,
      counters: count(known?.counters, report.outcome),
    }
    if (live) {
      this.#live.set(report.vsi, record)
      this.#ended.delete(report.vsi)
    } else this.#end(report.vsi, { ...record, endedAt: at })
  }

  #end(vsi: VsiKey, record: VsiRecord): void {
    this.#live.delete(vsi)
    this.#ended.delete(vsi)
    this.#ended.set(vsi, record)
    if (this.#ended.size > this.#limit) this.#ended.delete(this.#ended.keys().next().value!)
  }

  live(vsi: VsiKey): VsiRecord | undefined {
    return this.#live.get(vsi)
  }

  ended(vsi: VsiKey): VsiRecord | undefined {
    return this.#ended.get(vsi)
  }

  /** The ended ones, oldest end first. */
  allEnded(): ReadonlyMap<VsiKey, VsiRecord> {
    return this.#ended
  }
}

/** The VSI's counters as far as reports tell them, for when the port has forgotten its own. */
function count(
  known: VsiRecord['counters'] | undefined,
  outcome: VsiReport['outcome'],
): VsiRecord['counters'] {
  const { succeeded, failed, reverts } = known ?? { succeeded: 0, failed: 0, reverts: 0 }
  return {
    succeeded: succeeded + (outcome === 'granted' || outcome === 'released' ? 1 : 0),
    failed: failed + (outcome === 'refused' ? 1 : 0),
    reverts: reverts + (outcome === 'kept' ? 1 : 0),
  }
}
