/**
 * The one place where an xstate chart meets the rest: a transition is computed purely, and the actions the
 * chart names are handed to the caller as data. No actors, no interpreter, no clock.
 *
 * A chart's state is kept as plain `{ value, context }`, so that a port can be cloned, recorded and compared;
 * xstate's own snapshot is made from it for the moment of a transition. `machine.transition` is called with one
 * idle actor scope per chart: xstate's `transition()` makes a new actor every time, which costs five times as much.
 * Charts in this tree are flat and use custom actions with `params` only. An immediate `raise` is resolved by
 * xstate itself and shows up once more in the list of actions; it is dropped here.
 */
import {
  type AnyActorScope,
  type AnyMachineSnapshot,
  type AnyStateMachine,
  type ContextFrom,
  createActor,
  type EventFromLogic,
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

/** What does not change from one transition of a chart to the next. */
interface Workbench {
  readonly scope: AnyActorScope
  /** Snapshots by state value; only their context differs. */
  readonly snapshots: Map<string, AnyMachineSnapshot>
  /** Where xstate puts the actions of the transition under way. */
  asked: ChartAction[]
}

const workbenches = new WeakMap<AnyStateMachine, Workbench>()

/** The state a chart starts in. Charts here do nothing on entry of their first state. */
export function initialSnapshot<M extends AnyStateMachine>(machine: M): ChartState<M> {
  const { value, context } = machine.getInitialSnapshot(workbenchOf(machine).scope, undefined as never)
  return { value: value as string, context }
}

/** The state after `event`, and the actions on the way there, in order. */
export function advance<M extends AnyStateMachine>(
  machine: M,
  { value, context }: ChartState<M>,
  event: EventFromLogic<M>,
): readonly [ChartState<M>, readonly ChartAction[]] {
  const bench = workbenchOf(machine)
  const asked: ChartAction[] = []
  bench.asked = asked
  const snapshot = { ...snapshotIn(machine, bench, value), context }
  const next = machine.transition(snapshot as never, event as never, bench.scope)
  return [{ value: next.value as string, context: next.context as ContextFrom<M> }, asked]
}

function snapshotIn(machine: AnyStateMachine, { snapshots }: Workbench, value: string): AnyMachineSnapshot {
  let snapshot = snapshots.get(value)
  if (snapshot === undefined) {
    snapshot = machine.resolveState({ value, context: {} } as never)
    snapshots.set(value, snapshot)
  }
  return snapshot
}

function workbenchOf(machine: AnyStateMachine): Workbench {
  const known = workbenches.get(machine)
  if (known !== undefined) return known
  const self = createActor(machine)
  const scope: AnyActorScope = {
    self,
    system: self.system,
    id: self.id,
    sessionId: self.sessionId,
    logger: () => {},
    defer: () => {},
    emit: () => {},
    stopChild: () => {},
    actionExecutor: ({ type, params }) => {
      if (!type.startsWith('xstate.')) bench.asked.push({ type, params })
    },
  }
  const bench: Workbench = { scope, snapshots: new Map(), asked: [] }
  workbenches.set(machine, bench)
  return bench
}
