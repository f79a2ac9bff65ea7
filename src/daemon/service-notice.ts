/**
 * Tells systemd, or whatever started the daemon like it, how it is: ready, in which state, alive, leaving. Source:
 * sd_notify(3), sd_watchdog_enabled(3).
 */
import { sendUnixDatagram } from '../io/unix-datagram.ts'
import type { Log } from '../runtime/log.ts'
import { describeError } from '../runtime/operational-error.ts'

/** How old the state that is told may be. Milliseconds. */
const STATUS_INTERVAL = 5000

export class ServiceNotice {
  readonly #path: string | undefined
  readonly #interval: number | undefined
  readonly #log: Log
  readonly #timers: NodeJS.Timeout[] = []
  #status = ''
  #deaf = false

  constructor(log: Log, environment: Readonly<Record<string, string | undefined>> = process.env) {
    const { NOTIFY_SOCKET, WATCHDOG_USEC, WATCHDOG_PID } = environment
    const ours = WATCHDOG_PID === undefined || WATCHDOG_PID === String(process.pid)
    const microseconds = ours ? Number(WATCHDOG_USEC) : Number.NaN
    this.#log = log
    this.#path = NOTIFY_SOCKET || undefined
    this.#interval = microseconds > 0 ? microseconds / 2000 : undefined
  }

  /** From now on the manager also hears the state, and that the event loop turns, when it wants to. */
  ready(status: () => string): void {
    if (this.#path === undefined) return
    this.#status = status()
    this.#tell('READY=1', `STATUS=${this.#status}`)
    this.#every(STATUS_INTERVAL, () => this.#tellStatus(status()))
    if (this.#interval !== undefined) this.#every(this.#interval, () => this.#tell('WATCHDOG=1'))
  }

  /** `milliseconds` that leaving may take. The watchdog goes on until `close`. */
  stopping(milliseconds: number): void {
    this.#tell('STOPPING=1', `EXTEND_TIMEOUT_USEC=${milliseconds * 1000}`)
  }

  close(): void {
    for (const timer of this.#timers.splice(0)) clearInterval(timer)
  }

  #every(milliseconds: number, what: () => void): void {
    this.#timers.push(setInterval(what, milliseconds).unref())
  }

  #tellStatus(status: string): void {
    if (status === this.#status) return
    this.#status = status
    this.#tell(`STATUS=${status}`)
  }

  #tell(...lines: readonly string[]): void {
    if (this.#path === undefined) return
    try {
      sendUnixDatagram(this.#path, lines.join('\n'))
      this.#deaf = false
    } catch (error) {
      if (!this.#deaf) this.#log.warn(`the service manager does not hear: ${describeError(error)}`)
      this.#deaf = true
    }
  }
}
