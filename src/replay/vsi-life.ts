/** One VSI's life as requests, answers and de-associations show it. */
import type { AssociationTlv } from '../../protocol/vdp/association-tlv.ts'
import { stateAfter, type VsiState } from '../../protocol/vdp/command.ts'
import type { VsiKey } from '../../protocol/vdp/vsi-id.ts'
import type { EcpRequest } from './side.ts'

/** What happened to it, in words that an expectation can match: `associate`, `granted`, `keep-alive`, ... */
export type Happening =
  | 'preassociate'
  | 'preassociate-rr'
  | 'associate'
  | 'deassociate'
  | 'keep-alive'
  | 'granted'
  | 'refused'
  | 'kept'
  | 'released'
  | 'ended-by-bridge'
  | 'no-response'

export interface VsiEvent {
  readonly frame: number
  /** Milliseconds since the first packet. */
  readonly at: number
  readonly what: Happening
  /** State afterwards. */
  readonly state: VsiState
  /** VDP error of a refusal. */
  readonly error?: number
}

/** A request that has no answer yet. */
export interface Pending {
  readonly tlv: AssociationTlv
  readonly managerId: string
  readonly frame: number
  readonly at: number
  readonly keepAlive: boolean
  /** What carried it. */
  readonly ecp: EcpRequest | undefined
}

/** An answer and the request it is to. */
export interface Answer {
  readonly request: number
  readonly frame: number
  /** Milliseconds. */
  readonly took: number
  readonly keepAlive: boolean
}

export const REQUEST_NAMES = ['preassociate', 'preassociate-rr', 'associate', 'deassociate'] as const

/** Of each VSI at most so many events are kept; keep-alives of a long capture would fill the memory. */
export const MAX_EVENTS = 10_000

export class VsiLife {
  readonly id: VsiKey
  state: VsiState = 'none'
  /** What is in force, as the switch granted it. */
  operative: { readonly tlv: AssociationTlv; readonly managerId: string } | undefined
  pending: Pending | undefined
  /** Of the last request and of the last answer. Milliseconds since the first packet. */
  lastRequestAt = 0
  lastAnswerAt = 0
  keepAlives = 0
  readonly events: VsiEvent[] = []
  /** From request to answer. Milliseconds. */
  readonly answerTimes: number[] = []
  lastAnswer: Answer | undefined

  constructor(id: VsiKey) {
    this.id = id
  }

  /** Keep-alives that were answered are counted, not told. */
  happened(what: Happening, frame: number, at: number, error?: number): void {
    if (this.events.length >= MAX_EVENTS) return
    this.events.push({ frame, at, what, state: this.state, ...(error !== undefined && { error }) })
  }

  grant(tlv: AssociationTlv, managerId: string): void {
    this.operative = { tlv, managerId }
    this.state = stateAfter(tlv.type)
  }

  end(): void {
    this.state = 'none'
    this.operative = undefined
  }

  /** `associate granted keep-alive*3 deassociate released` as a list. */
  get path(): string[] {
    const path: { what: string; count: number }[] = []
    for (const { what } of this.events) {
      const last = path.at(-1)
      if (last?.what === what) last.count++
      else path.push({ what, count: 1 })
    }
    return path.map(({ what, count }) => (count > 1 ? `${what} x${count}` : what))
  }
}
