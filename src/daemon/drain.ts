/** De-associates everything a station has at the switch, in bounded time: for a host that is taken away. */
import { describePort, listVsis } from '../../protocol/engine/step.ts'
import type { Clock } from '../runtime/clock.ts'
import type { AgentPort } from './agent-port.ts'

/** For the switch to answer when nobody says how long. Seconds. */
export const DRAIN_LIMIT = 10

export interface Drained {
  /** VSIs that the switch no longer holds. */
  readonly released: number
  /** VSIs it may still hold: it did not answer, or cannot be reached. It ends them when keep-alives stay away. */
  readonly left: number
}

/** Resolves when every VSI is answered for, after `limit` seconds at the latest. */
export async function drain(ports: readonly AgentPort[], limit: number, clock: Clock): Promise<Drained> {
  const releases = ports.map((port) => new Release(port))
  await withinSeconds(limit, Promise.all(releases.map((one) => one.finished)), clock)
  const sum = (count: (one: Release) => number) => releases.reduce((total, one) => total + count(one), 0)
  return { released: sum(({ released }) => released), left: sum(({ left }) => left) }
}

/** The VSIs of one port, all asked for at once, so that they share ECPDUs. */
class Release {
  readonly #port: AgentPort
  readonly #total: number
  readonly #failuresBefore: number
  #answers = 0
  #done = 0
  readonly finished: Promise<void>

  constructor(port: AgentPort) {
    const { driver } = port
    const vsis = listVsis(driver.state).map(({ vsi }) => vsi)
    this.#port = port
    this.#total = vsis.length
    this.#failuresBefore = driver.counters.EcpTxFailures
    const reachable = describePort(driver.state).vdp.ready && vsis.length > 0
    this.finished = reachable ? new Promise((resolve) => this.#ask(vsis, resolve)) : Promise.resolve()
  }

  /** A station is done with a VSI also when nobody acknowledges: then no VSI of the port is known to be gone. */
  get released(): number {
    return this.#port.driver.counters.EcpTxFailures === this.#failuresBefore ? this.#done : 0
  }

  get left(): number {
    return this.#total - this.released
  }

  #ask(vsis: readonly string[], resolve: () => void): void {
    const answer = ({ outcome }: { readonly outcome: string }) => {
      if (outcome === 'released') this.#done++
      this.#answers++
      if (this.#answers === this.#total) resolve()
    }
    const owner = (vsi: string) => this.#port.belonging(vsi)?.owner ?? 'cli'
    this.#port.ask(vsis.map((vsi) => ({ owner: owner(vsi), vsi, command: null, answer })))
  }
}

function withinSeconds(limit: number, done: Promise<unknown>, clock: Clock): Promise<void> {
  return new Promise((resolve) => {
    const end = clock.now() + limit * 1000
    let takeBack = () => {}
    const wait = () => {
      if (clock.now() >= end) resolve()
      else takeBack = clock.wakeAt(end, wait)
    }
    wait()
    void done.then(() => {
      takeBack()
      resolve()
    })
  })
}
