/**
 * The boundary of the protocol: `step(state, input, now)` for a station port and for a bridge port. Used alike
 * by the daemon, the emulated switch, replay and every test.
 *
 * A port's state is plain data. `step` owns the state it is given and returns it changed in place, so that the
 * work per input does not grow with the number of VSIs; who wants to keep an earlier state clones it first.
 * Same state, inputs and times: same effects.
 */
import type { VsiKey } from '../vdp/vsi-id.ts'
import type { Effect } from './effect.ts'
import type { Input } from './input.ts'
import type { PortConfig } from './port-config.ts'
import type { PortView, Role, VsiView } from './view.ts'

export interface PortState {
  readonly role: Role
}

export interface Step {
  readonly state: PortState
  /** To be done in this order. */
  readonly effects: readonly Effect[]
}

/** A port whose link is down until `link.changed` says otherwise. */
export function createPort(_role: Role, _config: PortConfig): PortState {
  throw new Error('being written')
}

/** One input at time `now` (milliseconds of a monotonic clock that never goes back). */
export function step(state: PortState, input: Input, now: number): Step {
  return stepAll(state, [input], now)
}

/** Several inputs of the same moment: what they cause to be sent shares ECPDUs. */
export function stepAll(_state: PortState, _inputs: readonly Input[], _now: number): Step {
  throw new Error('being written')
}

export function describePort(_state: PortState): PortView {
  throw new Error('being written')
}

/** Every VSI the port knows, in the order they were first asked for. */
export function listVsis(_state: PortState): VsiView[] {
  throw new Error('being written')
}

export function findVsi(_state: PortState, _vsi: VsiKey): VsiView | undefined {
  throw new Error('being written')
}
