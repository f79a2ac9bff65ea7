/**
 * An xstate chart as it is walked: for each state what can happen there, with guards and actions looked up once. Only
 * what the charts of this tree use: flat, named guards, named actions of one's own and `assign`. Anything else throws,
 * when the first event comes.
 *
 * Why not `machine.transition` itself: it works out anew at every event which states are left and entered, for charts
 * of any depth. That and its first snapshots were 18 % (bridge) and 15 % (station) of the time of daemons that associate
 * 500 VSIs at once, the collection of its garbage not counted; at the station this is 2 % (`node --cpu-prof`).
 * The charts, and what they mean, are xstate's: `test/property/chart.test.ts` holds every walk against xstate's own.
 */
import type { AnyStateMachine, AnyStateNode, AnyTransitionDefinition } from 'xstate'

export interface Occasion {
  readonly context: unknown
  readonly event: { readonly type: string }
}

/** Either changes the context, or is handed to the caller. */
export interface Deed {
  readonly type: string
  readonly params: (occasion: Occasion) => unknown
  /** The variables that change. */
  readonly assign: ((occasion: Occasion, params: unknown) => object) | undefined
}

export interface Way {
  readonly guard: ((occasion: Occasion) => boolean) | undefined
  /** The state it leads to, left and entered anew even when it is the same one; undefined stays where it is. */
  readonly target: string | undefined
  readonly deeds: readonly Deed[]
}

export interface StatePlan {
  readonly entry: readonly Deed[]
  readonly exit: readonly Deed[]
  /** By event; the first one whose guard agrees is taken. */
  readonly on: ReadonlyMap<string, readonly Way[]>
  readonly always: readonly Way[]
  readonly isFinal: boolean
}

export type ChartPlan = ReadonlyMap<string, StatePlan>

type Call<Result> = (occasion: Occasion, params?: unknown) => Result

export function planOf(machine: AnyStateMachine): ChartPlan {
  const { root } = machine
  if (root.entry.length + root.exit.length + (root.always?.length ?? 0) > 0) throw unsupported(root)
  return new Map(Object.values(root.states).map((node) => [node.key, planState(machine, node)]))
}

function planState(machine: AnyStateMachine, node: AnyStateNode): StatePlan {
  if (node.type !== 'atomic' && node.type !== 'final') throw unsupported(node)
  if (node.invoke.length + node.after.length > 0) throw unsupported(node)
  const deeds = (actions: readonly unknown[]) => actions.map((action) => deedOf(machine, action))
  const wayOf = (definition: AnyTransitionDefinition): Way => ({
    guard: guardOf(machine, definition.guard),
    target: targetOf(node, definition),
    deeds: deeds(definition.actions),
  })
  const on = new Map<string, readonly Way[]>()
  for (const { transitions } of [node, machine.root]) {
    for (const [event, definitions] of transitions) {
      if (event.includes('*')) throw unsupported(node)
      on.set(event, [...(on.get(event) ?? []), ...definitions.map(wayOf)])
    }
  }
  return {
    entry: deeds(node.entry),
    exit: deeds(node.exit),
    on,
    always: (node.always ?? []).map(wayOf),
    isFinal: node.type === 'final',
  }
}

/** A state that is its own target is left and entered only when the chart says so, or when the chart's root sends it there. */
function targetOf(
  node: AnyStateNode,
  { target, source, reenter }: AnyTransitionDefinition,
): string | undefined {
  if (target === undefined) return undefined
  const [state, more] = target
  if (state === undefined || more !== undefined) throw unsupported(node)
  return state === node && source === node && !reenter ? undefined : state.key
}

function guardOf({ implementations }: AnyStateMachine, guard: unknown): Way['guard'] {
  if (guard === undefined) return undefined
  const found = typeof guard === 'string' ? implementations.guards[guard] : undefined
  if (typeof found !== 'function' || 'check' in found)
    throw new TypeError(`unsupported guard ${String(guard)}`)
  return found as unknown as Call<boolean>
}

function deedOf({ implementations }: AnyStateMachine, action: unknown): Deed {
  const { type, params } = (typeof action === 'string' ? { type: action } : action) as {
    type: string
    params?: unknown
  }
  const found: unknown = implementations.actions[type]
  if (typeof found !== 'function') throw new TypeError(`unsupported action ${String(type)}`)
  return {
    type,
    params: typeof params === 'function' ? (params as Call<unknown>) : () => params,
    assign: 'resolve' in found ? assignOf(type, found) : undefined,
  }
}

function assignOf(name: string, action: object): Call<object> {
  const { type, assignment } = action as { type: string; assignment: object | Call<object> }
  if (type !== 'xstate.assign') throw new TypeError(`unsupported action ${name}`)
  if (typeof assignment === 'function') return assignment as Call<object>
  const variables = Object.entries(assignment)
  return (occasion, params) => {
    const changed: Record<string, unknown> = {}
    for (const [name, value] of variables) {
      changed[name] = typeof value === 'function' ? value(occasion, params) : value
    }
    return changed
  }
}

function unsupported({ id }: AnyStateNode): TypeError {
  return new TypeError(`${id} has something that charts here do not have`)
}
