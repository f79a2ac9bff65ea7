/**
 * What libvirt was told of each VSI when it failed, also after the agent has forgotten the VSI: the number libvirt
 * shows is explained by `qbg vsi show`. Bounded; the oldest are forgotten first.
 */
import type { LibvirtVsiJson } from '../control/schema/libvirt.ts'
import { toReasonJson } from '../control/vsi-json.ts'
import type { AgentEffect, Place } from '../libvirt/outlet.ts'
import { SUCCESS } from '../libvirt/response.ts'
import type { Entry } from '../libvirt/vsi-entry.ts'

const LIMIT = 1000

export class LibvirtMemory {
  readonly #failures = new Map<string, LibvirtVsiJson>()

  /** A new request: what came of the last one is no more of interest. */
  asked(place: Place): void {
    this.#failures.delete(keyOf(place))
  }

  keep({ place, operation, response, reason }: Extract<AgentEffect, { type: 'failed' }>): void {
    const at = new Date().toISOString()
    this.#failures.delete(keyOf(place))
    this.#failures.set(keyOf(place), { operation, response, reason: toReasonJson(reason), at })
    if (this.#failures.size > LIMIT) this.#failures.delete(this.#failures.keys().next().value!)
  }

  /** `entry` is what the agent has now. */
  find(place: Place, entry: Readonly<Entry> | undefined): LibvirtVsiJson | undefined {
    const failure = this.#failures.get(keyOf(place))
    if (entry === undefined || (failure !== undefined && entry.response !== SUCCESS)) return failure
    const { operation, response, reason } = entry
    return { operation, response, reason: reason ? toReasonJson(reason) : null, at: null }
  }
}

function keyOf({ port, vsi }: Place): string {
  return `${port} ${vsi}`
}
