/**
 * Owns one port of the protocol: turns what happens (frames, timers, link changes, commands) into inputs, and the
 * effects of each step into deeds, in their order. It decides nothing itself; policy listens and submits.
 *
 * Never re-entered: what is submitted while effects are carried out waits, and runs as one batch after them.
 * A step reports what it could not do with an input, and a listener may throw: bugs in qbg. They are logged with
 * what led to them and counted, and the port goes on.
 */
import { type CounterName, type Counters, zeroCounters } from '../../protocol/engine/counters.ts'
import type { Effect, TimerId } from '../../protocol/engine/effect.ts'
import type { Input } from '../../protocol/engine/input.ts'
import type { PortConfig } from '../../protocol/engine/port-config.ts'
import { createPort, type PortState, stepAll } from '../../protocol/engine/step.ts'
import type { Role } from '../../protocol/engine/view.ts'
import { renderInput } from '../../protocol/trace/render.ts'
import type { FramePort } from '../io/frame-port.ts'
import type { Clock } from './clock.ts'
import type { Log } from './log.ts'
import type { OperationalError } from './operational-error.ts'
import { TimerQueue } from './timer-queue.ts'

/** The effects that are somebody else's to carry out; the driver sees to the others. */
export type HeardEffect = Exclude<
  Effect,
  { readonly type: 'frame.send' | 'timer.arm' | 'timer.cancel' | 'counter.add' }
>
export type Listener<Type extends HeardEffect['type']> = (
  effect: Extract<HeardEffect, { readonly type: Type }>,
  driver: Driver,
) => void

/** Sees every step; the recorder is one. Times are those of the driver's clock. */
export interface StepObserver {
  started(port: string, at: number, role: Role, config: PortConfig): void
  stepped(port: string, at: number, inputs: readonly Input[], effects: readonly Effect[]): void
  failed(port: string, at: number, inputs: readonly Input[], error: unknown): void
}

/** The protocol behind the boundary; a test may put another in its place. */
export interface Engine {
  readonly createPort: (role: Role, config: PortConfig) => PortState
  readonly stepAll: typeof stepAll
}

export interface DriverOptions {
  readonly role: Role
  readonly config: PortConfig
  readonly port: FramePort
  readonly clock: Clock
  readonly log: Log
  readonly observer?: StepObserver
  /** The frame port cannot do its work for now; it is logged in any case. */
  readonly onProblem?: (error: OperationalError) => void
  readonly engine?: Engine
}

/** What should not happen, counted. */
export interface Incidents {
  /** Steps that threw: bugs in the protocol. */
  readonly stepFailures: number
  /** Listeners and observers that threw: bugs in what listens. */
  readonly listenerFailures: number
}

type AnyListener = (effect: HeardEffect, driver: Driver) => void
type Phase = 'idle' | 'running' | 'stopped'

export class Driver {
  readonly name: string
  readonly role: Role
  readonly #options: DriverOptions
  readonly #engine: Engine
  readonly #timers: TimerQueue<TimerId>
  readonly #listeners = new Map<HeardEffect['type'], Set<AnyListener>>()
  readonly #hooks: (() => void)[] = []
  readonly #counters = zeroCounters()
  readonly #incidents = { stepFailures: 0, listenerFailures: 0 }
  readonly #problems = new Map<string, { readonly error: OperationalError; readonly at: number }>()
  #state: PortState
  #queue: Input[] = []
  #stepping = false
  #phase: Phase = 'idle'

  constructor(options: DriverOptions) {
    this.name = options.port.name
    this.role = options.role
    this.#options = options
    this.#engine = options.engine ?? { createPort, stepAll }
    this.#timers = new TimerQueue(options.clock, (due) => this.submitAll(due.map(expired)))
    this.#state = this.#engine.createPort(options.role, options.config)
  }

  /** For `describePort` and its like; to be read, not kept: steps change it in place. */
  get state(): PortState {
    return this.#state
  }

  get counters(): Counters {
    return this.#counters
  }

  get incidents(): Incidents {
    return this.#incidents
  }

  /** What the frame port could not do in the last `milliseconds`; it tells the same thing every ten seconds at most. */
  recentProblems(milliseconds: number): OperationalError[] {
    const since = this.#options.clock.now() - milliseconds
    return [...this.#problems.values()].flatMap(({ error, at }) => (at >= since ? [error] : []))
  }

  get port(): FramePort {
    return this.#options.port
  }

  /** Timers armed now. */
  get armedTimers(): number {
    return this.#timers.size
  }

  /** Calls `listener` for every effect of that type, in the order of registration. Returns what ends it. */
  on<Type extends HeardEffect['type']>(type: Type, listener: Listener<Type>): () => void {
    const listeners = this.#listeners.get(type) ?? new Set()
    this.#listeners.set(type, listeners)
    listeners.add(listener as unknown as AnyListener)
    return () => listeners.delete(listener as unknown as AnyListener)
  }

  /**
   * Calls `hook` before every frame that is sent, and after the effects of every step: what listeners have put off, to
   * do it together, is done by then.
   */
  beforeFrames(hook: () => void): void {
    this.#hooks.push(hook)
  }

  /** Opens the frame port. Throws OperationalError when that fails; it can be tried again. */
  start(): void {
    if (this.#phase !== 'idle') return
    const { port, clock, role, config, observer, log, onProblem } = this.#options
    this.#guard('observer', () => observer?.started(this.name, clock.now(), role, config))
    port.open({
      onFrames: (batch) => this.submitAll(batch.map(received)),
      onProblem: (error) => {
        this.#problems.set(error.code, { error, at: clock.now() })
        log.warn({ port: this.name, code: error.code, err: error }, error.message)
        this.#guard('onProblem', () => onProblem?.(error))
      },
    })
    this.#phase = 'running'
  }

  /**
   * Feeds inputs of the same moment as one step. At once, or, when called from a listener, after the effects at
   * hand. False when the driver has been stopped and nothing will come of it.
   */
  submit(...inputs: readonly Input[]): boolean {
    return this.submitAll(inputs)
  }

  /** The same for a list of any length. */
  submitAll(inputs: readonly Input[]): boolean {
    if (this.#phase === 'stopped') return false
    for (const input of inputs) this.#queue.push(input)
    this.#run()
    return true
  }

  /** Leaves in order: `admin.shutdown`, its effects, then the frame port is closed. `quiet`: see there. */
  stop(quiet = false): void {
    if (!this.submit({ type: 'admin.shutdown', ...(quiet && { quiet }) })) return
    this.#phase = 'stopped'
    if (!this.#stepping) this.#close()
  }

  #run(): void {
    if (this.#stepping) return
    this.#stepping = true
    try {
      this.#timers.batch(() => {
        while (this.#queue.length > 0) {
          const batch = this.#queue
          this.#queue = []
          this.#step(batch)
        }
      })
    } finally {
      this.#stepping = false
    }
    if (this.#phase === 'stopped') this.#close()
  }

  #close(): void {
    this.#timers.clear()
    this.#options.port.close()
  }

  #step(inputs: readonly Input[]): void {
    const now = this.#options.clock.now()
    const { state, effects, failures } = this.#engine.stepAll(this.#state, inputs, now)
    this.#state = state
    for (const { input, error } of failures) this.#stepFailed(input === null ? inputs : [input], now, error)
    const { observer } = this.#options
    if (observer) this.#guard('observer', () => observer.stepped(this.name, now, inputs, effects))
    for (const effect of effects) this.#carryOut(effect, now)
    this.#callHooks()
  }

  #callHooks(): void {
    for (const hook of this.#hooks) this.#guard('beforeFrames', hook)
  }

  /** Guarded, so that one effect that cannot be carried out (a timer for NaN) does not cost the others. */
  #carryOut(effect: Effect, stepped: number): void {
    this.#guard(effect.type, () => {
      switch (effect.type) {
        case 'frame.send':
          this.#callHooks()
          this.#options.port.send(effect.octets)
          break
        case 'timer.arm':
          // A delay runs from the frame on the wire, which a busy machine sends later than the step was taken.
          this.#timers.arm(effect.timer, effect.at + (this.#options.clock.now() - stepped))
          break
        case 'timer.cancel':
          this.#timers.cancel(effect.timer)
          break
        case 'counter.add':
          this.#count(effect.counter, effect.by)
          break
        case 'peer.changed':
          this.#options.port.prefer?.(effect.peer?.mac ?? null)
          this.#tell(effect)
          break
        default:
          this.#tell(effect)
      }
    })
  }

  #count(counter: CounterName, by: number): void {
    this.#counters[counter] += by
  }

  #tell(effect: HeardEffect): void {
    const listeners = this.#listeners.get(effect.type)
    if (!listeners) return
    for (const listener of [...listeners]) this.#guard(effect.type, () => listener(effect, this))
  }

  #stepFailed(inputs: readonly Input[], at: number, err: unknown): void {
    this.#incidents.stepFailures++
    const { log, observer } = this.#options
    log.error(
      { port: this.name, at, inputs: inputs.map(describeInput), err },
      'a protocol step failed: a bug',
    )
    this.#guard('observer', () => observer?.failed(this.name, at, inputs, err))
  }

  #guard(what: string, call: () => void): void {
    try {
      call()
    } catch (err) {
      this.#incidents.listenerFailures++
      this.#options.log.error({ port: this.name, listener: what, err }, 'a listener failed: a bug')
    }
  }
}

/** What was wrong with an input may keep it from being rendered. */
function describeInput(input: Input): string {
  try {
    return renderInput(input)
  } catch {
    return input.type
  }
}

function received(octets: Uint8Array): Input {
  return { type: 'frame.received', octets }
}

function expired(timer: TimerId): Input {
  return { type: 'timer.expired', timer }
}
