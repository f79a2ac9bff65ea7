/** Where the parts of the agent put what they ask for during one step. Plain data, in the order it is to be done. */
import type { VsiCommand } from '../../protocol/engine/input.ts'
import type { Reason } from '../../protocol/engine/reason.ts'
import type { VsiKey } from '../../protocol/vdp/vsi-id.ts'
import type { Operation } from './request.ts'
import type { Memory } from './vsi-entry.ts'

/** A VSI of one port. */
export interface Place {
  readonly port: string
  readonly vsi: VsiKey
}

export type AgentEffect =
  | { readonly type: 'answer'; readonly to: number; readonly octets: Buffer }
  /** Tell libvirt that a VSI is lost; when nobody is there, `LibvirtAgent.undeliverable` wants to know. */
  | { readonly type: 'event'; readonly to: number; readonly octets: Buffer; readonly place: Place }
  /** Ask the station; the final report goes to `LibvirtAgent.answered` with this number. A null command ends the VSI. */
  | {
      readonly type: 'ask'
      readonly ask: number
      readonly place: Place
      readonly command: VsiCommand | null
      readonly memory: Memory | undefined
    }
  /** Keep this with the VSI, for after a restart. */
  | { readonly type: 'remember'; readonly place: Place; readonly memory: Memory }
  /** Nobody wants the VSI any more: end it, if the station has it. */
  | { readonly type: 'withdraw'; readonly place: Place }
  /** libvirt is told this response: for people. */
  | {
      readonly type: 'failed'
      readonly place: Place
      readonly operation: Operation
      readonly response: number
      readonly reason: Reason
    }
  /** A bug: a request was answered with an error for it. */
  | { readonly type: 'fault'; readonly error: unknown }

export class AgentOutlet {
  readonly effects: AgentEffect[] = []
  readonly now: number
  readonly #nextAsk: () => number

  constructor(now: number, nextAsk: () => number) {
    this.now = now
    this.#nextAsk = nextAsk
  }

  push(effect: AgentEffect): void {
    this.effects.push(effect)
  }

  /** Returns the number of the request. */
  ask(place: Place, command: VsiCommand | null, memory: Memory | undefined): number {
    const ask = this.#nextAsk()
    this.effects.push({ type: 'ask', ask, place, command, memory })
    return ask
  }
}
