/** VSIs that come, change, move between two ports and go, at a steady rate, while links flap. */
import { setTimeout as delay } from 'node:timers/promises'
import type { ControlClient } from '../../src/control/client.ts'
import type { VsiRequestsInput } from '../../src/control/schema/vsi-request.ts'
import { seededRandom } from '../../src/io/prng.ts'
import { STATION_PORTS, setLink } from './wire.ts'

type Request = VsiRequestsInput['requests'][number]
const POOL = 300
/** Acts a second. */
const RATE = 20
const FLAP_EVERY = 20_000
const FLAP_LENGTH = 300
const WAIT = 20

export interface Churned {
  acts: Record<'associate' | 'change' | 'deassociate' | 'migrate' | 'flap', number>
  answers: Record<string, number>
}

interface Vsi {
  port: string | undefined
  vid: number
}

export class Churn {
  readonly done: Churned = {
    acts: { associate: 0, change: 0, deassociate: 0, migrate: 0, flap: 0 },
    answers: {},
  }
  readonly #client: ControlClient
  readonly #random: () => number
  readonly #vsis = Array.from({ length: POOL }, (): Vsi => ({ port: undefined, vid: 100 }))
  readonly #pending = new Set<Promise<void>>()

  constructor(client: ControlClient, seed: number) {
    this.#client = client
    this.#random = seededRandom(seed)
  }

  /** Until `end`, a time of performance.now(). */
  async run(end: number): Promise<void> {
    let flap = performance.now() + FLAP_EVERY
    while (performance.now() < end) {
      this.#act()
      if (performance.now() >= flap) {
        flap += FLAP_EVERY
        await this.#flap()
      }
      await delay(1000 / RATE)
    }
    await Promise.all(this.#pending)
  }

  /** Ends every VSI on every port. */
  async clear(): Promise<void> {
    const all = STATION_PORTS.flatMap((port) => this.#vsis.map((_, number) => ({ number, port })))
    const requests = all.map(({ number, port }): Request => ({ mode: 'deassociate', id: idOf(number), port }))
    await this.#client.request({ requests, wait: WAIT })
  }

  #act(): void {
    const number = Math.floor(this.#random() * POOL)
    const vsi = this.#vsis[number]!
    const [here, there] =
      this.#random() < 0.5 ? STATION_PORTS : ([...STATION_PORTS].reverse() as [string, string])
    if (vsi.port === undefined) {
      vsi.port = here
      return this.#ask('associate', [request('associate', number, vsi.vid, here)])
    }
    const choice = this.#random()
    if (choice < 0.4) {
      vsi.vid = 100 + Math.floor(this.#random() * 50)
      return this.#ask('change', [request('associate', number, vsi.vid, vsi.port)])
    }
    if (choice < 0.7) {
      const { port } = vsi
      vsi.port = undefined
      return this.#ask('deassociate', [{ mode: 'deassociate', id: idOf(number), port }])
    }
    if (vsi.port === there) return
    vsi.port = there
    this.#ask(
      'migrate',
      [request('preassociate', number, vsi.vid, there)],
      [request('associate', number, vsi.vid, there)],
    )
  }

  async #flap(): Promise<void> {
    this.done.acts.flap++
    const port = STATION_PORTS[this.done.acts.flap % STATION_PORTS.length]!
    setLink(port, false)
    await delay(FLAP_LENGTH)
    setLink(port, true)
  }

  #ask(act: keyof Churned['acts'], ...batches: Request[][]): void {
    this.done.acts[act]++
    const asking = this.#answers(batches).finally(() => this.#pending.delete(asking))
    this.#pending.add(asking)
  }

  async #answers(batches: Request[][]): Promise<void> {
    for (const requests of batches) {
      const { answers } = await this.#client.request({ requests, wait: WAIT })
      for (const { outcome } of answers) this.done.answers[outcome] = (this.done.answers[outcome] ?? 0) + 1
    }
  }
}

const hex = (number: number) => number.toString(16).padStart(4, '0')

function idOf(number: number): string {
  return `6b9a54c4-7ad9-4c3a-8c5e-0a5f7b1f${hex(number)}`
}

function request(mode: 'associate' | 'preassociate', number: number, vid: number, port: string): Request {
  const mac = `52:54:00:00:${hex(number).slice(0, 2)}:${hex(number).slice(2)}`
  return { mode, id: idOf(number), typeId: 5, typeVersion: 1, filter: [`${mac}/${vid}`], port }
}
