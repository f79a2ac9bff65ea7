/**
 * A station and a bridge on virtual time to which everything happens: frames are lost, doubled, late, changed; links flap, and
 * one side notices later than the other; either side is restarted at any moment, the station with what it stored or
 * without; either stands still for a while and finds a later time when it goes on. What must hold is looked at after
 * every step of either.
 */
import type { Input, VsiCommand } from '../../protocol/engine/input.ts'
import { DEFAULT_PORT_CONFIG } from '../../protocol/engine/port-config.ts'
import { describePort, findVsi, listVsis } from '../../protocol/engine/step.ts'
import type { Role } from '../../protocol/engine/view.ts'
import { type Random, seededRandom } from '../../src/io/prng.ts'
import { findDisorder } from './port-order.ts'
import { grantAll, type Policy, TestPort } from './test-port.ts'
import { command, configWith, keyOf, PRE, PRE_RR } from './vdp.ts'
import { VirtualTime } from './virtual-time.ts'

/** RTE 10 (10 ms), RWD 15 (0.33 s), RKA 17 (1.3 s); an LLDPDU every 5 s that counts for 11 s. */
const TIMES = { r: 3, rte: 10, rwd: 15, rka: 17 }
const LLDP = { ...DEFAULT_PORT_CONFIG.lldp, msgTxInterval: 5, msgTxHold: 2, maxNeighbors: 4 }
/** Longer than every timer: TTL, keep-alive, retry. */
export const QUIET = 30_000
const VSIS = 8
const MAX_QUEUED = 2 * VSIS
/** A station may believe in a VSI that its switch has not: until a keep-alive is not answered. Milliseconds. */
const MAX_BELIEF = 1311 + 1.5 * (328 + 7 * 10.3) + 200

function configFor(random: Random) {
  const lastSequence = Math.floor(random() * 0x10000)
  const config = configWith(TIMES, {
    requireEvbBridge: true,
    retryDelay: 200,
    maxRetryDelay: 2000,
    maxQueued: MAX_QUEUED,
    pacing: random() < 0.2 ? 'never' : 'auto',
    lastSequence,
  })
  return { ...config, lldp: LLDP }
}

/** One life of one side. */
class Life extends TestPort {
  /** Final answers that are owed. */
  readonly owed = new Set<number>()
  readonly #inspect: (life: Life) => void
  readonly #late: Input[][] = []
  #stillUntil = 0
  #dead = false
  #depth = 0
  #asked = 0

  constructor(role: Role, time: VirtualTime, random: Random, inspect: (life: Life) => void) {
    super({ role, time, config: configFor(random) })
    this.#inspect = inspect
  }

  get isStill(): boolean {
    return this.time.now < this.#stillUntil
  }

  override input(...inputs: Input[]): void {
    if (this.#dead) return
    if (this.isStill) {
      this.#late.push(inputs)
      return
    }
    this.#depth++
    super.input(...inputs)
    this.#depth--
    if (this.#depth > 0) return
    for (const ticket of this.reports.splice(0).flatMap(({ tickets }) => tickets)) {
      if (!this.owed.delete(ticket)) throw new Error(`ticket ${ticket} was answered twice, or never given`)
    }
    this.effects.length = 0
    this.sent.length = 0
    this.#inspect(this)
  }

  /** Does nothing for `duration`; what comes meanwhile waits, timers included. */
  standStill(duration: number): void {
    if (this.isStill) return
    this.#stillUntil = this.time.now + duration
    this.time.arm(`${this.state.role} goes on`, this.#stillUntil, () => this.#goOn())
  }

  die(): void {
    this.#dead = true
    for (const [id] of this.time.armed()) if (id.startsWith(`${this.state.role} `)) this.time.cancel(id)
  }

  /** The answer may come in the same step. */
  ask(asked: VsiCommand): void {
    this.owed.add(++this.#asked)
    this.request(asked)
  }

  end(vsi: string): void {
    this.owed.add(++this.#asked)
    this.release(vsi)
  }

  #goOn(): void {
    for (const inputs of this.#late.splice(0)) {
      const due = inputs.filter((one) => one.type !== 'timer.expired' || this.#isDue(one.timer))
      if (due.length > 0) this.input(...due)
    }
  }

  #isDue(timer: string): boolean {
    return (this.state.timers.get(timer) ?? Number.POSITIVE_INFINITY) <= this.time.now
  }
}

export class Chaos {
  readonly time = new VirtualTime()
  station: Life
  bridge: Life
  /** Probability of each fault of the wire, up to 0.4. */
  readonly #badness: number
  /** LLDPDUs are changed too, with them the timers that the sides agree on: then no bound of time is looked at. */
  readonly #changesLldp: boolean
  readonly #random: Random
  readonly #doubtful = new Map<string, number>()
  #isBad = true
  #up = true
  #frames = 0

  constructor(seed: number) {
    this.#random = seededRandom(seed)
    this.#badness = [0, 0.05, 0.2, 0.4][seed & 3]!
    this.#changesLldp = (seed & 4) !== 0
    this.station = this.#newLife('station')
    this.bridge = this.#newLife('bridge')
  }

  /** So many things happen, with time between them; then nothing bad any more, until everything should have settled. */
  run(acts: number): void {
    this.time.advance(2000)
    for (let act = 0; act < acts; act++) {
      for (let burst = this.#below(3); burst >= 0; burst--) this.#act()
      this.time.advance(this.#below(400))
      this.#believes()
    }
    this.#isBad = false
    if (!this.#up) this.#setLink(true)
    this.time.advance(QUIET)
    while (this.#isTalking()) this.time.advance(0.1)
  }

  /** What is not as it should be when all is quiet, in words. */
  unsettled(): string[] {
    const [ours, theirs] = [held(this.station), held(this.bridge)]
    const [station, bridge] = [describePort(this.station.state), describePort(this.bridge.state)]
    const pending = listVsis(this.station.state).filter(({ pending }) => pending !== null)
    return [
      ...(ours === theirs ? [] : [`station holds ${ours}, bridge ${theirs}`]),
      ...(this.station.owed.size === 0 ? [] : [`never answered: ${[...this.station.owed]}`]),
      ...pending.map(({ vsi }) => `${vsi} waits for an answer`),
      ...(station.relay.active && bridge.relay.active ? [] : ['relay is not on at both']),
      ...(station.ecp.queued + bridge.ecp.queued === 0 ? [] : ['TLVs wait to be sent']),
    ]
  }

  #newLife(role: Role): Life {
    const life: Life = new Life(role, this.time, this.#random, (one) => this.#inspect(one))
    life.transmit = (octets) =>
      this.#carry(octets, (frame) => (role === 'station' ? this.bridge : this.station).receive(frame))
    life.policy = this.#policy
    life.linkUp()
    if (!this.#up) life.linkDown()
    return life
  }

  /** The switch says no now and then, and sometimes nothing at all. */
  readonly #policy: Policy = (asked) => {
    const chance = this.#isBad ? this.#random() : 1
    if (chance < 0.05) return undefined
    if (chance < 0.15)
      return { outcome: 'refuse', error: 1 + this.#below(5), keep: chance < 0.1, hard: chance < 0.08 }
    return grantAll(asked)
  }

  #act(): void {
    const vsi = 1 + this.#below(VSIS)
    switch (this.#below(16)) {
      case 0:
        return this.#restartBridge()
      case 1:
        return this.#restartStation(true)
      case 2:
        return this.#below(3) === 0 ? this.#restartStation(false) : undefined
      case 3:
        return this.#setLink(!this.#up)
      case 4:
        return this.#setLink(true)
      case 5:
        return (this.#random() < 0.5 ? this.station : this.bridge).standStill(this.#below(3000))
      case 6:
      case 7:
        return this.station.end(keyOf(vsi))
      case 8:
        return this.bridge.input({ type: 'vsi.withdrawn', vsi: keyOf(vsi) })
      case 9:
        return this.station.ask(command(vsi, { type: PRE }))
      case 10:
        return this.station.ask(command(vsi, { type: PRE_RR }))
      default:
        return this.station.ask(command(vsi, { typeId: 1 + this.#below(3) }))
    }
  }

  #restartBridge(): void {
    this.bridge.die()
    this.bridge = this.#newLife('bridge')
  }

  /** With what a state file would say of the life before, or with nothing. Who waited is gone with it. */
  #restartStation(stored: boolean): void {
    const wanted = listVsis(this.station.state).flatMap((vsi) => vsi.wanted ?? [])
    this.station.die()
    this.station = this.#newLife('station')
    this.#doubtful.clear()
    if (stored) for (const one of wanted) this.station.input({ type: 'vsi.restored', command: one })
  }

  /** Each side notices in its own time; frames under way are lost. */
  #setLink(up: boolean): void {
    if (up === this.#up) return
    this.#up = up
    for (const [id] of this.time.armed()) if (id.startsWith('wire ')) this.time.cancel(id)
    for (const role of ['station', 'bridge'] as const) {
      const notice = () => {
        const life = role === 'station' ? this.station : this.bridge
        if (this.#up) life.linkUp()
        else life.linkDown()
      }
      this.time.arm(`${role}'s link`, this.time.now + (this.#isBad ? this.#below(200) : 0), notice)
    }
  }

  #carry(octets: Uint8Array, deliver: (octets: Uint8Array) => void): void {
    const bad = this.#isBad ? this.#badness : 0
    if (!this.#up || this.#random() < bad) return
    const copies = this.#random() < bad ? 2 : 1
    for (let copy = 0; copy < copies; copy++) {
      const late = this.#random() < bad ? this.#random() * (this.#random() < 0.2 ? 300 : 30) : 0
      const frame = octets.slice()
      const mayChange = octets[12] === 0x89 || this.#changesLldp
      if (mayChange && this.#random() < bad / 4) {
        frame[14 + this.#below(frame.length - 14)]! ^= 1 << this.#below(8)
      }
      this.time.arm(`wire ${this.#frames++}`, this.time.now + 0.05 + late, () => deliver(frame))
    }
  }

  /** After every step of either side. */
  #inspect(life: Life): void {
    const { state, time } = life
    const disorder = findDisorder(state)
    const { ecp, neighbors, relay, peer } = describePort(state)
    const name = `${state.role} ${life.mac} `
    const armed = time.countArmed(name)
    const problems = [
      ...disorder,
      ...(ecp.queued <= VSIS + MAX_QUEUED ? [] : [`${ecp.queued} TLVs wait`]),
      ...(neighbors.length <= LLDP.maxNeighbors ? [] : [`${neighbors.length} neighbours`]),
      ...(armed <= state.timers.size ? [] : [`${armed} timers are armed, ${state.timers.size} known`]),
      ...(relay.active && peer === null ? ['relay without a neighbour that grants or wants it'] : []),
      ...(relay.active && !relay.requested ? ['relay that nobody asked for'] : []),
      ...(relay.active && !relay.capable && (state.role === 'bridge' || !this.#changesLldp)
        ? ['relay of a bridge that cannot do it']
        : []),
    ]
    if (problems.length > 0) throw new Error(`${state.role} at ${time.now}: ${problems.join('; ')}`)
  }

  /** A station that believes in a VSI which its switch does not hold learns better within a keep-alive. */
  #believes(): void {
    const { now } = this.time
    for (const { vsi, state } of listVsis(this.station.state)) {
      const there = findVsi(this.bridge.state, vsi)?.state ?? 'none'
      if (state === 'none' || there !== 'none' || this.station.isStill || this.bridge.isStill) {
        this.#doubtful.delete(vsi)
        continue
      }
      const since = this.#doubtful.get(vsi) ?? now
      this.#doubtful.set(vsi, since)
      if (!this.#changesLldp && now - since > MAX_BELIEF)
        throw new Error(`at ${now} the station has believed in ${vsi} for ${now - since} ms`)
    }
    for (const vsi of this.#doubtful.keys())
      if (findVsi(this.station.state, vsi) === undefined) this.#doubtful.delete(vsi)
  }

  /** A keep-alive is under way. */
  #isTalking(): boolean {
    return [this.station, this.bridge].some(({ state }) => describePort(state).ecp.outstanding)
  }

  #below(limit: number): number {
    return Math.floor(this.#random() * limit)
  }
}

function held({ state }: Life): string {
  const all = listVsis(state).filter(({ state }) => state !== 'none')
  const texts = all.map(({ vsi, state, command: { typeId, filter } }) =>
    [vsi.slice(-2), state, typeId, JSON.stringify(filter)].join(' '),
  )
  return texts.sort().join(', ') || 'nothing'
}
