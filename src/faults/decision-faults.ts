/**
 * A bad switch on purpose, between a bridge's machines and its policy: questions are refused, answered late or
 * never, and what was granted is taken away again. A station is asked nothing, and nothing happens there.
 */
import type { Effect } from '../../protocol/engine/effect.ts'
import type { VsiCommand } from '../../protocol/engine/input.ts'
import { ASSOCIATION_TYPES } from '../../protocol/vdp/association-tlv.ts'
import type { VsiKey } from '../../protocol/vdp/vsi-id.ts'
import type { Mode } from '../control/schema/vsi-request.ts'
import type { Clock } from '../runtime/clock.ts'
import type { Driver } from '../runtime/driver.ts'
import type { ActiveRule, NamedRule, VsiFacts } from './active-rule.ts'
import type { FaultTable } from './fault-table.ts'

export type Question = Extract<Effect, { readonly type: 'vsi.decide' }>

type RuleOf<Action extends NamedRule['action']> = Extract<NamedRule, { readonly action: Action }>

/** Questions and withdrawals that wait at once; what is more happens at once. */
const CAPACITY = 16_384

export class DecisionFaults {
  readonly #driver: Driver
  readonly #clock: Clock
  readonly #table: FaultTable
  /** What takes back a withdrawal that is to come, by VSI. */
  readonly #withdrawals = new Map<VsiKey, () => void>()
  readonly #late = new Set<() => void>()

  constructor(driver: Driver, { clock, table }: { readonly clock: Clock; readonly table: FaultTable }) {
    this.#driver = driver
    this.#clock = clock
    this.#table = table
    driver.on('vsi.reported', ({ report: { vsi, state, command, outcome } }) => {
      if (outcome === 'granted' && command !== null) this.#granted(vsi, command)
      else if (state === 'none') this.#forget(vsi)
    })
  }

  /** The machine asks; `policy` has the answer given as it would be without faults. */
  ask(question: Question, policy: () => void): void {
    const facts = factsOf(question.vsi, question.command)
    if (this.#first('undecided', facts)) return
    const refusal = this.#first('refuse', facts)
    const answer = refusal ? () => this.#refuse(question, refusal) : policy
    const late = this.#first('late', facts)
    if (late === undefined || this.#late.size >= CAPACITY) return answer()
    const takeBack = this.#clock.wakeAt(this.#clock.now() + late.milliseconds, () => {
      this.#late.delete(takeBack)
      answer()
    })
    this.#late.add(takeBack)
  }

  stop(): void {
    for (const takeBack of [...this.#late, ...this.#withdrawals.values()]) takeBack()
    this.#late.clear()
    this.#withdrawals.clear()
  }

  #refuse({ vsi, decision }: Question, { error, keep, hard }: RuleOf<'refuse'>): void {
    this.#driver.submit({
      type: 'vsi.decided',
      vsi,
      decision,
      answer: { outcome: 'refuse', error, keep, hard },
    })
  }

  #granted(vsi: VsiKey, command: VsiCommand): void {
    this.#forget(vsi)
    const active = this.#find('deassociate', factsOf(vsi, command))
    if (active === undefined || this.#withdrawals.size >= CAPACITY) return
    const { milliseconds } = active.rule as RuleOf<'deassociate'>
    const takeBack = this.#clock.wakeAt(this.#clock.now() + milliseconds, () => {
      this.#withdrawals.delete(vsi)
      if (!this.#table.isInForce(active)) return
      this.#tell(active, vsi, `withdrawn`)
      this.#driver.submit({ type: 'vsi.withdrawn', vsi })
    })
    this.#withdrawals.set(vsi, takeBack)
  }

  #forget(vsi: VsiKey): void {
    this.#withdrawals.get(vsi)?.()
    this.#withdrawals.delete(vsi)
  }

  /** The first rule of that kind that is to happen now, told. */
  #first<Action extends 'undecided' | 'refuse' | 'late'>(
    action: Action,
    facts: VsiFacts,
  ): RuleOf<Action> | undefined {
    const active = this.#find(action, facts)
    if (active === undefined) return undefined
    this.#tell(active, facts.vsi, `${facts.mode} asked for`)
    return active.rule as RuleOf<Action>
  }

  #find(action: NamedRule['action'], facts: VsiFacts): ActiveRule | undefined {
    const rules = this.#table.onPort(this.#driver.name)
    return rules.find((active) => active.rule.action === action && active.fitsVsi(facts) && active.happens())
  }

  #tell({ rule }: ActiveRule, vsi: VsiKey, what: string): void {
    this.#table.onInjected({ port: this.#driver.name, rule, what, vsi })
  }
}

const MODES: Readonly<Record<number, Mode>> = {
  [ASSOCIATION_TYPES.preassociate]: 'preassociate',
  [ASSOCIATION_TYPES.preassociateRr]: 'preassociate-rr',
  [ASSOCIATION_TYPES.associate]: 'associate',
}

function factsOf(vsi: VsiKey, { type, typeId, typeVersion }: VsiCommand): VsiFacts {
  return { vsi, typeId, typeVersion, mode: MODES[type] ?? 'deassociate' }
}
