/** Every state and every action of the EVB charts is reached: a target or an action that does not exist fails here. */
import { describe, expect, it } from 'vitest'
import { advance, initialSnapshot } from '../../protocol/engine/chart.ts'
import { type EvbBridgeEvent, evbBridgeMachine } from '../../protocol/evb/bridge.machine.ts'
import { type EvbStationEvent, evbStationMachine } from '../../protocol/evb/station.machine.ts'

describe('EVB station machine', () => {
  it('follows RRCTR and the presence of a bridge', () => {
    let state = initialSnapshot(evbStationMachine)
    const event = (event: EvbStationEvent) => {
      const [next, actions] = advance(evbStationMachine, state, event)
      state = next
      return [next.value, ...actions.map(({ type }) => type)]
    }
    const tlv = (rrctr: boolean) => event({ type: 'bridgeTlv', rrctr })
    expect(tlv(false)).toEqual(['bridgeHeld'])
    expect(tlv(false)).toEqual(['bridgeHeld'])
    expect(tlv(true)).toEqual(['relayActive', 'reportRelayActive'])
    expect(tlv(true)).toEqual(['relayActive'])
    expect(tlv(false)).toEqual(['bridgeHeld', 'reportRelayInactive'])
    expect(event({ type: 'bridgeLost' })).toEqual(['noBridge'])
    expect(tlv(true)).toEqual(['relayActive', 'reportRelayActive'])
    expect(event({ type: 'bridgeLost' })).toEqual(['noBridge', 'reportRelayInactive'])
    expect(event({ type: 'bridgeLost' })).toEqual(['noBridge'])
  })
})

describe('EVB bridge machine', () => {
  function bridge() {
    let state = initialSnapshot(evbBridgeMachine)
    const event = (event: EvbBridgeEvent) => {
      const [next, actions] = advance(evbBridgeMachine, state, event)
      state = next
      return [next.value, ...actions.map(({ type }) => type)]
    }
    return {
      tlv: (wanted: boolean) => event({ type: 'stationTlv', wanted }),
      lost: () => event({ type: 'stationLost' }),
      applied: (enabled: boolean) => event({ type: 'relayApplied', enabled }),
    }
  }

  it('asks the data path before it grants, and tells it when it withdraws', () => {
    const { tlv, lost, applied } = bridge()
    expect(applied(false)).toEqual(['noStation'])
    expect(tlv(false)).toEqual(['stationHeld'])
    expect(tlv(true)).toEqual(['relayRequested', 'setRelayOn'])
    expect(tlv(true)).toEqual(['relayRequested'])
    expect(applied(true)).toEqual(['relayOn', 'reportRelayActive'])
    expect(applied(true)).toEqual(['relayOn'])
    expect(tlv(true)).toEqual(['relayOn'])
    expect(tlv(false)).toEqual(['stationHeld', 'reportRelayInactive', 'setRelayOff'])
    expect(applied(false)).toEqual(['stationHeld'])
    expect(lost()).toEqual(['noStation'])
    expect(tlv(true)).toEqual(['relayRequested', 'setRelayOn'])
    expect(lost()).toEqual(['noStation', 'setRelayOff'])
    tlv(true)
    applied(true)
    expect(lost()).toEqual(['noStation', 'reportRelayInactive', 'setRelayOff'])
  })

  it('a data path that turns frames round before anybody asked is told to stop', () => {
    const { applied } = bridge()
    expect(applied(true)).toEqual(['noStation', 'setRelayOff'])
    expect(applied(true)).toEqual(['noStation'])
    expect(applied(false)).toEqual(['noStation'])
    expect(applied(true)).toEqual(['noStation', 'setRelayOff'])
  })

  it('a data path that fails is not asked in a circle', () => {
    const { tlv, applied } = bridge()
    tlv(true)
    expect(applied(false)).toEqual(['relayRequested'])
    expect(applied(false)).toEqual(['relayRequested'])
    expect(applied(true)).toEqual(['relayOn', 'reportRelayActive'])
    expect(applied(false)).toEqual(['relayRequested', 'reportRelayInactive', 'setRelayOn'])
    expect(applied(false)).toEqual(['relayRequested'])
    tlv(false)
    expect(applied(true)).toEqual(['stationHeld', 'setRelayOff'])
    expect(applied(true)).toEqual(['stationHeld'])
  })
})
