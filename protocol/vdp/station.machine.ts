/**
 * VDP station machine: the life of one VSI as its station sees it. Source: 802.1Q-2018 §41.5 (station).
 * It decides; what is transmitted, timed and reported is done by `engine/station-vdp.ts`, which also judges
 * responses (`response-matching.ts`) before they become events here.
 *
 *     standard             here                        why
 *     INIT                 init
 *     STATION_PROCESSING   stationProcessing
 *     PREASSOC_NEW         action adopt                transient: operCmd and vsiState are set, then it goes on
 *     ASSOC_NEW            action adopt                transient
 *     ASSOC_COMPLETE       actions granted, kept       transient: it only reports
 *     WAIT_SYSTEM_CMD      waitSystemCmd
 *     TRANSMIT_KEEPALIVE   transmitKeepAlive
 *     TRANSMIT_DEASSOC     transmitDeassoc
 *
 * Beyond the standard: an ECPDU that nobody acknowledged ends the wait at once (`ecpFailed`), and `refresh` sends
 * the keep-alive early, when the bridge may have been replaced. `groupIdsEnded` takes its place when it may not be sent.
 */
import { assign, setup } from 'xstate'
import { ASSOCIATION_TYPES } from './association-tlv.ts'
import { stateAfter, type VsiCommand, type VsiState } from './command.ts'
import type { FilterInfo } from './filter-info.ts'
import type { ResponseVerdict } from './response-matching.ts'

/** A judged VSI TLV from the bridge. */
export interface Response {
  readonly verdict: Exclude<ResponseVerdict, 'unrelated'>
  readonly filter: FilterInfo
  /** VDP error, 0 for none. */
  readonly error: number
  readonly hard: boolean
}

/** Why a wait ended without a grant; the engine turns it into a reason for people. */
export type StationFailure =
  | { readonly kind: 'response'; readonly response: Response }
  | {
      readonly kind:
        | 'no-response'
        | 'ecp-no-acknowledgement'
        | 'link-down'
        | 'keep-alive-refused'
        | 'group-ids-not-agreed'
    }

export interface StationContext {
  /** A command that waits for the machine to be idle. */
  readonly newCmd: VsiCommand | null
  /** The command being processed. */
  readonly sysCmd: VsiCommand | null
  /** The command in force. */
  readonly operCmd: VsiCommand | null
  readonly vsiState: VsiState
}

export type StationEvent =
  | { readonly type: 'newCmd'; readonly command: VsiCommand }
  | { readonly type: 'rxResp'; readonly response: Response }
  | { readonly type: 'waitWhileExpired' }
  | { readonly type: 'ecpFailed' }
  | { readonly type: 'refresh' }
  /** Group IDs are not agreed any more, and the filter in force has some: nothing may be sent of it. */
  | { readonly type: 'groupIdsEnded' }
  | { readonly type: 'portDown' }

/** The timers a VSI can wait on; one at a time, as in the standard's `waitWhile`. */
export type StationDelay = 'respWaitDelay' | 'reinitKeepAlive'

function failureOf(event: StationEvent): StationFailure {
  switch (event.type) {
    case 'rxResp':
      return { kind: 'response', response: event.response }
    case 'ecpFailed':
      return { kind: 'ecp-no-acknowledgement' }
    case 'portDown':
      return { kind: 'link-down' }
    case 'groupIdsEnded':
      return { kind: 'group-ids-not-agreed' }
    default:
      return { kind: 'no-response' }
  }
}

const waitFor = (delay: StationDelay) => ({ type: 'setWaitWhile', params: { delay } }) as const

/** Back to INIT after a refused keep-alive; the reason was given with `kept`. */
const abandon = {
  target: 'init',
  actions: ['clear', 'stopWaitWhile', { type: 'lost', params: { kind: 'keep-alive-refused' } }],
} as const

/** Back to INIT: nothing is in force any more, and `outcome` says why. */
const end = (outcome: 'failed' | 'lost') =>
  ({
    target: 'init',
    actions: [
      'clear',
      'stopWaitWhile',
      { type: outcome, params: ({ event }: { event: StationEvent }) => failureOf(event) },
    ],
  }) as const

/** A De-Associate is done whatever comes: an answer, silence, or an ECPDU that got nowhere. */
const release = {
  guard: 'isDeassociating',
  target: 'init',
  actions: ['clear', 'stopWaitWhile', 'released'],
} as const

/** The same ending on a dead port: a command that waits must not be started there. The engine keeps it. */
const onDeadPort = <Ending extends object, Actions extends readonly unknown[]>(
  ending: Ending & { readonly actions: Actions },
) => ({ ...ending, actions: ['clearNewCmd', ...ending.actions] as const })

export const stationMachine = setup({
  types: { context: {} as StationContext, events: {} as StationEvent },
  guards: {
    hasNewCmd: ({ context }) => context.newCmd !== null,
    isDeassociating: ({ context }) => context.sysCmd?.type === ASSOCIATION_TYPES.deassociate,
    isGranted: ({ event }) => event.type === 'rxResp' && event.response.verdict === 'granted',
    isDeassociated: ({ event }) => event.type === 'rxResp' && event.response.verdict === 'deassociated',
    isKeptAssociation: ({ context, event }) =>
      event.type === 'rxResp' &&
      event.response.verdict === 'kept' &&
      context.vsiState === 'associated' &&
      context.sysCmd?.type === ASSOCIATION_TYPES.associate,
    isKeptKeepAlive: ({ context, event }) =>
      event.type === 'rxResp' && event.response.verdict === 'kept' && context.vsiState === 'associated',
  },
  actions: {
    holdNewCmd: assign({
      newCmd: ({ context, event }) => (event.type === 'newCmd' ? event.command : context.newCmd),
    }),
    takeNewCmd: assign({ sysCmd: ({ context }) => context.newCmd, newCmd: null }),
    adopt: assign(({ context, event }) => {
      if (event.type !== 'rxResp' || context.sysCmd === null) return {}
      const operCmd = { ...context.sysCmd, filter: event.response.filter }
      return { operCmd, vsiState: stateAfter(operCmd.type), sysCmd: null }
    }),
    adoptFilter: assign(({ context, event }) => {
      if (event.type !== 'rxResp' || context.operCmd === null) return {}
      return { operCmd: { ...context.operCmd, filter: event.response.filter } }
    }),
    dropSysCmd: assign({ sysCmd: null }),
    clearNewCmd: assign({ newCmd: null }),
    clear: assign({ sysCmd: null, operCmd: null, vsiState: 'none' }),
    transmitSysCmd: () => {},
    transmitKeepAlive: () => {},
    transmitDeassociate: () => {},
    setWaitWhile: (_, _params: { readonly delay: StationDelay }) => {},
    stopWaitWhile: () => {},
    granted: () => {},
    kept: (_, _params: StationFailure) => {},
    released: () => {},
    failed: (_, _params: StationFailure) => {},
    lost: (_, _params: StationFailure) => {},
    keepAliveAnswered: () => {},
  },
}).createMachine({
  id: 'vdpStation',
  context: { newCmd: null, sysCmd: null, operCmd: null, vsiState: 'none' },
  initial: 'init',
  on: { newCmd: { actions: 'holdNewCmd' } },
  states: {
    init: {
      always: { guard: 'hasNewCmd', target: 'stationProcessing' },
    },
    stationProcessing: {
      entry: ['takeNewCmd', 'transmitSysCmd', waitFor('respWaitDelay')],
      on: {
        rxResp: [
          release,
          { guard: 'isGranted', target: 'waitSystemCmd', actions: ['adopt', 'granted'] },
          {
            guard: 'isKeptAssociation',
            target: 'waitSystemCmd',
            actions: ['dropSysCmd', { type: 'kept', params: ({ event }) => failureOf(event) }],
          },
          end('failed'),
        ],
        waitWhileExpired: [release, end('failed')],
        ecpFailed: [release, end('failed')],
        portDown: [onDeadPort(release), onDeadPort(end('failed'))],
      },
    },
    waitSystemCmd: {
      entry: waitFor('reinitKeepAlive'),
      always: { guard: 'hasNewCmd', target: 'stationProcessing' },
      on: {
        rxResp: { guard: 'isDeassociated', ...end('lost') },
        waitWhileExpired: 'transmitKeepAlive',
        refresh: 'transmitKeepAlive',
        groupIdsEnded: end('lost'),
        portDown: onDeadPort(end('lost')),
      },
    },
    transmitKeepAlive: {
      entry: ['transmitKeepAlive', waitFor('respWaitDelay')],
      on: {
        rxResp: [
          { guard: 'isGranted', target: 'waitSystemCmd', actions: ['adoptFilter', 'keepAliveAnswered'] },
          {
            guard: 'isKeptKeepAlive',
            target: 'transmitDeassoc',
            actions: { type: 'kept', params: ({ event }) => failureOf(event) },
          },
          end('lost'),
        ],
        waitWhileExpired: end('lost'),
        ecpFailed: end('lost'),
        portDown: onDeadPort(end('lost')),
      },
    },
    transmitDeassoc: {
      entry: ['transmitDeassociate', waitFor('respWaitDelay')],
      on: {
        rxResp: abandon,
        waitWhileExpired: abandon,
        ecpFailed: abandon,
        portDown: onDeadPort(abandon),
      },
    },
  },
})
