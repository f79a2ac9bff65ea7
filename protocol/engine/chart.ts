/**
 * The one place where an xstate chart meets the rest: a transition is computed purely, and the actions the
 * chart names are handed to the caller as data. No actors, no interpreter, no clock.
 *
 * Charts in this tree use custom actions with `params` only. An immediate `raise` is resolved by xstate itself
 * and shows up once more in the list of actions; it is dropped here.
 */
import {
  type AnyStateMachine,
  type EventFromLogic,
  initialTransition,
  type SnapshotFrom,
  transition,
} from 'xstate'

/** What a chart asks for: the name of an action and the parameters the chart gave it. */
export interface ChartAction {
  readonly type: string
  readonly params: unknown
}

/** The state a chart starts in. Charts here do nothing on entry of their first state. */
export function initialSnapshot<M extends AnyStateMachine>(machine: M): SnapshotFrom<M> {
  return initialTransition(machine as AnyStateMachine)[0] as SnapshotFrom<M>
}

/** The state after `event`, and the actions on the way there, in order. */
export function advance<M extends AnyStateMachine>(
  machine: M,
  snapshot: SnapshotFrom<M>,
  event: EventFromLogic<M>,
): readonly [SnapshotFrom<M>, readonly ChartAction[]] {
  const [next, actions] = transition(machine, snapshot as never, event as never)
  const asked: ChartAction[] = []
  for (const { type, params } of actions as unknown as readonly ChartAction[]) {
    if (!type.startsWith('xstate.')) asked.push({ type, params })
  }
  return [next as SnapshotFrom<M>, asked]
}
