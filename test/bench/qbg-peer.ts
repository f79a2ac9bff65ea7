/** qbg, built, as a process of its own at one end of the wire. */
import { type ChildProcess, spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { ControlClient } from '../../src/control/client.ts'
import type { Place } from './link.ts'
import { LiveHeap } from './live-heap.ts'
import { type BenchVsi, benchVsis, type Granted, pause, type StationPeer, until } from './peer.ts'

const MAIN = fileURLToPath(new URL('../../dist/src/cli/main.js', import.meta.url))
const PROBE = 0xffff_ff00
/** Requests that one call of the control API takes. */
const BATCH = 10_000

export class QbgPeer implements StationPeer {
  readonly program = 'qbg'
  readonly client: ControlClient
  readonly #heap: LiveHeap
  readonly #place: Place
  readonly #options: readonly string[]
  #process: ChildProcess | undefined
  #ended: Promise<void> = Promise.resolve()

  constructor(place: Place, options: readonly string[] = []) {
    this.#place = place
    this.#options = options
    this.#heap = new LiveHeap(place.role)
    this.client = new ControlClient(`/run/bench-${place.role}.sock`)
  }

  get role(): 'station' | 'bridge' {
    return this.#place.role
  }

  get pid(): number {
    return this.#process!.pid!
  }

  async start(): Promise<void> {
    const { role, iface, namespace } = this.#place
    const state = role === 'station' && !this.#options.includes('--state') ? ['--no-state'] : []
    const options = ['--control', this.client.path, '--log-level', 'error', ...state, ...this.#options]
    const argv = [process.execPath, ...this.#heap.nodeOptions, MAIN, role, iface, ...options]
    const [program, ...rest] = [...(namespace ? ['ip', 'netns', 'exec', namespace] : []), ...argv]
    const child = spawn(program!, rest, { stdio: ['ignore', 'pipe', 'inherit'] })
    this.#process = child
    this.#ended = new Promise((resolve) => child.once('close', () => resolve()))
    await new Promise<void>((resolve, reject) => {
      child.stdout.once('data', () => resolve())
      child.once('close', (status) => reject(new Error(`qbg ${role} ended with ${status}`)))
    })
  }

  async stop(signal: 'SIGTERM' | 'SIGKILL' = 'SIGTERM'): Promise<void> {
    this.#process?.kill(signal)
    this.#process = undefined
    await this.#ended
  }

  async untilReady(): Promise<void> {
    await until('EVB neighbour', async () => (await this.client.status()).ports[0]!.vdp.ready, 30)
    await pause(200)
    const { count } = await this.associate(benchVsis(PROBE, 1), 10)
    if (count !== 1) throw new Error('the probe is not associated')
  }

  async associate(vsis: readonly BenchVsi[], seconds: number): Promise<Granted> {
    const started = performance.now()
    let count = 0
    for (let from = 0; from < vsis.length; from += BATCH) {
      const requests = vsis.slice(from, from + BATCH).map(toRequest)
      const { answers } = await this.client.request({ requests, wait: seconds })
      count += answers.filter(({ ok }) => ok).length
    }
    return { count, elapsed: performance.now() - started }
  }

  /** Resolves when they are gone. */
  async release(vsis: readonly BenchVsi[]): Promise<void> {
    const requests = vsis.map(({ id }) => ({ mode: 'deassociate' as const, id }))
    await this.client.request({ requests, wait: 30 })
  }

  /** Octets that it holds on to. It stands still meanwhile. */
  liveHeap(): Promise<number> {
    return this.#heap.measure(this.pid)
  }

  async counts(): Promise<Readonly<Record<string, number>>> {
    return (await this.client.status()).ports[0]!.vdp.vsis
  }
}

function toRequest({ id, mac, vid }: BenchVsi) {
  return { mode: 'associate' as const, id, typeId: 5, typeVersion: 1, filter: [`${mac}/${vid}`] }
}
