import { pino } from 'pino'
import { expect, test } from 'vitest'
import type { Effect } from '../../protocol/engine/effect.ts'
import type { Input, VsiCommand } from '../../protocol/engine/input.ts'
import { DEFAULT_PORT_CONFIG } from '../../protocol/engine/port-config.ts'
import { listVsis, type PortState } from '../../protocol/engine/step.ts'
import { ETHERTYPE_ECP } from '../../protocol/wire/ethernet-frame.ts'
import { ZERO_MAC } from '../../protocol/wire/mac-address.ts'
import { MemoryLink } from '../../src/io/memory-port.ts'
import { Driver, type Engine, type StepObserver } from '../../src/runtime/driver.ts'
import { silentLog } from '../../src/runtime/log.ts'
import { VirtualClock } from '../../src/runtime/virtual-clock.ts'
import { testFrame } from '../support/frames.ts'
import { STATION_MAC } from '../support/test-port.ts'
import { command } from '../support/vdp.ts'

type Answer = (inputs: readonly Input[], now: number) => readonly Effect[]

/** A driver whose protocol is `answer`, with what it was given and when. */
function drive(answer: Answer, observer?: StepObserver) {
  const clock = new VirtualClock()
  const link = new MemoryLink({ clock, latency: 1 })
  const steps: { readonly at: number; readonly inputs: readonly Input[] }[] = []
  const engine: Engine = {
    createPort: (role) => ({ role }) as PortState,
    stepAll: (state, inputs, now) => {
      steps.push({ at: now, inputs })
      try {
        return { state, effects: answer(inputs, now), failures: [] }
      } catch (error) {
        return { state, effects: [], failures: [{ input: null, error }] }
      }
    },
  }
  const driver = new Driver({
    role: 'station',
    config: DEFAULT_PORT_CONFIG,
    port: link.ends[0],
    clock,
    log: silentLog,
    engine,
    ...(observer && { observer }),
  })
  driver.start()
  return { clock, driver, steps, peer: link.ends[1], near: link.ends[0] }
}

const up: Input = { type: 'link.changed', up: true, mac: ZERO_MAC }
const relayOn: Input = { type: 'relay.applied', enabled: true }
const shutdown: Input = { type: 'admin.shutdown' }

test('frames that arrive together are one step', () => {
  const { clock, steps, peer } = drive(() => [])
  peer.open({ onFrames: () => {} })
  const frames = [1, 2, 3].map((mark) => testFrame(ETHERTYPE_ECP, mark))
  for (const frame of frames) peer.send(frame)
  clock.advance(1)
  expect(steps).toEqual([{ at: 1, inputs: frames.map((octets) => ({ type: 'frame.received', octets })) }])
})

test('a timer runs from when it is armed, however long the step took: no frame is repeated early', () => {
  const { clock, driver, steps } = drive((inputs, now) => {
    if (inputs[0]?.type !== 'link.changed') return []
    clock.advance(40)
    return [{ type: 'timer.arm', timer: 'a', at: now + 100 }]
  })
  driver.submit(up)
  clock.advance(1000)
  expect(steps.map(({ at }) => at)).toEqual([0, 140])
})

test('effects are carried out in their order: frames, timers, counters, listeners', () => {
  const frame = testFrame(ETHERTYPE_ECP, 9)
  const { clock, driver, steps, peer } = drive(([input]) =>
    input?.type !== 'link.changed'
      ? []
      : [
          { type: 'timer.arm', timer: 'a', at: 10 },
          { type: 'timer.arm', timer: 'b', at: 10 },
          { type: 'timer.cancel', timer: 'a' },
          { type: 'frame.send', octets: frame },
          { type: 'counter.add', counter: 'EcpTxFrameCount', by: 2 },
          { type: 'relay.changed', active: true },
        ],
  )
  const frames: Uint8Array[] = []
  const heard: string[] = []
  peer.open({ onFrames: (batch) => frames.push(...batch) })
  driver.on('relay.changed', ({ active }) =>
    heard.push(`active ${active}, sent ${driver.port.counters.sent}`),
  )
  driver.submit(up)
  expect(heard).toEqual(['active true, sent 1'])
  expect(driver.counters.EcpTxFrameCount).toBe(2)
  expect(driver.armedTimers).toBe(1)
  clock.advance(10)
  expect(frames).toEqual([frame])
  expect(steps[1]).toEqual({ at: 10, inputs: [{ type: 'timer.expired', timer: 'b' }] })
})

test('what was put off is done before the next frame, and at the end of the step', () => {
  const frame: Effect = { type: 'frame.send', octets: testFrame(ETHERTYPE_ECP, 1) }
  const relay: Effect = { type: 'relay.changed', active: true }
  const { driver, near } = drive(() => [relay, frame, relay, relay])
  let putOff = 0
  const done: string[] = []
  driver.on('relay.changed', () => putOff++)
  driver.beforeFrames(() => {
    if (putOff > 0) done.push(`${putOff} with ${near.counters.sent} sent`)
    putOff = 0
  })
  driver.submit(up)
  expect(done).toEqual(['1 with 0 sent', '2 with 1 sent'])
})

test('what listeners submit waits for the effects at hand and is one step after them', () => {
  const { driver, steps, near } = drive(([input]) =>
    input?.type === 'link.changed'
      ? [
          { type: 'relay.set', enabled: true },
          { type: 'relay.set', enabled: false },
          { type: 'frame.send', octets: testFrame(ETHERTYPE_ECP, 1) },
        ]
      : [],
  )
  const sentAtListening: number[] = []
  driver.on('relay.set', ({ enabled }, self) => {
    sentAtListening.push(near.counters.sent)
    self.submit({ type: 'relay.applied', enabled })
    expect(steps).toHaveLength(1)
  })
  driver.submit(up)
  expect(steps.map(({ inputs }) => inputs)).toEqual([
    [up],
    [relayOn, { type: 'relay.applied', enabled: false }],
  ])
  expect(sentAtListening).toEqual([0, 0])
  expect(near.counters.sent).toBe(1)
})

test('a step that fails is counted and told to the observer, and the port goes on', () => {
  const failed: unknown[] = []
  const observer: StepObserver = {
    started: () => {},
    stepped: () => {},
    failed: (port, at, inputs, error) => failed.push([port, at, inputs, String(error)]),
  }
  const { driver } = drive(([input]) => {
    if (input?.type === 'link.changed') throw new Error('a bug')
    return [{ type: 'counter.add', counter: 'EcpRxFrameCount', by: 1 }]
  }, observer)
  driver.submit(up)
  driver.submit(relayOn)
  expect(driver.incidents).toEqual({ stepFailures: 1, listenerFailures: 0 })
  expect(failed).toEqual([['memory0', 0, [up], 'Error: a bug']])
  expect(driver.counters.EcpRxFrameCount).toBe(1)
})

test('a listener that throws costs neither the other listeners nor the effects behind', () => {
  const { driver } = drive(() => [
    { type: 'relay.changed', active: true },
    { type: 'timer.arm', timer: 'broken', at: Number.NaN },
    { type: 'counter.add', counter: 'EcpRxFrameCount', by: 1 },
  ])
  const heard: boolean[] = []
  driver.on('relay.changed', () => {
    throw new Error('a bug')
  })
  driver.on('relay.changed', ({ active }) => heard.push(active))
  driver.submit(up)
  expect(heard).toEqual([true])
  expect(driver.counters.EcpRxFrameCount).toBe(1)
  expect(driver.incidents).toEqual({ stepFailures: 0, listenerFailures: 2 })
})

test('a listener hears until it is ended', () => {
  const { driver } = drive(() => [{ type: 'relay.changed', active: true }])
  let heard = 0
  const end = driver.on('relay.changed', () => heard++)
  driver.submit(up)
  end()
  driver.submit(up)
  expect(heard).toBe(1)
})

test('stopping sends what the shutdown asks for, then closes; later inputs are refused', () => {
  const { clock, driver, steps, peer } = drive(([input]) =>
    input?.type === 'admin.shutdown'
      ? [{ type: 'frame.send', octets: testFrame(ETHERTYPE_ECP, 5) }]
      : [{ type: 'timer.arm', timer: 'a', at: 100 }],
  )
  const frames: Uint8Array[] = []
  peer.open({ onFrames: (batch) => frames.push(...batch) })
  driver.submit(up)
  driver.stop()
  driver.stop()
  expect(driver.submit(up)).toBe(false)
  clock.advance(1000)
  expect(frames).toHaveLength(1)
  expect(steps.map(({ inputs }) => inputs)).toEqual([[up], [shutdown]])
  expect(driver.armedTimers).toBe(0)
})

test('stopping from a listener waits for the effects at hand', () => {
  const { driver, near } = drive(([input]) =>
    input?.type === 'link.changed'
      ? [
          { type: 'relay.changed', active: false },
          { type: 'frame.send', octets: testFrame(ETHERTYPE_ECP, 1) },
        ]
      : [],
  )
  driver.on('relay.changed', (_effect, self) => self.stop())
  driver.submit(up)
  expect(near.counters).toMatchObject({ sent: 1, sendErrors: 0 })
  expect(driver.submit(up)).toBe(false)
})

test('a hundred thousand inputs at once are one step', () => {
  const { driver, steps } = drive(() => [])
  driver.submitAll(Array.from({ length: 100_000 }, () => relayOn))
  expect(steps).toHaveLength(1)
  expect(steps[0]?.inputs).toHaveLength(100_000)
})

test('an input that cannot even be rendered is logged and costs only itself', () => {
  const lines: string[] = []
  const log = pino({}, { write: (line: string) => void lines.push(line) })
  const link = new MemoryLink({ clock: new VirtualClock() })
  const driver = new Driver({
    role: 'station',
    config: DEFAULT_PORT_CONFIG,
    port: link.ends[0],
    clock: new VirtualClock(),
    log,
  })
  driver.start()
  driver.submit({ type: 'link.changed', up: true, mac: STATION_MAC })
  const broken = { ...command(), vsiId: undefined } as unknown as VsiCommand
  driver.submit({ type: 'vsi.requested', ticket: 1, command: broken })
  expect(lines.filter((line) => line.includes('a bug')).map((line) => JSON.parse(line).inputs)).toEqual([
    ['vsi.requested'],
  ])
  driver.submit({ type: 'vsi.requested', ticket: 2, command: command() })
  expect(listVsis(driver.state)).toHaveLength(1)
  expect(driver.incidents).toEqual({ stepFailures: 1, listenerFailures: 0 })
})

test('what breaks a step does not stop the driver', () => {
  let broken = true
  const { driver, steps } = drive(() => {
    const effects = broken ? null : []
    broken = false
    return effects as unknown as readonly Effect[] // an engine that is wrong beyond what is guarded
  })
  expect(() => driver.submit(up)).toThrow(TypeError)
  driver.submit(relayOn)
  expect(steps.map(({ inputs }) => inputs)).toEqual([[up], [relayOn]])
})
