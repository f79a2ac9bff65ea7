/**
 * What VSIs have or reserve of a bridge: places of their type, places of their port, and the port's bandwidth.
 * A VSI that is on two ports during a migration takes one place of its type, and one of each port.
 */

import { VDP_ERRORS } from '../../protocol/vdp/status.ts'
import type { VsiKey } from '../../protocol/vdp/vsi-id.ts'
import { formatRate } from '../control/vsi-type-text.ts'
import type { TypeKeyText } from '../vsi-types/type-key.ts'
import { describeType, type VsiType } from '../vsi-types/vsi-type.ts'
import { type Refused, refused } from './evaluate.ts'

/** Of one port; undefined: no limit. Bandwidth in bits a second. */
export interface PortLimits {
  readonly vsis?: number | undefined
  readonly bandwidth?: number | undefined
}

export interface PortUse {
  readonly vsis: number
  readonly bandwidth: number
}

const NOTHING: PortUse = { vsis: 0, bandwidth: 0 }

export class Resources {
  readonly #ports = new Map<string, PortUse>()
  /** For each type its VSIs, with the number of ports they have it on. */
  readonly #types = new Map<TypeKeyText, Map<VsiKey, number>>()

  take(port: string, vsi: VsiKey, type: VsiType): void {
    this.#change(port, rateOf(type), 1)
    const vsis = this.#types.get(type.key) ?? new Map<VsiKey, number>()
    this.#types.set(type.key, vsis.set(vsi, (vsis.get(vsi) ?? 0) + 1))
  }

  giveBack(port: string, vsi: VsiKey, type: VsiType): void {
    this.#change(port, rateOf(type), -1)
    const vsis = this.#types.get(type.key)!
    const ports = vsis.get(vsi)!
    if (ports > 1) vsis.set(vsi, ports - 1)
    else vsis.delete(vsi)
    if (vsis.size === 0) this.#types.delete(type.key)
  }

  /** Why the VSI cannot have the type there; `owned` is what it has now on that port, and would give back. */
  obstacle(
    port: string,
    vsi: VsiKey,
    type: VsiType,
    { vsis, bandwidth }: PortLimits,
    owned: VsiType | undefined,
  ): Refused | undefined {
    const { maxVsis } = type
    const used = this.ofPort(port)
    const others = this.ofType(type.key) - (this.#types.get(type.key)?.has(vsi) ? 1 : 0)
    if (maxVsis !== undefined && others >= maxVsis) {
      return full(maxVsis === 0, `${describeType(type)} has ${maxVsis} VSIs, as many as it may have`)
    }
    if (vsis !== undefined && used.vsis - (owned ? 1 : 0) >= vsis) {
      return full(vsis === 0, `port ${port} has ${vsis} VSIs, as many as it may have`)
    }
    const rate = rateOf(type)
    const free = (bandwidth ?? Number.POSITIVE_INFINITY) - used.bandwidth + rateOf(owned)
    if (rate <= free) return undefined
    const detail = `${describeType(type)} takes ${formatRate(rate)}, port ${port} has ${formatRate(free)} left`
    return full(rate > bandwidth!, detail)
  }

  ofPort(port: string): PortUse {
    return this.#ports.get(port) ?? NOTHING
  }

  /** VSIs that have the type, or reserve it. */
  ofType(key: TypeKeyText): number {
    return this.#types.get(key)?.size ?? 0
  }

  #change(port: string, rate: number, sign: 1 | -1): void {
    const { vsis, bandwidth } = this.ofPort(port)
    if (vsis + sign === 0) this.#ports.delete(port)
    else this.#ports.set(port, { vsis: vsis + sign, bandwidth: bandwidth + sign * rate })
  }
}

function full(hard: boolean, detail: string): Refused {
  return refused(VDP_ERRORS.insufficientResources, hard, detail)
}

function rateOf(type: VsiType | undefined): number {
  return type?.traffic.bandwidth?.rate ?? 0
}
