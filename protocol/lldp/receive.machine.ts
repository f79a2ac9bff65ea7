/**
 * LLDP receive machine of one agent. Source: 802.1AB-2016 §9.2.9, figure of the receive state machine.
 * It says what a frame or an expired age means; frames and table belong to `engine/lldp-receiver.ts`.
 *
 *     standard                      here                         why
 *     LLDP_WAIT_PORT_OPERATIONAL    lldpWaitPortOperational
 *     DELETE_AGED_INFO              -                            port down deletes all: nothing is left to age
 *     RX_LLDP_INITIALIZE            rxLldpInitialize             rests here only while adminStatus forbids reception
 *     RX_WAIT_FOR_FRAME             rxWaitForFrame
 *     RX_FRAME                      guards of `frameReceived`    a transient state
 *     UPDATE_INFO                   `addInfo`, `updateInfo`      a transient state; a new neighbour is told apart
 *     DELETE_INFO                   `deleteInfo` action          a transient state
 *
 * rxInfoTTL is one one-shot timer for each neighbour; `noRoom` is the branch of §9.2.7.7.5.
 */
import { assign, setup } from 'xstate'

export interface ReceiveContext {
  readonly tooManyNeighbors: boolean
}

/** What rxProcessFrame found out about an LLDPDU. */
export interface RxFrame {
  readonly badFrame: boolean
  /** Seconds; 0 for a shutdown LLDPDU. */
  readonly rxTtl: number
  /** Of the sender's MSAP identifier. */
  readonly rxChanges: 'new' | 'changed' | 'unchanged' | 'no-room'
}

export type ReceiveEvent =
  | { readonly type: 'portDisabled' }
  /** `allowed`: adminStatus is enabledRxTx or enabledRxOnly. */
  | { readonly type: 'portEnabled' | 'adminStatusChanged'; readonly allowed: boolean }
  | { readonly type: 'frameReceived'; readonly frame: RxFrame }
  | { readonly type: 'rxInfoAge' }
  | { readonly type: 'tooManyNeighborsTimerExpired' }

export const receiveMachine = setup({
  types: { context: {} as ReceiveContext, events: {} as ReceiveEvent },
  guards: {
    isAllowed: ({ event }) => 'allowed' in event && event.allowed,
    isForbidden: ({ event }) => 'allowed' in event && !event.allowed,
    isBadFrame: ({ event }) => event.type === 'frameReceived' && event.frame.badFrame,
    isShutdown: ({ event }) => event.type === 'frameReceived' && event.frame.rxTtl === 0,
    isNoRoom: ({ event }) => event.type === 'frameReceived' && event.frame.rxChanges === 'no-room',
    isNewNeighbor: ({ event }) => event.type === 'frameReceived' && event.frame.rxChanges === 'new',
    isChanged: ({ event }) => event.type === 'frameReceived' && event.frame.rxChanges === 'changed',
  },
  actions: {
    setTooManyNeighbors: assign({ tooManyNeighbors: true }),
    clearTooManyNeighbors: assign({ tooManyNeighbors: false }),
    countBadFrame: () => {},
    deleteAllInfo: () => {},
    deleteInfo: () => {},
    deleteAgedInfo: () => {},
    addInfo: () => {},
    updateInfo: () => {},
    confirmInfo: () => {},
    startRxInfoTtl: () => {},
    refuseNeighbor: () => {},
    stopTooManyNeighborsTimer: () => {},
  },
}).createMachine({
  id: 'lldpReceive',
  context: { tooManyNeighbors: false },
  initial: 'lldpWaitPortOperational',
  on: { portDisabled: '.lldpWaitPortOperational' },
  states: {
    lldpWaitPortOperational: {
      on: {
        portEnabled: [{ guard: 'isAllowed', target: 'rxWaitForFrame' }, { target: 'rxLldpInitialize' }],
      },
    },
    rxLldpInitialize: {
      on: { adminStatusChanged: { guard: 'isAllowed', target: 'rxWaitForFrame' } },
    },
    rxWaitForFrame: {
      exit: ['deleteAllInfo', 'clearTooManyNeighbors', 'stopTooManyNeighborsTimer'],
      on: {
        adminStatusChanged: { guard: 'isForbidden', target: 'rxLldpInitialize' },
        rxInfoAge: { actions: 'deleteAgedInfo' },
        tooManyNeighborsTimerExpired: { actions: 'clearTooManyNeighbors' },
        frameReceived: [
          { guard: 'isBadFrame', actions: 'countBadFrame' },
          { guard: 'isShutdown', actions: 'deleteInfo' },
          { guard: 'isNoRoom', actions: ['setTooManyNeighbors', 'refuseNeighbor'] },
          { guard: 'isNewNeighbor', actions: ['addInfo', 'startRxInfoTtl'] },
          { guard: 'isChanged', actions: ['updateInfo', 'startRxInfoTtl'] },
          { actions: ['confirmInfo', 'startRxInfoTtl'] },
        ],
      },
    },
  },
})
