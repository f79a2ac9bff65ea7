/**
 * A station whose bridge says anything at any time: right answers, late ones, refusals of what is in force, a
 * De-Associate out of nothing, silence; while VSIs come and go and the link flaps. After every step nothing waits
 * without something that ends the wait; in the end everybody who asked was answered, once.
 */
import { expect, it } from 'vitest'
import type { VsiCommand } from '../../protocol/engine/input.ts'
import { describePort, listVsis } from '../../protocol/engine/step.ts'
import { encodeUlpdu } from '../../protocol/vdp/ulpdu.ts'
import { seededRandom } from '../../src/io/prng.ts'
import { findDisorder } from '../support/port-order.ts'
import { BRIDGE_MAC, TestPort } from '../support/test-port.ts'
import {
  ASSOC,
  command,
  configWith,
  DEASSOC,
  ecpAck,
  ecpRequest,
  keyOf,
  PRE,
  PRE_RR,
  tlv,
} from '../support/vdp.ts'
import { VirtualTime } from '../support/virtual-time.ts'

const SEEDS = Number(process.env.QBG_SIMULATION_SEEDS ?? 40)
const ACTS = 200
const VSIS = 3
/** RTE 10 (10 ms), RWD 15 (0.33 s), RKA 17 (1.31 s). */
const TIMES = { r: 3, rte: 10, rwd: 15, rka: 17 }
const KEEP_ALIVE = 1311
const SUCCESS = 0x40
const KEPT = 0x62
const ANSWERS = [SUCCESS, SUCCESS, SUCCESS, 0x42, KEPT, 0x52]

class Life {
  readonly time = new VirtualTime()
  readonly station: TestPort
  readonly tickets: number[] = []
  /** VSIs whose end was asked for last. */
  readonly #unwanted = new Set<string>()
  readonly #random: () => number
  #sequence = 0

  constructor(seed: number) {
    this.#random = seededRandom(seed)
    const pacing = this.#random() < 0.3 ? 'never' : 'auto'
    const config = configWith(TIMES, { pacing, retryDelay: 200, maxRetryDelay: 2000 })
    this.station = new TestPort({ role: 'station', time: this.time, config })
    this.station.linkUp()
  }

  act(): void {
    const vsi = 1 + Math.floor(this.#random() * VSIS)
    this.#pick<() => void>([
      () => this.#request(vsi),
      () => this.#request(vsi),
      () => this.#release(vsi),
      () => this.#acknowledge(),
      () => this.#acknowledge(),
      () => this.#acknowledge(),
      () => this.#answer(vsi, this.#pick(ANSWERS)),
      () => this.#answer(vsi, this.#pick(ANSWERS)),
      () => this.#answer(vsi, SUCCESS),
      () => this.#deassociate(vsi),
      () => this.#refuseKeepAlive(vsi),
      () => this.station.linkDown(),
      () => this.station.linkUp(),
      () => this.station.linkUp(),
      () => this.time.advance(this.#random() * 40),
      () => this.time.advance(this.#random() * 400),
      () => this.time.advance(KEEP_ALIVE),
    ])()
  }

  /** VSIs that are wanted although their end was asked for. */
  get comingBack(): string[] {
    const wanted = listVsis(this.station.state).filter((view) => view.wanted !== null)
    return wanted.map(({ vsi }) => vsi).filter((vsi) => this.#unwanted.has(vsi))
  }

  /** The bridge is gone for good: whatever waited is over. */
  end(): void {
    this.station.linkUp()
    this.time.advance(60_000)
  }

  #request(vsi: number, type = this.#pick([PRE, PRE_RR, ASSOC, ASSOC, ASSOC] as const)): void {
    const managerId = this.#pick(['0', '1']).repeat(32)
    const asked = command(vsi, { type, managerId, typeVersion: this.#pick([1, 2]) })
    this.#unwanted.delete(keyOf(vsi))
    this.tickets.push(this.station.request(asked))
  }

  #release(vsi: number): void {
    this.#unwanted.add(keyOf(vsi))
    this.tickets.push(this.station.release(keyOf(vsi)))
    if (this.#random() < 0.2) this.station.linkDown()
  }

  #acknowledge(): void {
    const { sequence } = describePort(this.station.state).ecp
    this.station.receive(ecpAck(BRIDGE_MAC, sequence))
  }

  #answer(vsi: number, status: number): void {
    const asked = this.#askedOfBridge(vsi)
    if (asked) this.#send(asked, status)
  }

  #deassociate(vsi: number): void {
    const asked = this.#askedOfBridge(vsi)
    if (asked) this.#send({ ...asked, type: DEASSOC }, this.#pick([0, 0, SUCCESS, 0x42]))
  }

  #askedOfBridge(vsi: number): VsiCommand | null {
    const { vdp } = this.station.state
    const context = vdp.role === 'station' ? vdp.table.vsis.get(keyOf(vsi))?.chart.context : undefined
    return context?.sysCmd ?? context?.operCmd ?? null
  }

  /** Keep, for a keep-alive; often with something new waiting behind it. */
  #refuseKeepAlive(vsi: number): void {
    this.#request(vsi, ASSOC)
    this.#letPass()
    this.#answer(vsi, SUCCESS)
    this.time.advance(KEEP_ALIVE)
    this.#letPass()
    if (this.#random() < 0.3) this.#request(vsi)
    this.#answer(vsi, KEPT)
    if (this.#random() < 0.7) this.#request(vsi)
    if (this.#random() < 0.3) this.station.linkDown()
  }

  /** What waits for an ECPDU is sent. */
  #letPass(): void {
    for (let ecpdu = 0; ecpdu < 2 * VSIS; ecpdu++) {
      this.#acknowledge()
      this.time.advance(20)
    }
  }

  #send(of: VsiCommand, status: number): void {
    const item = { association: tlv(of, status), organizational: [] }
    const sequence = ++this.#sequence
    this.station.receive(ecpRequest({ from: BRIDGE_MAC, sequence }, encodeUlpdu(of.managerId, [item])))
  }

  #pick<T>(choices: readonly T[]): T {
    return choices[Math.floor(this.#random() * choices.length)]!
  }
}

it.each(Array.from({ length: SEEDS }, (_, seed) => seed))('a lone station keeps order (seed %i)', (seed) => {
  const life = new Life(seed)
  for (let act = 0; act < ACTS; act++) {
    life.act()
    expect(findDisorder(life.station.state), `after act ${act}`).toEqual([])
    expect(life.comingBack, `after act ${act}`).toEqual([])
  }
  life.end()
  const { station, tickets } = life
  const answers = (ticket: number) => station.reports.filter((one) => one.tickets.includes(ticket)).length
  expect(tickets.filter((ticket) => answers(ticket) !== 1)).toEqual([])
  expect(listVsis(station.state).filter(({ state }) => state !== 'none')).toEqual([])
})
