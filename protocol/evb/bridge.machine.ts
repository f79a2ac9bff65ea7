/**
 * Reflective relay as an EVB bridge grants it. Source: 802.1Q-2018 §D.2.12.3, §8.6.1.
 * The standard has no state machine for this, only the rule that RRCTR and the data path say the same; the chart
 * is the rule in that form: RRCTR is 1 only after the data path said that it turns frames round, and it is 0
 * before the data path is told to stop.
 *
 *     here             RRCTR   meaning
 *     noStation        0       no EVB TLV of a station is held
 *     stationHeld      0       it does not ask, or we cannot
 *     relayRequested   0       asked for, and the data path was told
 *     relayOn          1       the data path has said so
 */
import { assign, setup } from 'xstate'

export interface EvbBridgeContext {
  /** What the data path said last. */
  readonly applied: boolean
}

export type EvbBridgeEvent =
  /** `wanted`: RRREQ of the station and RRCAP of ours. */
  | { readonly type: 'stationTlv'; readonly wanted: boolean }
  | { readonly type: 'stationLost' }
  | { readonly type: 'relayApplied'; readonly enabled: boolean }

export const evbBridgeMachine = setup({
  types: { context: {} as EvbBridgeContext, events: {} as EvbBridgeEvent },
  guards: {
    isWanted: ({ event }) => event.type === 'stationTlv' && event.wanted,
    isUnwanted: ({ event }) => event.type === 'stationTlv' && !event.wanted,
    isApplied: ({ event }) => event.type === 'relayApplied' && event.enabled,
    isWithdrawn: ({ event }) => event.type === 'relayApplied' && !event.enabled,
    // Left on by somebody else. Only the first word counts: what cannot be switched off must not be asked for ever.
    isNewlyApplied: ({ context, event }) =>
      event.type === 'relayApplied' && event.enabled && !context.applied,
  },
  actions: {
    noteApplied: assign({ applied: ({ event }) => event.type === 'relayApplied' && event.enabled }),
    setRelayOn: () => {},
    setRelayOff: () => {},
    reportRelayActive: () => {},
    reportRelayInactive: () => {},
  },
}).createMachine({
  id: 'evbBridge',
  context: { applied: false },
  initial: 'noStation',
  states: {
    noStation: {
      on: {
        stationTlv: [{ guard: 'isWanted', target: 'relayRequested' }, { target: 'stationHeld' }],
        relayApplied: [
          { guard: 'isNewlyApplied', actions: ['noteApplied', 'setRelayOff'] },
          { actions: 'noteApplied' },
        ],
      },
    },
    stationHeld: {
      on: {
        stationTlv: { guard: 'isWanted', target: 'relayRequested' },
        stationLost: 'noStation',
        relayApplied: [
          { guard: 'isNewlyApplied', actions: ['noteApplied', 'setRelayOff'] },
          { actions: 'noteApplied' },
        ],
      },
    },
    relayRequested: {
      entry: 'setRelayOn',
      on: {
        stationTlv: { guard: 'isUnwanted', target: 'stationHeld', actions: 'setRelayOff' },
        stationLost: { target: 'noStation', actions: 'setRelayOff' },
        relayApplied: [
          { guard: 'isApplied', target: 'relayOn', actions: 'noteApplied' },
          { actions: 'noteApplied' },
        ],
      },
    },
    relayOn: {
      entry: 'reportRelayActive',
      exit: 'reportRelayInactive',
      on: {
        stationTlv: { guard: 'isUnwanted', target: 'stationHeld', actions: 'setRelayOff' },
        stationLost: { target: 'noStation', actions: 'setRelayOff' },
        // Somebody switched it off behind our back: ask once more.
        relayApplied: { guard: 'isWithdrawn', target: 'relayRequested', actions: 'noteApplied' },
      },
    },
  },
})
