/**
 * The boundary of the protocol: `step(state, input, now)` for a station port and for a bridge port. Used alike
 * by the daemon, the emulated switch, replay and every test.
 *
 * A port's state is plain data. `step` owns the state it is given and returns it changed in place, so that the
 * work per input does not grow with the number of VSIs; who wants to keep an earlier state clones it first.
 * Same state, inputs and times: same effects.
 */
import type { Effect } from './effect.ts'
import type { Input } from './input.ts'
import { Outlet } from './outlet.ts'
import { handle, settle } from './port.ts'
import type { PortConfig } from './port-config.ts'
import { createPortState, type Port } from './port-state.ts'
import type { Role } from './view.ts'

/** Opaque to callers: look at a port through `describe.ts`. */
export type PortState = Port

export interface Step {
  readonly state: PortState
  /** To be done in this order. */
  readonly effects: readonly Effect[]
  /** Inputs that were a mistake of the caller, or met a bug. What the others caused is not lost for it. */
  readonly failures: readonly StepFailure[]
}

export interface StepFailure {
  /** Null when it was not one input but the sending at the end of the step. */
  readonly input: Input | null
  readonly error: unknown
}

/** A port whose link is down until `link.changed` says otherwise. */
export function createPort(role: Role, config: PortConfig): PortState {
  return createPortState(role, config)
}

/** One input at time `now` (milliseconds of a monotonic clock that never goes back). */
export function step(state: PortState, input: Input, now: number): Step {
  return stepAll(state, [input], now)
}

/** Several inputs of the same moment: what they cause to be sent shares ECPDUs. */
export function stepAll(state: PortState, inputs: readonly Input[], now: number): Step {
  const out = new Outlet(now, state.timers)
  const failures: StepFailure[] = []
  for (const input of inputs) attempt(input, () => handle(state, input, out), failures)
  attempt(null, () => settle(state, out), failures)
  return { state, effects: out.effects, failures }
}

function attempt(input: Input | null, act: () => void, failures: StepFailure[]): void {
  try {
    act()
  } catch (error) {
    failures.push({ input, error })
  }
}

export { describePort, findVsi, listVsis } from './describe.ts'
