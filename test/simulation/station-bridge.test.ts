/**
 * A station and a bridge on a bad wire: loss, duplication, reordering, corruption, flaps and restarts, while VSIs come
 * and go. Whatever happened, once the wire is good and quiet for the longest timer, both sides agree, everybody who
 * asked was answered, and nothing is left waiting.
 */
import { describe, expect, it } from 'vitest'
import { describePort, listVsis } from '../../protocol/engine/step.ts'
import { seededRandom } from '../../src/io/prng.ts'
import { findDisorder } from '../support/port-order.ts'
import { BRIDGE_MAC, TestPort } from '../support/test-port.ts'
import { command, configWith, keyOf, PRE, PRE_RR } from '../support/vdp.ts'
import { VirtualTime } from '../support/virtual-time.ts'

/** RTE 10 (10 ms), RWD 15 (0.33 s), RKA 17 (1.3 s): toutKeepAlive 2.1 s. */
const CONFIG = configWith(
  { r: 3, rte: 10, rwd: 15, rka: 17 },
  { requireEvbBridge: true, retryDelay: 200, maxRetryDelay: 2000 },
)
const VSIS = 12
const SEEDS = Number(process.env.QBG_SIMULATION_SEEDS ?? 40)

class World {
  readonly time = new VirtualTime()
  readonly station = new TestPort({ role: 'station', time: this.time, config: CONFIG })
  bridge: TestPort
  readonly tickets: number[] = []
  /** Probability of each fault. */
  badness = 0
  private frames = 0
  private readonly random: () => number

  constructor(seed: number) {
    this.random = seededRandom(seed)
    this.bridge = this.newBridge()
    this.station.transmit = (octets) => this.carry(octets, (frame) => this.bridge.receive(frame))
    this.station.linkUp()
  }

  /** A bridge as after a reboot: it knows nothing. */
  newBridge(): TestPort {
    const bridge = new TestPort({ role: 'bridge', time: this.time, config: CONFIG })
    bridge.transmit = (octets) =>
      this.carry(octets, (frame) => {
        if (bridge === this.bridge) this.station.receive(frame)
      })
    bridge.linkUp()
    return bridge
  }

  restartBridge(): void {
    const dead = this.bridge
    dead.transmit = () => {}
    for (const [id] of this.time.armed()) if (id.startsWith(`bridge ${BRIDGE_MAC}`)) this.time.cancel(id)
    this.bridge = this.newBridge()
  }

  flap(): void {
    this.station.linkDown()
    this.bridge.linkDown()
    this.time.advance(this.below(500))
    this.station.linkUp()
    this.bridge.linkUp()
  }

  /** One thing happens, then some time passes. */
  act(): void {
    const vsi = 1 + this.below(VSIS)
    switch (this.below(12)) {
      case 0:
        return this.restartBridge()
      case 1:
        return this.flap()
      case 2:
      case 3:
        this.tickets.push(this.station.release(keyOf(vsi)))
        return
      case 4:
        return this.bridge.input({ type: 'vsi.withdrawn', vsi: keyOf(vsi) })
      case 5:
        this.tickets.push(this.station.request(command(vsi, { type: PRE })))
        return
      case 6:
        this.tickets.push(this.station.request(command(vsi, { type: PRE_RR })))
        return
      default:
        this.tickets.push(this.station.request(command(vsi, { typeId: 1 + this.below(3) })))
    }
  }

  below(limit: number): number {
    return Math.floor(this.random() * limit)
  }

  private carry(octets: Uint8Array, deliver: (octets: Uint8Array) => void): void {
    if (this.random() < this.badness) return
    const copies = this.random() < this.badness ? 2 : 1
    for (let copy = 0; copy < copies; copy++) {
      const late = this.random() < this.badness ? this.random() * 30 : 0
      const frame = octets.slice()
      if (this.random() < this.badness / 4) frame[14 + this.below(frame.length - 14)]! ^= 1 << this.below(8)
      this.time.arm(`wire ${this.frames++}`, this.time.now + 0.05 + late, () => deliver(frame))
    }
  }
}

function inOrder({ station, bridge }: World): void {
  expect([station, bridge].flatMap(({ state }) => findDisorder(state))).toEqual([])
}

function agree(world: World): void {
  const associated = (port: TestPort) =>
    listVsis(port.state)
      .filter(({ state }) => state !== 'none')
      .map(({ vsi, state, command: { filter, typeId } }) => ({ vsi, state, filter, typeId }))
      .sort((a, b) => (a.vsi < b.vsi ? -1 : 1))
  expect(associated(world.station)).toEqual(associated(world.bridge))
}

describe(`station and bridge on a bad wire, ${SEEDS} seeds`, () => {
  it.each(Array.from({ length: SEEDS }, (_, seed) => seed))('converge (seed %i)', (seed) => {
    const world = new World(seed)
    world.time.advance(2000)
    expect(describePort(world.station.state).relay.active).toBe(true)
    world.badness = [0, 0.05, 0.2, 0.4][seed % 4]!
    for (let round = 0; round < 40; round++) {
      for (let burst = world.below(3); burst >= 0; burst--) world.act()
      inOrder(world)
      world.time.advance(world.below(400))
      inOrder(world)
    }
    world.badness = 0
    world.time.advance(40_000)
    while (describePort(world.station.state).ecp.outstanding) world.time.advance(0.1) // a keep-alive under way
    while (describePort(world.bridge.state).ecp.outstanding) world.time.advance(0.1)
    agree(world)
    const { station, tickets } = world
    expect(
      tickets.filter(
        (ticket) => station.reports.filter((report) => report.tickets.includes(ticket)).length !== 1,
      ),
    ).toEqual([])
    expect(listVsis(station.state).filter(({ pending }) => pending !== null)).toEqual([])
    for (const port of [station, world.bridge]) {
      expect(describePort(port.state).ecp).toMatchObject({ outstanding: false, queued: 0 })
      const timers = world.time
        .armed()
        .filter(([id]) => id.startsWith(`${port.state.role} `) && id.includes('vdp.waitWhile'))
      expect(timers).toHaveLength(listVsis(port.state).filter(({ state }) => state !== 'none').length)
    }
  })

  it('nothing is lost on a good wire: 500 VSIs asked for at once share ECPDUs', () => {
    const world = new World(1)
    world.time.advance(2000)
    const inputs = Array.from({ length: 500 }, (_, index) => ({
      type: 'vsi.requested' as const,
      ticket: 1000 + index,
      command: command(index + 1),
    }))
    world.station.takeSent()
    world.station.input(...inputs)
    world.time.advance(100)
    expect(listVsis(world.bridge.state).filter(({ state }) => state === 'associated')).toHaveLength(500)
    agree(world)
    expect(world.station.counters.EcpTxFrameCount).toBe(12)
    expect(world.station.counters.EcpTxRetryCount).toBe(0)
  })
})
