/**
 * Reflective relay as an EVB station sees it. Source: 802.1Q-2018 §D.2.12.3, §D.2.12.4.
 * The standard has no state machine for this, only what RRSTAT has to say; the chart is the rule in that form.
 *
 *     RRSTAT        here           meaning
 *     3 (unknown)   noBridge       no EVB TLV of a bridge is held
 *     0             bridgeHeld     its RRCTR is 0
 *     1             relayActive    its RRCTR is 1: frames come back
 */
import { setup } from 'xstate'

export type EvbStationEvent =
  | { readonly type: 'bridgeTlv'; readonly rrctr: boolean }
  | { readonly type: 'bridgeLost' }

export const evbStationMachine = setup({
  types: { context: {} as Record<string, never>, events: {} as EvbStationEvent },
  guards: {
    isRelayOn: ({ event }) => event.type === 'bridgeTlv' && event.rrctr,
    isRelayOff: ({ event }) => event.type === 'bridgeTlv' && !event.rrctr,
  },
  actions: {
    reportRelayActive: () => {},
    reportRelayInactive: () => {},
  },
}).createMachine({
  id: 'evbStation',
  context: {},
  initial: 'noBridge',
  states: {
    noBridge: {
      on: { bridgeTlv: [{ guard: 'isRelayOn', target: 'relayActive' }, { target: 'bridgeHeld' }] },
    },
    bridgeHeld: {
      on: { bridgeTlv: { guard: 'isRelayOn', target: 'relayActive' }, bridgeLost: 'noBridge' },
    },
    relayActive: {
      entry: 'reportRelayActive',
      exit: 'reportRelayInactive',
      on: { bridgeTlv: { guard: 'isRelayOff', target: 'bridgeHeld' }, bridgeLost: 'noBridge' },
    },
  },
})
