/**
 * When a daemon leaves, and how. SIGTERM and SIGINT end it, the second one at once; so does a request to drain. SIGHUP
 * ends one whose terminal is closed; without a terminal it means what it means to daemons: open the log file again.
 * SIGUSR1 means that in any case.
 */
import { constants } from 'node:os'
import { isatty } from 'node:tty'
import type { Clock } from '../runtime/clock.ts'
import type { AgentPort } from './agent-port.ts'
import { DRAIN_LIMIT, type Drained, drain } from './drain.ts'

export interface LeavingOptions {
  /** Drain on leaving, with this limit in seconds; `true`: the default one. */
  readonly drain: boolean | number | undefined
  readonly clock: Clock
  /** Somebody rotates logs. */
  readonly reopen: () => void
}

export class Leaving {
  readonly #options: LeavingOptions
  #limit: number | undefined
  #begin: () => void = () => {}
  #drained: (result: Drained) => void = () => {}
  readonly #result: Promise<Drained>
  /** Resolves when the daemon is to leave. */
  readonly wanted: Promise<void>

  constructor(options: LeavingOptions) {
    this.#options = options
    this.#limit = limitOf(options.drain)
    this.wanted = new Promise((resolve) => {
      this.#begin = resolve
    })
    this.#result = new Promise((resolve) => {
      this.#drained = resolve
    })
  }

  /** Seconds that leaving may take for the sake of the switch. */
  get limit(): number {
    return this.#limit ?? 0
  }

  /** From now on signals are heard. Returns what ends that. */
  listen(): () => void {
    const hasTerminal = [0, 1, 2].some((fd) => isatty(fd))
    const ends = hasTerminal ? (['SIGTERM', 'SIGINT', 'SIGHUP'] as const) : (['SIGTERM', 'SIGINT'] as const)
    let leaving = false
    const end = (signal: NodeJS.Signals) => {
      if (leaving) process.exit(128 + constants.signals[signal])
      leaving = true
      this.#begin()
    }
    for (const signal of ends) process.on(signal, end)
    if (!hasTerminal) process.on('SIGHUP', this.#options.reopen)
    process.on('SIGUSR1', this.#options.reopen)
    return () => {
      for (const signal of ends) process.off(signal, end)
      for (const signal of ['SIGHUP', 'SIGUSR1'] as const) process.off(signal, this.#options.reopen)
    }
  }

  /** Somebody asks the daemon to drain and leave. Resolves when it has drained. */
  drainAndLeave(): Promise<Drained> {
    this.#limit ??= DRAIN_LIMIT
    this.#begin()
    return this.#result
  }

  /** De-associates what the ports have, if that is wanted. Resolves in bounded time, with null when it is not. */
  async drain(ports: readonly AgentPort[]): Promise<Drained | null> {
    if (this.#limit === undefined) return null
    const result = await drain(ports, this.#limit, this.#options.clock)
    this.#drained(result)
    return result
  }
}

function limitOf(wanted: boolean | number | undefined): number | undefined {
  if (wanted === undefined || wanted === false) return undefined
  return wanted === true ? DRAIN_LIMIT : wanted
}
