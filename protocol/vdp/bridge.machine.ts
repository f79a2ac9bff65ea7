/**
 * VDP bridge machine: the life of one VSI as its bridge sees it. Source: 802.1Q-2018 §41.5 (bridge).
 * It decides; deciding about resources, sending and timing is done by `engine/bridge-vdp.ts`.
 *
 *     standard             here                            why
 *     INIT                 init
 *     BRIDGE_PROCESSING    bridgeProcessing
 *     SEND_RESP            actions adopt, sendResponse     transient
 *     KEEP                 action sendKeep                 transient
 *     DEASSOC              action sendRefusal              transient
 *     WAIT_STATION_CMD     waitStationCmd
 *     PROCESS_KEEPALIVE    action answerKeepAlive          transient
 *     DEASSOCIATED         action sendUnsolicited          transient
 *     RELEASE_ALL          released                        the engine frees the VSI and forgets the machine
 *
 * A De-Associate needs no decision: it is answered and releases the VSI at once, even while another request is
 * being processed. A different request arriving meanwhile is held, the newest only (reference.md 5.12).
 * A decision that does not come in resourceWaitDelay refuses a new VSI and keeps an associated one.
 */
import { assign, setup } from 'xstate'
import { ASSOCIATION_TYPES } from './association-tlv.ts'
import { isKeepAlive, stateAfter, type VsiCommand, type VsiState } from './command.ts'
import type { FilterInfo } from './filter-info.ts'

export interface BridgeContext {
  /** A request that waits for the decision about the one before it. */
  readonly nextCmd: VsiCommand | null
  /** The request being decided, or decided last. */
  readonly rxCmd: VsiCommand | null
  /** The request in force. */
  readonly operCmd: VsiCommand | null
  readonly vsiState: VsiState
}

/** A refusal. `keep` is honoured only for an Associate of an associated VSI. Source: 802.1Q-2018 §41.2.3. */
export interface Refusal {
  readonly error: number
  readonly keep: boolean
  readonly hard: boolean
  /** In words, for who runs the bridge. */
  readonly detail?: string
}

/** A refusal that leaves the association as it is, with the request it refuses. */
export interface KeptRefusal extends Refusal {
  readonly command: VsiCommand
}

export type BridgeEvent =
  | { readonly type: 'rxCmd'; readonly command: VsiCommand }
  | { readonly type: 'granted'; readonly filter: FilterInfo }
  | { readonly type: 'refused'; readonly refusal: Refusal }
  | { readonly type: 'waitWhileExpired' }
  /** Management or the type database withdraws the VSI (bridgeExit). */
  | { readonly type: 'bridgeExit' }
  /**
   * A request came that is refused without a decision: it cannot be read, or its filter may not be used any more. The
   * engine answers it.
   */
  | { readonly type: 'unusable'; readonly outcome: UnusableOutcome }
  | { readonly type: 'portDown' }

/** What becomes of the VSI: what is in force stays, or it ends as a refused one, or as its station wants it. */
export type UnusableOutcome = 'kept' | 'refused' | 'released'

export type BridgeDelay = 'resourceWaitDelay' | 'toutKeepAlive'

/** How a VSI ended on the bridge. */
export type BridgeEnding = 'released' | 'refused' | 'keep-alive-timeout' | 'withdrawn' | 'link-down'

/** Retry later: the decision did not come in time. */
const TIMED_OUT: Refusal = {
  error: 2,
  keep: true,
  hard: false,
  detail: 'no decision came in resourceWaitDelay',
}

function refusalOf(event: BridgeEvent): Refusal {
  return event.type === 'refused' ? event.refusal : TIMED_OUT
}

const waitFor = (delay: BridgeDelay) => ({ type: 'setWaitWhile', params: { delay } }) as const
const ended = (ending: BridgeEnding) => ({ type: 'ended', params: { ending } }) as const
const refusal = ({ event }: { event: BridgeEvent }) => refusalOf(event)
/** With the refused request, which is no longer in the context when the action is performed. */
const keptRefusal = ({ context, event }: { context: BridgeContext; event: BridgeEvent }): KeptRefusal => ({
  ...refusalOf(event),
  command: context.rxCmd!,
})
const keep = {
  guard: 'mayKeep',
  target: 'waitStationCmd',
  actions: [{ type: 'sendKeep', params: keptRefusal }, 'dropRxCmd'],
} as const
const refuse = {
  target: 'released',
  actions: [{ type: 'sendRefusal', params: refusal }, ended('refused')],
} as const
const deassociate = {
  guard: 'isDeassociate',
  target: 'released',
  actions: ['storeRxCmd', 'sendDeassociated', ended('released')],
} as const
const unusable = [
  { guard: 'isReleased', target: 'released', actions: ended('released') },
  { target: 'released', actions: ended('refused') },
] as const

export const bridgeMachine = setup({
  types: { context: {} as BridgeContext, events: {} as BridgeEvent },
  guards: {
    hasNextCmd: ({ context }) => context.nextCmd !== null,
    isDeassociate: ({ event }) =>
      event.type === 'rxCmd' && event.command.type === ASSOCIATION_TYPES.deassociate,
    isKeepAlive: ({ context, event }) =>
      event.type === 'rxCmd' && context.operCmd !== null && isKeepAlive(context.operCmd, event.command),
    isBeingProcessed: ({ context, event }) =>
      event.type === 'rxCmd' && context.rxCmd !== null && isKeepAlive(context.rxCmd, event.command),
    isKept: ({ event }) => event.type === 'unusable' && event.outcome === 'kept',
    isReleased: ({ event }) => event.type === 'unusable' && event.outcome === 'released',
    mayKeep: ({ context, event }) =>
      refusalOf(event).keep &&
      context.vsiState === 'associated' &&
      context.rxCmd?.type === ASSOCIATION_TYPES.associate,
  },
  actions: {
    storeRxCmd: assign({
      rxCmd: ({ context, event }) => (event.type === 'rxCmd' ? event.command : context.rxCmd),
    }),
    holdNextCmd: assign({
      nextCmd: ({ context, event }) => (event.type === 'rxCmd' ? event.command : context.nextCmd),
    }),
    takeNextCmd: assign({ rxCmd: ({ context }) => context.nextCmd, nextCmd: null }),
    dropNextCmd: assign({ nextCmd: null }),
    dropRxCmd: assign({ rxCmd: null }),
    adopt: assign(({ context, event }) => {
      if (event.type !== 'granted' || context.rxCmd === null) return {}
      const operCmd = { ...context.rxCmd, filter: event.filter }
      return { operCmd, rxCmd: null, vsiState: stateAfter(operCmd.type) }
    }),
    resourceCmd: () => {},
    setWaitWhile: (_, _params: { readonly delay: BridgeDelay }) => {},
    sendResponse: () => {},
    sendKeep: (_, _params: KeptRefusal) => {},
    sendRefusal: (_, _params: Refusal) => {},
    sendDeassociated: () => {},
    sendUnsolicited: () => {},
    answerKeepAlive: () => {},
    kept: () => {},
    ended: (_, _params: { readonly ending: BridgeEnding }) => {},
  },
}).createMachine({
  id: 'vdpBridge',
  context: { nextCmd: null, rxCmd: null, operCmd: null, vsiState: 'none' },
  initial: 'init',
  on: { portDown: { target: '.released', actions: ended('link-down') } },
  states: {
    init: {
      on: { rxCmd: { target: 'bridgeProcessing', actions: 'storeRxCmd' } },
    },
    bridgeProcessing: {
      entry: [waitFor('resourceWaitDelay'), 'resourceCmd'], // in this order: a decision may come at once
      on: {
        rxCmd: [
          deassociate,
          { guard: 'isBeingProcessed', actions: 'dropNextCmd' },
          { actions: 'holdNextCmd' },
        ],
        granted: { target: 'waitStationCmd', actions: ['adopt', 'sendResponse'] },
        refused: [keep, refuse],
        waitWhileExpired: [keep, refuse],
        unusable: [{ guard: 'isKept' }, ...unusable],
        bridgeExit: { target: 'released', actions: ['sendUnsolicited', ended('withdrawn')] },
      },
    },
    waitStationCmd: {
      entry: waitFor('toutKeepAlive'),
      always: { guard: 'hasNextCmd', target: 'bridgeProcessing', actions: 'takeNextCmd' },
      on: {
        rxCmd: [
          deassociate,
          { guard: 'isKeepAlive', target: 'waitStationCmd', reenter: true, actions: 'answerKeepAlive' },
          { target: 'bridgeProcessing', actions: 'storeRxCmd' },
        ],
        unusable: [
          { guard: 'isKept', target: 'waitStationCmd', reenter: true, actions: 'kept' },
          ...unusable,
        ],
        waitWhileExpired: { target: 'released', actions: ['sendUnsolicited', ended('keep-alive-timeout')] },
        bridgeExit: { target: 'released', actions: ['sendUnsolicited', ended('withdrawn')] },
      },
    },
    released: { type: 'final' },
  },
})
