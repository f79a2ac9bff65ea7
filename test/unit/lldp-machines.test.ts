/** Every state and every action of the LLDP charts is reached: a target or an action that does not exist fails here. */
import { describe, expect, it } from 'vitest'
import { advance, initialSnapshot } from '../../protocol/engine/chart.ts'
import { type ReceiveEvent, receiveMachine } from '../../protocol/lldp/receive.machine.ts'
import { type TransmitEvent, transmitMachine } from '../../protocol/lldp/transmit.machine.ts'

const settings = { msgTxInterval: 30, msgFastTx: 1, txFastInit: 4, txCreditMax: 2, reinitDelay: 2 }

function transmit() {
  let state = initialSnapshot(transmitMachine)
  return (type: TransmitEvent['type'], allowed = true) => {
    const [next, actions] = advance(transmitMachine, state, { type, allowed, settings })
    state = next
    const asked = actions.map(({ type, params }) => {
      const seconds = (params as { seconds?: number } | undefined)?.seconds
      return seconds === undefined ? type : `${type} ${seconds}`
    })
    return { value: next.value, ...next.context, asked }
  }
}

describe('LLDP transmit machine', () => {
  it('initialises, transmits, counts credit', () => {
    const event = transmit()
    expect(event('portEnabled', false).value).toBe('txLldpInitialize')
    expect(event('adminStatusChanged')).toMatchObject({
      value: 'txIdle',
      txNow: true,
      txCredit: 2,
      asked: ['startTxTtr 30'],
    })
    expect(event('settled')).toMatchObject({
      txNow: false,
      txCredit: 1,
      asked: ['sendLldpdu', 'startTxTick'],
    })
    expect(event('settled').asked).toEqual([])
    expect(event('localChange').asked).toEqual(['startTxTtr 30'])
    expect(event('settled')).toMatchObject({ txCredit: 0, asked: ['sendLldpdu'] })
    event('localChange')
    expect(event('settled')).toMatchObject({ txNow: true, asked: [] })
    expect(event('txTick')).toMatchObject({ txCredit: 1, asked: ['startTxTick'] })
    expect(event('settled')).toMatchObject({ txCredit: 0, asked: ['sendLldpdu'] })
    event('txTick')
    expect(event('txTick')).toMatchObject({ txCredit: 2, asked: [] })
  })

  it('starts fast for a new neighbour, and not anew for a second one', () => {
    const event = transmit()
    event('portEnabled')
    expect(event('newNeighbor')).toMatchObject({ txFast: 3, asked: ['startTxTtr 1'] })
    expect(event('newNeighbor')).toMatchObject({ txFast: 2 })
    expect(event('txTtrExpired')).toMatchObject({ txFast: 1, asked: ['startTxTtr 1'] })
    expect(event('txTtrExpired')).toMatchObject({ txFast: 0, asked: ['startTxTtr 30'] })
    expect(event('txTtrExpired')).toMatchObject({ txFast: 0, asked: ['startTxTtr 30'] })
  })

  it('says goodbye, is silent, and starts over if it may', () => {
    const event = transmit()
    event('portEnabled')
    expect(event('adminStatusChanged', false)).toMatchObject({
      value: 'txShutdownFrame',
      asked: ['stopTxTtr', 'stopTxTick', 'sendShutdownLldpdu', 'startTxShutdownWhile 2'],
    })
    for (const type of ['adminStatusChanged', 'localChange', 'newNeighbor', 'settled'] as const) {
      expect(event(type)).toMatchObject({ value: 'txShutdownFrame', asked: [] })
    }
    expect(event('txShutdownWhileExpired', false).value).toBe('txLldpInitialize')
    event('adminStatusChanged')
    event('adminStatusChanged', false)
    expect(event('txShutdownWhileExpired')).toMatchObject({ value: 'txIdle', txNow: true })
    event('adminStatusChanged', false)
    expect(event('portDisabled')).toMatchObject({ value: 'txLldpInitialize', asked: ['stopTxShutdownWhile'] })
  })

  it('stops its timers when the port goes down', () => {
    const event = transmit()
    event('portEnabled')
    expect(event('portDisabled')).toMatchObject({
      value: 'txLldpInitialize',
      asked: ['stopTxTtr', 'stopTxTick'],
    })
  })
})

describe('LLDP receive machine', () => {
  function receive() {
    let state = initialSnapshot(receiveMachine)
    return (event: ReceiveEvent) => {
      const [next, actions] = advance(receiveMachine, state, event)
      state = next
      return { value: next.value, ...next.context, asked: actions.map(({ type }) => type) }
    }
  }
  const frame = (rxChanges: 'new' | 'changed' | 'unchanged' | 'no-room', rxTtl = 121): ReceiveEvent => ({
    type: 'frameReceived',
    frame: { badFrame: false, rxTtl, rxChanges },
  })
  const LEFT = ['deleteAllInfo', 'stopTooManyNeighborsTimer']

  it('waits for the port and for permission', () => {
    const event = receive()
    expect(event(frame('new')).asked).toEqual([])
    expect(event({ type: 'portEnabled', allowed: false }).value).toBe('rxLldpInitialize')
    expect(event(frame('new')).asked).toEqual([])
    expect(event({ type: 'adminStatusChanged', allowed: true }).value).toBe('rxWaitForFrame')
    expect(event({ type: 'adminStatusChanged', allowed: true }).asked).toEqual([])
    expect(event({ type: 'adminStatusChanged', allowed: false })).toMatchObject({
      value: 'rxLldpInitialize',
      asked: LEFT,
    })
    expect(event({ type: 'portDisabled' })).toMatchObject({ value: 'lldpWaitPortOperational', asked: [] })
    event({ type: 'portEnabled', allowed: true })
    expect(event({ type: 'portDisabled' })).toMatchObject({ value: 'lldpWaitPortOperational', asked: LEFT })
  })

  it('knows what each frame means', () => {
    const event = receive()
    event({ type: 'portEnabled', allowed: true })
    const bad = { badFrame: true, rxTtl: 0, rxChanges: 'new' } as const
    expect(event({ type: 'frameReceived', frame: bad }).asked).toEqual(['countBadFrame'])
    expect(event(frame('new', 0)).asked).toEqual(['deleteInfo'])
    expect(event(frame('no-room', 0)).asked).toEqual(['deleteInfo'])
    expect(event(frame('new')).asked).toEqual(['addInfo', 'startRxInfoTtl'])
    expect(event(frame('changed')).asked).toEqual(['updateInfo', 'startRxInfoTtl'])
    expect(event(frame('unchanged')).asked).toEqual(['confirmInfo', 'startRxInfoTtl'])
    expect(event({ type: 'rxInfoAge' }).asked).toEqual(['deleteAgedInfo'])
    expect(event(frame('no-room'))).toMatchObject({ tooManyNeighbors: true, asked: ['refuseNeighbor'] })
    expect(event({ type: 'tooManyNeighborsTimerExpired' }).tooManyNeighbors).toBe(false)
  })
})
