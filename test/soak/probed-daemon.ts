/** A built qbg daemon as a process of its own that tells what it holds. */
import { type ChildProcess, spawn } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'
import { fileURLToPath } from 'node:url'
import { ControlClient } from '../../src/control/client.ts'

const MAIN = fileURLToPath(new URL('../../dist/src/cli/main.js', import.meta.url))
const PROBE = fileURLToPath(new URL('probe.mjs', import.meta.url))

/** Octets, numbers, milliseconds; memory after a garbage collection, delays of the event loop since the sample before. */
export interface Sample {
  readonly rss: number
  readonly heap: number
  readonly timers: number
  readonly delayP99: number
  readonly delayMax: number
  readonly descriptors: number
}

export interface DaemonPlace {
  readonly role: 'station' | 'bridge'
  readonly ifaces: readonly string[]
  /** Empty: that of this process. */
  readonly namespace: string
  readonly options?: readonly string[]
}

export class ProbedDaemon {
  readonly client: ControlClient
  readonly ended: Promise<number | null>
  readonly #child: ChildProcess
  readonly #waiting: ((line: string) => void)[] = []

  private constructor({ role, ifaces, namespace, options = [] }: DaemonPlace) {
    const control = `/run/soak-${role}.sock`
    this.client = new ControlClient(control)
    const state = role === 'station' && !options.includes('--state') ? ['--no-state'] : []
    const node = [process.execPath, '--expose-gc', '--import', PROBE, MAIN]
    const argv = [
      ...node,
      role,
      ...ifaces,
      '--control',
      control,
      '--log-level',
      'error',
      ...state,
      ...options,
    ]
    const [program = '', ...rest] = [...(namespace ? ['ip', 'netns', 'exec', namespace] : []), ...argv]
    this.#child = spawn(program, rest, { stdio: ['ignore', 'pipe', 'inherit', 'pipe'] })
    this.ended = new Promise((resolve) => this.#child.once('close', resolve))
    const lines = createInterface(this.#child.stdio[3] as Readable)
    lines.on('line', (line) => this.#waiting.shift()?.(line))
  }

  /** Resolves when it says that it is ready. */
  static async start(place: DaemonPlace): Promise<ProbedDaemon> {
    const daemon = new ProbedDaemon(place)
    await new Promise<void>((resolve, reject) => {
      daemon.#child.stdout!.once('data', () => resolve())
      void daemon.ended.then((status) => reject(new Error(`qbg ${place.role} ended with ${status}`)))
    })
    return daemon
  }

  async sample(): Promise<Sample> {
    const said = new Promise<string>((resolve, reject) => {
      this.#waiting.push(resolve)
      void this.ended.then((status) => reject(new Error(`the daemon ended with ${status}`)))
    })
    this.#child.kill('SIGUSR2')
    return { ...JSON.parse(await said), descriptors: readdirSync(`/proc/${this.#child.pid}/fd`).length }
  }

  /** The status it ended with. */
  async stop(signal: 'SIGTERM' | 'SIGKILL' = 'SIGTERM'): Promise<number | null> {
    this.#child.kill(signal)
    return this.ended
  }
}
