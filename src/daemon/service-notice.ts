/**
 * Tells systemd, or whatever started the daemon like it, how it is: ready, leaving, alive. Source: sd_notify(3),
 * sd_watchdog_enabled(3).
 */
import { sendUnixDatagram } from '../io/unix-datagram.ts'
import type { Log } from '../runtime/log.ts'
import { describeError } from '../runtime/operational-error.ts'

export class ServiceNotice {
  readonly #path: string | undefined
  readonly #interval: number | undefined
  readonly #log: Log
  #watchdog: NodeJS.Timeout | undefined

  constructor(log: Log, environment: Readonly<Record<string, string | undefined>> = process.env) {
    const { NOTIFY_SOCKET, WATCHDOG_USEC, WATCHDOG_PID } = environment
    const ours = WATCHDOG_PID === undefined || WATCHDOG_PID === String(process.pid)
    const microseconds = ours ? Number(WATCHDOG_USEC) : Number.NaN
    this.#log = log
    this.#path = NOTIFY_SOCKET || undefined
    this.#interval = microseconds > 0 ? microseconds / 2000 : undefined
  }

  /** From now on the manager also hears that the event loop turns, when it wants to. */
  ready(status: string): void {
    this.#tell('READY=1', `STATUS=${status}`)
    if (this.#interval === undefined || this.#path === undefined) return
    this.#watchdog = setInterval(() => this.#tell('WATCHDOG=1'), this.#interval)
    this.#watchdog.unref()
  }

  status(text: string): void {
    this.#tell(`STATUS=${text}`)
  }

  /** `milliseconds` that leaving may take. */
  stopping(milliseconds: number): void {
    this.#tell('STOPPING=1', `EXTEND_TIMEOUT_USEC=${milliseconds * 1000}`)
  }

  close(): void {
    clearInterval(this.#watchdog)
  }

  #tell(...lines: readonly string[]): void {
    if (this.#path === undefined) return
    try {
      sendUnixDatagram(this.#path, lines.join('\n'))
    } catch (error) {
      this.#log.warn(`the service manager does not hear: ${describeError(error)}`)
    }
  }
}
