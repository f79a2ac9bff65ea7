/**
 * The one place where an xstate chart meets the rest: a transition is computed purely, and the actions the
 * chart names are handed to the caller as data. No actors, no interpreter, no clock.
 *
 * A chart's state is kept as plain `{ value, context }`, so that a port can be cloned, recorded and compared.
 * Charts are walked along `chart-plan.ts`, in the order that xstate gives its actions: those of leaving a state, of the
 * transition, of entering the next state; then what `always` says, until it says nothing more.
 */
import { type AnyStateMachine, type ContextFrom, createActor, type EventFromLogic } from 'xstate'
import { type ChartPlan, type Deed, type Occasion, planOf, type Way } from './chart-plan.ts'

/** Where a chart stands: the name of its state and its variables. Plain data. */
export interface ChartState<M extends AnyStateMachine> {
  readonly value: string
  readonly context: ContextFrom<M>
}

/** What a chart asks for: the name of an action and the parameters the chart gave it. */
export interface ChartAction {
  readonly type: string
  readonly params: unknown
}

interface Prepared {
  readonly plan: ChartPlan
  readonly initial: ChartState<AnyStateMachine>
}

const prepared = new WeakMap<AnyStateMachine, Prepared>()

/** The state a chart starts in. Charts here do nothing on entry of their first state. */
export function initialSnapshot<M extends AnyStateMachine>(machine: M): ChartState<M> {
  return preparedOf(machine).initial as ChartState<M>
}

/** The state after `event`, and the actions on the way there, in order. */
export function advance<M extends AnyStateMachine>(
  machine: M,
  state: ChartState<M>,
  event: EventFromLogic<M>,
): readonly [ChartState<M>, readonly ChartAction[]] {
  const walk = new Walk(preparedOf(machine).plan, state, event)
  walk.run()
  return [{ value: walk.value, context: walk.context as ContextFrom<M> }, walk.asked]
}

/** One event's way through a chart. */
class Walk implements Occasion {
  value: string
  context: unknown
  readonly event: Occasion['event']
  readonly asked: ChartAction[] = []
  readonly #plan: ChartPlan

  constructor(plan: ChartPlan, { value, context }: ChartState<AnyStateMachine>, event: Occasion['event']) {
    this.#plan = plan
    this.value = value
    this.context = context
    this.event = event
  }

  run(): void {
    if (this.#here.isFinal) return
    let way = this.#choose(this.#here.on.get(this.event.type))
    if (way) this.#take(way)
    while (!this.#here.isFinal) {
      way = this.#choose(this.#here.always)
      if (way === undefined) return
      this.#take(way)
    }
  }

  get #here() {
    return this.#plan.get(this.value)!
  }

  #choose(ways: readonly Way[] = []): Way | undefined {
    for (const way of ways) if (way.guard === undefined || way.guard(this)) return way
    return undefined
  }

  #take({ target, deeds }: Way): void {
    if (target !== undefined) this.#do(this.#here.exit)
    this.#do(deeds)
    if (target === undefined) return
    this.value = target
    this.#do(this.#here.entry)
  }

  #do(deeds: readonly Deed[]): void {
    for (const { type, params, assign } of deeds) {
      if (assign) this.context = Object.assign({}, this.context, assign(this, params(this)))
      else this.asked.push({ type, params: params(this) })
    }
  }
}

function preparedOf(machine: AnyStateMachine): Prepared {
  let known = prepared.get(machine)
  if (known === undefined) {
    const { value, context } = createActor(machine).getSnapshot()
    known = { plan: planOf(machine), initial: { value, context } }
    prepared.set(machine, known)
  }
  return known
}
