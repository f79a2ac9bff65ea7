/** Faults of received frames on a port: how many of each code, and where the last one was. */
import type { Fault, FaultCode } from '../../protocol/wire/decoded.ts'
import type { FaultsJson } from '../control/schema/status.ts'

export class FaultLog {
  readonly #counts = new Map<FaultCode, number>()
  #total = 0
  #last: { fault: Fault; at: number } | undefined

  /** `at` is milliseconds since 1970. True when it is the first of its code. */
  add(fault: Fault, at: number): boolean {
    const seen = this.#counts.get(fault.code) ?? 0
    this.#counts.set(fault.code, seen + 1)
    this.#total++
    this.#last = { fault, at }
    return seen === 0
  }

  toJson(): FaultsJson {
    const last = this.#last
    return {
      total: this.#total,
      byCode: Object.fromEntries(this.#counts),
      last: last ? { time: new Date(last.at).toISOString(), ...last.fault } : null,
    }
  }
}
