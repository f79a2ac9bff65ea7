/**
 * The faults on purpose of a daemon: rules by name, in the order in which they were set, and what each did on each
 * port. Setting one leaves the others as they are; setting one again under its name starts its counting anew.
 */
import { ControlError } from '../control/control-error.ts'
import { describeFault } from '../control/fault-text.ts'
import { matchesPattern } from '../control/name-pattern.ts'
import { type FaultJson, type FaultRule, type InjectedJson, MAX_FAULTS } from '../control/schema/fault.ts'
import { ActiveRule, type NamedRule } from './active-rule.ts'

/** Something was done on purpose. */
export interface Injected {
  readonly port: string
  readonly rule: NamedRule
  /** To what: `acknowledgement 17 sent`. */
  readonly what: string
  /** The VSI, when it is one's. */
  readonly vsi?: string
}

interface Entry {
  readonly rule: NamedRule
  readonly ports: Map<string, ActiveRule>
}

export class FaultTable {
  readonly seed: number
  /** Told each time that something is done. */
  onInjected: (injected: Injected) => void = () => {}
  readonly #entries = new Map<string, Entry>()
  /** By port; thrown away when rules change. */
  readonly #active = new Map<string, readonly ActiveRule[]>()
  #made = 0

  constructor(seed: number) {
    this.seed = seed
  }

  /** Sets them all, or throws ControlError and sets none. Returns their names. */
  set(rules: readonly FaultRule[]): string[] {
    const named = rules.map((rule) => ({ ...rule, name: rule.name ?? this.#nameFor(rule) }))
    const all = new Set([...this.#entries.keys(), ...named.map(({ name }) => name)])
    if (all.size > MAX_FAULTS) {
      throw new ControlError('bad-request', `a daemon keeps ${MAX_FAULTS} faults at most`, {
        hint: 'clear those that are done with: qbg fault clear NAME',
      })
    }
    for (const rule of named) this.#entries.set(rule.name, { rule, ports: new Map() })
    this.#active.clear()
    return named.map(({ name }) => name)
  }

  #nameFor({ action }: FaultRule): string {
    for (;;) {
      const name = `${action}-${++this.#made}`
      if (!this.#entries.has(name)) return name
    }
  }

  /** Clears those, or all. Throws ControlError for a name there is not; then none is cleared. */
  clear(names?: readonly string[]): string[] {
    const unknown = names?.find((name) => !this.#entries.has(name))
    if (unknown !== undefined) {
      throw new ControlError('unknown-fault', `there is no fault of the name ${unknown}`, {
        hint: '"qbg fault list" shows them',
      })
    }
    const gone = names ?? [...this.#entries.keys()]
    for (const name of gone) this.#entries.delete(name)
    this.#active.clear()
    return [...gone]
  }

  /** Rules of that port, in their order. */
  onPort(port: string): readonly ActiveRule[] {
    const known = this.#active.get(port)
    if (known) return known
    const its = [...this.#entries.values()]
      .filter(({ rule }) => rule.port === undefined || matchesPattern(rule.port, port))
      .map((entry) => this.#activate(entry, port))
    this.#active.set(port, its)
    return its
  }

  /** The port is gone. What rules have counted on it stays, for when it comes back. */
  forget(port: string): void {
    this.#active.delete(port)
  }

  #activate({ rule, ports }: Entry, port: string): ActiveRule {
    const active = ports.get(port) ?? new ActiveRule(rule, port, this.seed)
    ports.set(port, active)
    return active
  }

  /** The rule is still the one that was set: it was neither cleared nor set again. */
  isInForce({ rule }: ActiveRule): boolean {
    return this.#entries.get(rule.name)?.rule === rule
  }

  /** With what each did on `ports`. */
  toJson(ports: readonly string[]): FaultJson[] {
    for (const port of ports) this.onPort(port)
    return [...this.#entries.values()].map(({ rule, ports: on }) => ({
      rule,
      text: describeFault(rule),
      ports: ports.flatMap((port) => {
        const active = on.get(port)
        return active ? [{ port, ...counts(active) }] : []
      }),
    }))
  }

  /** For the status of a port. */
  injected(port: string): InjectedJson[] {
    return this.onPort(port).map((active) => ({
      name: active.rule.name,
      text: describeFault(active.rule),
      ...counts(active),
    }))
  }
}

function counts({ matched, applied, spent }: ActiveRule) {
  return { matched, applied, spent }
}
