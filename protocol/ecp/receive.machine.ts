/**
 * ECP receive machine: acknowledges every request and delivers each once. Source: 802.1Q-2018 §43.3.
 * Only the sequence number delivered last is remembered; any other one is new.
 *
 *     standard        here                                     why
 *     RECEIVE_WAIT    receiveFirst, receiveWait                whether a first request is awaited is a state here
 *     RECEIVE_FIRST   leaving receiveFirst                     transient
 *     RECEIVE_ECPDU   the guard isDuplicate                    transient
 *     NEW_ECPDU       the action deliver                       transient
 *     SEND_ACK        the action sendAck                       transient; before delivery, so that no peer waits for VDP
 *
 * `restart` also when the LLDP neighbour is lost or found anew: a restarted peer may begin with the number we
 * remember (reference.md 4.4).
 */
import { assign, setup } from 'xstate'

export interface ReceiveContext {
  readonly lastSequence: number
}

export type ReceiveEvent =
  | { readonly type: 'requestReceived'; readonly sequence: number }
  | { readonly type: 'restart' }

export const receiveMachine = setup({
  types: { context: {} as ReceiveContext, events: {} as ReceiveEvent },
  guards: {
    isDuplicate: ({ context, event }) =>
      event.type === 'requestReceived' && event.sequence === context.lastSequence,
  },
  actions: {
    remember: assign(({ context, event }) => ({
      lastSequence: event.type === 'requestReceived' ? event.sequence : context.lastSequence,
    })),
    sendAck: () => {},
    deliver: () => {},
    countDuplicate: () => {},
  },
}).createMachine({
  id: 'ecpReceive',
  context: { lastSequence: 0 },
  initial: 'receiveFirst',
  on: { restart: '.receiveFirst' },
  states: {
    receiveFirst: {
      on: { requestReceived: { target: 'receiveWait', actions: ['remember', 'sendAck', 'deliver'] } },
    },
    receiveWait: {
      on: {
        requestReceived: [
          { guard: 'isDuplicate', actions: ['sendAck', 'countDuplicate'] },
          { actions: ['remember', 'sendAck', 'deliver'] },
        ],
      },
    },
  },
})
