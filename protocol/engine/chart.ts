/**
 * The one place where an xstate chart meets the rest: a transition is computed purely, and the actions the
 * chart names are handed to the caller as data. No actors, no interpreter, no clock.
 *
 * A chart's state is kept as plain `{ value, context }`, so that a port can be cloned, recorded and compared;
 * xstate's own snapshot is made from it for the moment of a transition (under a microsecond).
 * Charts in this tree are flat and use custom actions with `params` only. An immediate `raise` is resolved by
 * xstate itself and shows up once more in the list of actions; it is dropped here.
 */
import {
  type AnyStateMachine,
  type ContextFrom,
  type EventFromLogic,
  initialTransition,
  transition,
} from 'xstate'

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

/** The state a chart starts in. Charts here do nothing on entry of their first state. */
export function initialSnapshot<M extends AnyStateMachine>(machine: M): ChartState<M> {
  const [{ value, context }] = initialTransition(machine as AnyStateMachine)
  return { value: value as string, context }
}

/** The state after `event`, and the actions on the way there, in order. */
export function advance<M extends AnyStateMachine>(
  machine: M,
  { value, context }: ChartState<M>,
  event: EventFromLogic<M>,
): readonly [ChartState<M>, readonly ChartAction[]] {
  const snapshot = machine.resolveState({ value, context } as never)
  const [next, actions] = transition(machine as AnyStateMachine, snapshot, event as never)
  const asked: ChartAction[] = []
  for (const { type, params } of actions as unknown as readonly ChartAction[]) {
    if (!type.startsWith('xstate.')) asked.push({ type, params })
  }
  return [{ value: next.value as string, context: next.context as ContextFrom<M> }, asked]
}
