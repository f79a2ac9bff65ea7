/**
 * A station and a bridge on virtual time to which everything happens: frames are lost, doubled, late, changed; links flap, and
 * one side notices later than the other; either side is restarted at any moment, the station with what it stored or
 * without; either stands still for a while and finds a later time when it goes on. What must hold is looked at after
 * every step of either (`chaos-witness.ts`), and of both together here.
 */
import type { VsiCommand } from '../../protocol/engine/input.ts'
import { DEFAULT_PORT_CONFIG, type PortConfig } from '../../protocol/engine/port-config.ts'
import { describePort, findVsi, listVsis } from '../../protocol/engine/step.ts'
import type { Role } from '../../protocol/engine/view.ts'
import { type Random, seededRandom } from '../../src/io/prng.ts'
import { Life } from './chaos-life.ts'
import { grantAll, type Policy } from './test-port.ts'
import { command, configWith, keyOf, PRE, PRE_RR } from './vdp.ts'
import { VirtualTime } from './virtual-time.ts'

/** RTE 10 (10 ms), RWD 15 (0.33 s), RKA 17 (1.3 s); an LLDPDU every 5 s that counts for 11 s. */
const TIMES = { r: 3, rte: 10, rwd: 15, rka: 17 }
const LLDP = { ...DEFAULT_PORT_CONFIG.lldp, msgTxInterval: 5, msgTxHold: 2, maxNeighbors: 4 }
/** The longest timer, the TTL of an LLDPDU, and what a keep-alive takes. */
const QUIET = 13_000
const CALM = 5000
/** More than either side takes. */
const VSIS = 20
const MAX_VSIS = { station: 16, bridge: 8 }
const MAX_QUEUED = 4
/** How late a frame may be. Milliseconds. */
const LATEST = 300
/** A station may believe in a VSI that its switch has not: until the keep-alive after a late grant is not answered. Milliseconds. */
const MAX_BELIEF = LATEST + 1311 + 1.5 * (328 + 7 * 10.3) + 200

function configFor(role: Role, random: Random): PortConfig {
  const config = configWith(TIMES, {
    requireEvbBridge: true,
    retryDelay: 200,
    maxRetryDelay: 2000,
    maxVsis: MAX_VSIS[role],
    maxQueued: MAX_QUEUED,
    pacing: random() < 0.2 ? 'never' : 'auto',
    lastSequence: Math.floor(random() * 0x10000),
  })
  return { ...config, lldp: LLDP }
}

export class Chaos {
  readonly time = new VirtualTime()
  station: Life
  bridge: Life
  /** Probability of each fault of the wire, up to 0.4. */
  readonly #badness: number
  /** Whose octets are changed on the way. */
  readonly #changes: 'nothing' | 'ECP' | 'all'
  readonly #random: Random
  readonly #doubtful = new Map<string, number>()
  #isBad = true
  #up = true
  #frames = 0

  constructor(seed: number) {
    this.#random = seededRandom(seed)
    this.#badness = [0, 0.05, 0.2, 0.4][seed & 3]!
    this.#changes = (['nothing', 'ECP', 'all', 'nothing'] as const)[(seed >> 2) & 3]!
    this.station = this.#newLife('station')
    this.bridge = this.#newLife('bridge')
  }

  /** So many things happen, with time between them; then nothing bad any more, until everything should have settled. */
  run(acts: number): void {
    this.#isBad = true
    this.#doubtful.clear()
    this.time.advance(2000)
    for (let act = 0; act < acts; act++) {
      for (let burst = this.#below(3); burst >= 0; burst--) this.#act()
      this.time.advance(this.#below(this.#below(10) === 0 ? 5000 : 400))
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
    const { owed } = this.station.witness
    return [
      ...(ours === theirs ? [] : [`station holds ${ours}, bridge ${theirs}`]),
      ...(owed.size === 0 ? [] : [`never answered: ${[...owed.keys()]}`]),
      ...pending.map(({ vsi }) => `${vsi} waits for an answer`),
      ...(station.relay.active && bridge.relay.active ? [] : ['relay is not on at both']),
      ...(station.ecp.queued + bridge.ecp.queued === 0 ? [] : ['TLVs wait to be sent']),
      ...this.#restless(),
    ]
  }

  /** What still changes though nothing happens any more. */
  #restless(): string[] {
    const [ours, theirs] = [this.station.witness, this.bridge.witness]
    const before = ours.told + theirs.told
    this.time.advance(CALM)
    while (this.#isTalking()) this.time.advance(0.1)
    return ours.told + theirs.told === before ? [] : ['VSIs change though nothing happens']
  }

  #newLife(role: Role): Life {
    const life: Life = new Life({
      role,
      time: this.time,
      config: configFor(role, this.#random),
      policy: this.#policy,
      isDeceived: this.#changes === 'all',
      relayDelay: this.#below(2) * this.#below(600),
      carry: (octets) =>
        this.#carry(octets, (frame) => (role === 'station' ? this.bridge : this.station).receive(frame)),
    })
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
    switch (this.#below(17)) {
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
        return this.station.ask(this.#wish(vsi, { type: PRE }))
      case 10:
        return this.station.ask(this.#wish(vsi, { type: PRE_RR }))
      case 11:
        for (let each = 1; each <= VSIS; each++) this.station.ask(this.#wish(each))
        return
      default:
        return this.station.ask(this.#wish(vsi))
    }
  }

  /** An Associate, of several types, with a VLAN or one that the switch is to choose. */
  #wish(vsi: number, changes: Partial<VsiCommand> = {}): VsiCommand {
    const wish = command(vsi, { typeId: 1 + this.#below(3), ...changes })
    const { format, entries } = wish.filter
    const open = { format, entries: entries.map((entry) => ({ ...entry, vid: 0 })) }
    return this.#below(3) === 0 ? { ...wish, filter: open } : wish
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
      const late = this.#random() < bad ? this.#random() * (this.#random() < 0.2 ? LATEST : 30) : 0
      const frame = octets.slice()
      const mayChange = this.#changes === 'all' || (this.#changes === 'ECP' && octets[12] === 0x89)
      if (mayChange && this.#random() < bad / 4) {
        frame[14 + this.#below(frame.length - 14)]! ^= 1 << this.#below(8)
      }
      this.time.arm(`wire ${this.#frames++}`, this.time.now + 0.05 + late, () => deliver(frame))
    }
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
      if (this.#changes !== 'all' && now - since > MAX_BELIEF)
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
