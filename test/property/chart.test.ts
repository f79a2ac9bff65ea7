/** Every walk of every chart is the one that xstate itself takes: same states, same variables, same actions in the same order. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type AnyStateMachine, type EventFromLogic, setup, transition } from 'xstate'
import { receiveMachine as ecpReceive } from '../../protocol/ecp/receive.machine.ts'
import { transmitMachine as ecpTransmit } from '../../protocol/ecp/transmit.machine.ts'
import { advance, initialSnapshot } from '../../protocol/engine/chart.ts'
import { evbBridgeMachine } from '../../protocol/evb/bridge.machine.ts'
import { evbStationMachine } from '../../protocol/evb/station.machine.ts'
import { receiveMachine as lldpReceive } from '../../protocol/lldp/receive.machine.ts'
import { transmitMachine as lldpTransmit } from '../../protocol/lldp/transmit.machine.ts'
import { bridgeMachine } from '../../protocol/vdp/bridge.machine.ts'
import { stationMachine } from '../../protocol/vdp/station.machine.ts'
import { ASSOC, command, DEASSOC, PRE } from '../support/vdp.ts'

const RUNS = 300
const WALK = { minLength: 1, maxLength: 25 }

const boolean = fc.boolean()
const only = <Type extends string>(type: Type) => fc.constant({ type })
const commands = fc
  .record({ number: fc.constantFrom(1, 2), type: fc.constantFrom(PRE, ASSOC, ASSOC, DEASSOC) })
  .map(({ number, type }) => command(number, { type }))
const filters = commands.map(({ filter }) => filter)

const settings = fc.record({
  msgTxInterval: fc.constant(30),
  msgFastTx: fc.constant(1),
  txFastInit: fc.constantFrom(1, 4),
  txCreditMax: fc.constantFrom(1, 2, 5),
  reinitDelay: fc.constant(2),
})

const CHARTS = {
  'VDP station': walks(
    stationMachine,
    fc.oneof(
      { weight: 3, arbitrary: fc.record({ type: fc.constant('newCmd' as const), command: commands }) },
      {
        weight: 5,
        arbitrary: fc.record({
          type: fc.constant('rxResp' as const),
          response: fc.record({
            verdict: fc.constantFrom(
              'granted',
              'granted',
              'kept',
              'kept',
              'refused',
              'deassociated',
              'mismatch',
            ),
            filter: filters,
            error: fc.nat(7),
            hard: boolean,
          }),
        }),
      },
      {
        weight: 3,
        arbitrary: fc.constantFrom('waitWhileExpired', 'ecpFailed', 'refresh', 'refresh').map(typed),
      },
      { weight: 1, arbitrary: fc.constantFrom('groupIdsEnded', 'portDown').map(typed) },
    ),
    [{ type: 'newCmd', command: command() }, answered('granted'), { type: 'refresh' }, answered('kept')],
  ),
  'VDP bridge': walks(
    bridgeMachine,
    fc.oneof(
      { weight: 5, arbitrary: fc.record({ type: fc.constant('rxCmd' as const), command: commands }) },
      { weight: 5, arbitrary: fc.record({ type: fc.constant('granted' as const), filter: filters }) },
      {
        weight: 2,
        arbitrary: fc.record({
          type: fc.constant('refused' as const),
          refusal: fc.record({ error: fc.integer({ min: 1, max: 7 }), keep: boolean, hard: boolean }),
        }),
      },
      {
        weight: 2,
        arbitrary: fc.record({
          type: fc.constant('unusable' as const),
          outcome: fc.constantFrom('kept', 'kept', 'refused', 'released'),
        }),
      },
      { weight: 1, arbitrary: fc.constantFrom('waitWhileExpired', 'bridgeExit', 'portDown').map(typed) },
    ),
  ),
  'ECP transmission': walks(
    ecpTransmit,
    fc.oneof(
      only('ecpduReady'),
      fc.record({ type: fc.constant('ackReceived' as const), sequence: fc.nat(4) }),
      fc.record({ type: fc.constant('ackTimerExpired' as const), maxRetries: fc.nat(2) }),
      fc.record({ type: fc.constant('restart' as const), sequence: fc.nat(3) }),
    ),
  ),
  'ECP reception': walks(
    ecpReceive,
    fc.oneof(
      fc.record({ type: fc.constant('requestReceived' as const), sequence: fc.nat(3) }),
      only('restart'),
    ),
  ),
  'EVB of a station': walks(
    evbStationMachine,
    fc.oneof(fc.record({ type: fc.constant('bridgeTlv' as const), rrctr: boolean }), only('bridgeLost')),
  ),
  'EVB of a bridge': walks(
    evbBridgeMachine,
    fc.oneof(
      fc.record({ type: fc.constant('stationTlv' as const), wanted: boolean }),
      fc.record({ type: fc.constant('relayApplied' as const), enabled: boolean }),
      only('stationLost'),
    ),
  ),
  'LLDP transmission': walks(
    lldpTransmit,
    fc.record({
      type: fc.constantFrom(
        'portDisabled',
        'portEnabled',
        'adminStatusChanged',
        'localChange',
        'newNeighbor',
        'txTtrExpired',
        'txTick',
        'txShutdownWhileExpired',
        'settled',
      ),
      allowed: fc.oneof(fc.constant(true), boolean),
      settings,
    }),
  ),
  'LLDP reception': walks(
    lldpReceive,
    fc.oneof(
      fc.record({ type: fc.constantFrom('portEnabled', 'adminStatusChanged'), allowed: boolean }),
      fc.record({
        type: fc.constant('frameReceived' as const),
        frame: fc.record({
          badFrame: boolean,
          rxTtl: fc.constantFrom(0, 120),
          rxChanges: fc.constantFrom('new', 'changed', 'unchanged', 'no-room'),
        }),
      }),
      fc.constantFrom('portDisabled', 'rxInfoAge', 'tooManyNeighborsTimerExpired').map(typed),
    ),
  ),
}

function answered(verdict: 'granted' | 'kept') {
  const response = { verdict, filter: command().filter, error: 0, hard: false }
  return { type: 'rxResp' as const, response }
}

function typed<Type extends string>(type: Type) {
  return { type }
}

interface Walks {
  /** Throws when some walk differs from xstate's; the states that were reached. */
  readonly compare: () => Set<string>
  readonly states: readonly string[]
}

/** `example` goes where few walks do. */
function walks<M extends AnyStateMachine>(
  machine: M,
  events: fc.Arbitrary<EventFromLogic<M>>,
  example: EventFromLogic<M>[] = [],
): Walks {
  const compare = () => {
    const reached = new Set<string>()
    fc.assert(
      fc.property(fc.array(events, WALK), (walk) => {
        let ours = initialSnapshot(machine)
        for (const event of walk) {
          const { status, ...theirs } = byXstate(machine, ours, event)
          const [next, asked] = advance(machine, ours, event)
          expect({ ...next, asked }).toEqual(theirs)
          ours = next
          reached.add(next.value)
          if (status === 'done') return // nothing happens to a chart that is over
        }
      }),
      { numRuns: RUNS, examples: [[example]] },
    )
    return reached
  }
  return { compare, states: Object.keys(machine.root.states) }
}

function byXstate(machine: AnyStateMachine, state: { value: string; context: unknown }, event: object) {
  const [{ value, context, status }, actions] = transition(
    machine,
    machine.resolveState(state),
    event as never,
  )
  return { status, value, context, asked: actions.map(({ type, params }) => ({ type, params })) }
}

describe('as xstate walks it', () => {
  for (const [name, { compare, states }] of Object.entries(CHARTS)) {
    test(`${name}, and every state is reached`, () => {
      const reached = compare()
      expect(states.filter((state) => !reached.has(state))).toEqual([])
    })
  }
})

test('a state that is its own target is left and entered anew only when that is said', () => {
  const actions = { left: () => {}, entered: () => {}, went: () => {} }
  const machine = setup({ actions }).createMachine({
    initial: 'here',
    on: { root: { target: '.here', actions: 'went' } },
    states: {
      here: {
        entry: 'entered',
        exit: 'left',
        on: {
          stay: { target: 'here', actions: 'went' },
          anew: { target: 'here', reenter: true, actions: 'went' },
        },
      },
    },
  })
  for (const type of ['stay', 'anew', 'root', 'unknown']) {
    const { status: _, ...theirs } = byXstate(machine, { value: 'here', context: {} }, { type })
    const [next, asked] = advance(machine, { value: 'here', context: {} }, { type })
    expect({ ...next, asked }).toEqual(theirs)
  }
})

test('a chart with what charts here do not have is refused, not walked differently', () => {
  const nested = setup({}).createMachine({
    initial: 'a',
    states: { a: { initial: 'b', states: { b: {} } } },
  })
  const delayed = setup({}).createMachine({ initial: 'a', states: { a: { after: { 10: 'b' } }, b: {} } })
  const inline = setup({}).createMachine({ initial: 'a', states: { a: { entry: () => {} } } })
  const anyEvent = setup({}).createMachine({ initial: 'a', states: { a: { on: { '*': 'b' } }, b: {} } })
  for (const machine of [nested, delayed, inline, anyEvent]) {
    expect(() => advance(machine, { value: 'a', context: {} }, { type: 'e' } as never)).toThrow(TypeError)
  }
})
