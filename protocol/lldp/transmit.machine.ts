/**
 * LLDP transmit machine of one agent, with its timer machine. Source: 802.1AB-2016 §9.2.8, §9.2.10.
 * It says when to send; the LLDPDU and the timers belong to `engine/lldp-transmitter.ts`.
 *
 *     standard                here                     why
 *     TX_LLDP_INITIALIZE      txLldpInitialize         with TX_TIMER_INITIALIZE: both wait for the same thing
 *     TX_IDLE                 txIdle                   with TX_TIMER_IDLE
 *     TX_INFO_FRAME           `sendLldpdu` action      a transient state
 *     TX_SHUTDOWN_FRAME       txShutdownFrame
 *     TX_TIMER_EXPIRES        `countFast` action       a transient state
 *     TX_TICK                 `addCredit` action       a transient state; txTick comes only while credit is missing
 *     SIGNAL_TX               `signalTx`, `startTxTtr` a transient state
 *     TX_FAST_START           `startFast` action       a transient state
 *
 * txTTR is a one-shot timer here instead of a count of seconds. txNow is looked at when a step of the port has
 * settled, so that a new neighbour and the local change it causes share one LLDPDU.
 */
import { assign, setup } from 'xstate'

export interface TransmitContext {
  /** Fast LLDPDUs still to be sent. */
  readonly txFast: number
  /** LLDPDUs that may be sent right now. */
  readonly txCredit: number
  /** An LLDPDU is due. */
  readonly txNow: boolean
  /** A txTick is on its way: always while credit is missing. */
  readonly txTicking: boolean
}

/** Seconds, LLDPDUs and credits, from the agent's configuration at the time of the event. */
export interface TransmitSettings {
  readonly msgTxInterval: number
  readonly msgFastTx: number
  readonly txFastInit: number
  readonly txCreditMax: number
  readonly reinitDelay: number
}

export interface TransmitEvent {
  readonly type:
    | 'portDisabled'
    | 'portEnabled'
    | 'adminStatusChanged'
    | 'localChange'
    | 'newNeighbor'
    | 'txTtrExpired'
    | 'txTick'
    | 'txShutdownWhileExpired'
    /** The step of the port that may have asked for an LLDPDU is done. */
    | 'settled'
  /** adminStatus is enabledRxTx or enabledTxOnly. */
  readonly allowed: boolean
  readonly settings: TransmitSettings
}

const signal = ['signalTx', { type: 'startTxTtr', params: nextTransmission }] as const

export const transmitMachine = setup({
  types: { context: {} as TransmitContext, events: {} as TransmitEvent },
  guards: {
    isDueAndCreditFull: ({ context }) => context.txNow && context.txCredit > 0 && !context.txTicking,
    isDueAndCreditLeft: ({ context }) => context.txNow && context.txCredit > 0,
    isCreditMaxRaised: ({ context, event }) =>
      !context.txTicking && context.txCredit < event.settings.txCreditMax,
    isCreditMissing: ({ context, event }) => context.txCredit + 1 < event.settings.txCreditMax,
    isAllowed: ({ event }) => event.allowed,
    isForbidden: ({ event }) => !event.allowed,
  },
  actions: {
    initialize: assign({
      txFast: 0,
      txCredit: ({ event }) => event.settings.txCreditMax,
      txNow: false,
      txTicking: false,
    }),
    ticks: assign({ txTicking: true }),
    ticksNoMore: assign({ txTicking: false }),
    startFast: assign({
      txFast: ({ context, event }) => (context.txFast === 0 ? event.settings.txFastInit : context.txFast),
    }),
    countFast: assign({ txFast: ({ context }) => Math.max(0, context.txFast - 1) }),
    signalTx: assign({ txNow: true }),
    clearTxNow: assign({ txNow: false }),
    takeCredit: assign({
      txCredit: ({ context, event }) => Math.min(context.txCredit, event.settings.txCreditMax) - 1,
    }),
    addCredit: assign({
      txCredit: ({ context, event }) => Math.min(context.txCredit + 1, event.settings.txCreditMax),
    }),
    sendLldpdu: () => {},
    sendShutdownLldpdu: () => {},
    startTxTtr: (_, _params: { seconds: number }) => {},
    startTxTick: () => {},
    startTxShutdownWhile: (_, _params: { seconds: number }) => {},
    stopTxTtr: () => {},
    stopTxTick: () => {},
    stopTxShutdownWhile: () => {},
  },
}).createMachine({
  id: 'lldpTransmit',
  context: { txFast: 0, txCredit: 0, txNow: false, txTicking: false },
  initial: 'txLldpInitialize',
  on: { portDisabled: '.txLldpInitialize' },
  states: {
    txLldpInitialize: {
      on: {
        portEnabled: { guard: 'isAllowed', target: 'txIdle' },
        adminStatusChanged: { guard: 'isAllowed', target: 'txIdle' },
      },
    },
    txIdle: {
      // txTTR is 0 after initialisation: the first LLDPDU leaves at once.
      entry: ['initialize', ...signal],
      exit: ['stopTxTtr', 'stopTxTick'],
      on: {
        localChange: { actions: [...signal] },
        txTtrExpired: { actions: ['countFast', ...signal] },
        newNeighbor: { actions: ['startFast', 'countFast', ...signal] },
        txTick: [
          { guard: 'isCreditMissing', actions: ['addCredit', 'startTxTick'] },
          { actions: ['addCredit', 'ticksNoMore'] },
        ],
        settled: [
          {
            guard: 'isDueAndCreditFull',
            actions: ['clearTxNow', 'takeCredit', 'sendLldpdu', 'ticks', 'startTxTick'],
          },
          { guard: 'isDueAndCreditLeft', actions: ['clearTxNow', 'takeCredit', 'sendLldpdu'] },
        ],
        adminStatusChanged: [
          { guard: 'isForbidden', target: 'txShutdownFrame' },
          { guard: 'isCreditMaxRaised', actions: ['ticks', 'startTxTick'] },
        ],
      },
    },
    txShutdownFrame: {
      entry: [
        'sendShutdownLldpdu',
        {
          type: 'startTxShutdownWhile',
          params: ({ event }: { event: TransmitEvent }) => ({ seconds: event.settings.reinitDelay }),
        },
      ],
      exit: 'stopTxShutdownWhile',
      on: {
        txShutdownWhileExpired: [{ guard: 'isAllowed', target: 'txIdle' }, { target: 'txLldpInitialize' }],
      },
    },
  },
})

/** SIGNAL_TX: txTTR after this transmission. */
function nextTransmission({ context, event }: { context: TransmitContext; event: TransmitEvent }) {
  const { msgFastTx, msgTxInterval } = event.settings
  return { seconds: context.txFast > 0 ? msgFastTx : msgTxInterval }
}
