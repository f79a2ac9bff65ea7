/**
 * ECP transmit machine: one ECPDU at a time, repeated until it is acknowledged. Source: 802.1Q-2018 §43.3.
 * It counts sequence numbers and retries; what is sent, and the queue behind it, belong to `engine/ecp-channel.ts`.
 *
 *     standard           here                why
 *     INIT_TRANSMIT      `restart` event     a transient state: it only resets and goes on
 *     WAIT_FOR_REQUEST   waitForRequest
 *     TRANSMIT_ECPDU     transmitEcpdu
 *     COUNT_ERRORS       `exhausted` action  a transient state
 *
 * The acknowledgement ends the wait at once, and an ECPDU is sent at most R + 1 times. `maxRetries` of an
 * `ackTimerExpired` event is the operating R of that moment (reference.md 4.5).
 */
import { assign, setup } from 'xstate'

export interface TransmitContext {
  /** Of the ECPDU sent last; the first one is 1, as lldpad has it. */
  readonly sequence: number
  /** Transmissions of the outstanding ECPDU so far. */
  readonly retries: number
}

export type TransmitEvent =
  | { readonly type: 'ecpduReady' }
  | { readonly type: 'ackReceived'; readonly sequence: number }
  | { readonly type: 'ackTimerExpired'; readonly maxRetries: number }
  /** `sequence`: the number before the next one. */
  | { readonly type: 'restart'; readonly sequence: number }

export const transmitMachine = setup({
  types: { context: {} as TransmitContext, events: {} as TransmitEvent },
  guards: {
    isOutstanding: ({ context, event }) =>
      event.type === 'ackReceived' && event.sequence === context.sequence,
    mayRetry: ({ context, event }) => event.type === 'ackTimerExpired' && context.retries <= event.maxRetries,
  },
  actions: {
    nextSequence: assign({ sequence: ({ context }) => (context.sequence + 1) % 0x10000, retries: 0 }),
    countTransmission: assign({ retries: ({ context }) => context.retries + 1 }),
    resetSequence: assign({
      sequence: ({ context, event }) => (event.type === 'restart' ? event.sequence : context.sequence),
      retries: 0,
    }),
    sendEcpdu: () => {},
    startAckTimer: () => {},
    stopAckTimer: () => {},
    delivered: () => {},
    exhausted: () => {},
    flush: () => {},
  },
}).createMachine({
  id: 'ecpTransmit',
  context: { sequence: 0, retries: 0 },
  initial: 'waitForRequest',
  on: { restart: { target: '.waitForRequest', actions: ['resetSequence', 'stopAckTimer', 'flush'] } },
  states: {
    waitForRequest: {
      on: { ecpduReady: { target: 'transmitEcpdu', actions: 'nextSequence' } },
    },
    transmitEcpdu: {
      entry: ['countTransmission', 'sendEcpdu', 'startAckTimer'],
      on: {
        ackReceived: {
          guard: 'isOutstanding',
          target: 'waitForRequest',
          actions: ['stopAckTimer', 'delivered'],
        },
        ackTimerExpired: [
          { guard: 'mayRetry', target: 'transmitEcpdu', reenter: true },
          { target: 'waitForRequest', actions: 'exhausted' },
        ],
      },
    },
  },
})
