/**
 * A whole port that lives what octets say: frames of any kind, frames of the corpus with octets changed, what a neighbour
 * would answer, requests, decisions, flaps, other settings, and time. After every act nothing may be out of order.
 */
import type { PortConfig } from '../../protocol/engine/port-config.ts'
import { describePort, listVsis } from '../../protocol/engine/step.ts'
import type { Role } from '../../protocol/engine/view.ts'
import { decodeLldpdu } from '../../protocol/lldp/lldpdu.ts'
import { decodeUlpdu } from '../../protocol/vdp/ulpdu.ts'
import { fromHex, toHex } from '../../protocol/wire/octets.ts'
import { EXAMPLE_FRAMES } from '../support/example-frames.ts'
import { evbFrame } from '../support/lldp.ts'
import { findDisorder } from '../support/port-order.ts'
import { BRIDGE_MAC, grantAll, type Policy, STATION_MAC, TestPort } from '../support/test-port.ts'
import {
  ASSOC,
  command,
  configWith,
  DEASSOC,
  ecpAck,
  ecpdus,
  ecpRequest,
  keyOf,
  PRE,
  PRE_RR,
  tlv,
  ulpdu,
} from '../support/vdp.ts'
import { VirtualTime } from '../support/virtual-time.ts'
import type { ByteSource } from './byte-source.ts'
import { claim, claimSame } from './target.ts'

const MAX_VSIS = 8
const MAX_QUEUED = 16
const MAX_NEIGHBORS = 4
const MAX_ACTS = 100
/** Milliseconds. */
const MAX_LIFE = 3_600_000
const TYPES = [PRE, PRE_RR, ASSOC, ASSOC, DEASSOC] as const
const ASKED = [PRE, PRE_RR, ASSOC] as const
const FILTERS = [
  { format: 1, entries: [{ vid: 0 }] },
  { format: 2, entries: [{ vid: 3, mac: '52:54:00:00:00:01' }] },
  { format: 3, entries: [{ vid: 7, groupId: 9 }] },
  { format: 4, entries: [{ vid: 0, mac: '52:54:00:00:00:02', groupId: 1 }] },
  { format: 1, entries: Array.from({ length: 200 }, (_, vid) => ({ vid: vid + 1 })) },
] as const
/** Long and short waits; RWD and RKA of the second are fractions of a second. */
const CONFIGS: readonly PortConfig[] = [
  configWith({}, { maxVsis: MAX_VSIS, maxQueued: MAX_QUEUED }),
  configWith(
    { r: 1, rte: 10, rwd: 15, rka: 17 },
    { maxVsis: MAX_VSIS, maxQueued: MAX_QUEUED, pacing: 'never' },
  ),
  configWith({ r: 0, rte: 0, rwd: 0, rka: 0 }, { maxVsis: 2, maxQueued: 2, requireEvbBridge: true }),
  configWith({}, { maxVsis: MAX_VSIS, maxQueued: MAX_QUEUED }, { manual: true, groupId: true }),
  configWith({}, { maxVsis: 0, maxQueued: 0 }, { txEnable: false, reflectiveRelay: false }),
].map((config) => ({ ...config, lldp: { ...config.lldp, maxNeighbors: MAX_NEIGHBORS } }))

export class PortLife {
  readonly #source: ByteSource
  readonly #time = new VirtualTime()
  readonly #port: TestPort
  readonly #neighbor: typeof STATION_MAC
  readonly #tickets = new Set<number>()
  #asked = 0
  #sequence = 0
  /** VSIs of an earlier life that are only to be ended: they are as many as were stored, and never refused. */
  #leftovers = 0
  #closed = false

  constructor(role: Role, source: ByteSource) {
    this.#source = source
    this.#neighbor = role === 'station' ? BRIDGE_MAC : STATION_MAC
    this.#port = new TestPort({ role, time: this.#time, config: source.pick(CONFIGS) })
    this.#port.linkUp()
  }

  /** Lives until the octets are over, then loses its link and is shut down: nothing may be left. */
  live(): void {
    for (let acts = 0; acts < MAX_ACTS && this.#time.now < MAX_LIFE && !this.#source.isOver; acts++) {
      this.#act()
      this.#inspect()
    }
    this.#port.input({ type: 'admin.shutdown' })
    this.#inspect()
    claimSame(this.#time.armed(), [], 'timers after shutdown')
    claim(this.#tickets.size === 0, () => `never answered: ${[...this.#tickets].join(', ')}`)
  }

  #act(): void {
    const from = this.#source
    const port = this.#port
    const vsi = 1 + from.below(12)
    switch (from.below(18)) {
      case 0:
        return port.receive(from.bytes(from.uint16() % 1600))
      case 1:
        return port.receive(this.#changedFrame())
      case 2:
        return this.#time.advance(from.uint8())
      case 3:
        return this.#time.advance(10 * from.uint16())
      case 4:
        return port.linkDown()
      case 5:
        return port.input({
          type: 'link.changed',
          up: true,
          mac: port.mac,
          mtu: from.pick([1500, 1500, 68, 9000, 0]),
        })
      case 6:
      case 7:
        return this.#ask(vsi)
      case 8:
        return this.#release(vsi)
      case 9:
        return port.receive(ecpAck(this.#neighbor, describePort(port.state).ecp.sequence))
      case 10:
      case 11:
        return this.#hear(vsi)
      case 12:
        return port.receive(evbFrame(toHex(this.#fiveOctets()), { from: this.#neighbor, ttl: from.uint8() }))
      case 13:
        port.policy = this.#newPolicy()
        return
      case 14:
        return this.#decide()
      case 15:
        return this.#turn(vsi)
      case 16:
        return port.input({ type: 'admin.configured', config: from.pick(CONFIGS) })
      default:
        return this.#rare(vsi)
    }
  }

  /** What only one of the roles can be told. */
  #turn(vsi: number): void {
    const from = this.#source
    const station = this.#port.state.role === 'station'
    if (station) {
      const restored = this.#command(vsi, from.pick(TYPES))
      if (restored.type === DEASSOC) this.#leftovers++
      return this.#port.input({ type: 'vsi.restored', command: restored })
    }
    if (from.below(3) === 0) return this.#port.input({ type: 'relay.applied', enabled: from.below(2) === 1 })
    this.#port.input({ type: 'vsi.withdrawn', vsi: keyOf(vsi) })
  }

  #rare(vsi: number): void {
    switch (this.#source.below(2)) {
      case 0:
        return this.#port.input({
          type: 'timer.expired',
          timer: this.#source.pick(['ecp.ackTimer', 'none', `vdp.waitWhile/${keyOf(vsi)}`]),
        })
      default:
        if (this.#source.below(8) !== 0) return
        this.#closed = true
        return this.#port.input({ type: 'admin.shutdown', quiet: this.#source.below(2) === 1 })
    }
  }

  #command(vsi: number, type: (typeof TYPES)[number]) {
    const from = this.#source
    const managerId = from.pick(['0', '0', '1']).repeat(32)
    return command(vsi, { type, managerId, typeId: from.below(3), filter: from.pick(FILTERS) as never })
  }

  #ask(vsi: number): void {
    if (this.#port.state.role === 'station')
      this.#ticket(() => this.#port.request(this.#command(vsi, this.#source.pick(ASKED))))
    else this.#hear(vsi)
  }

  #release(vsi: number): void {
    if (this.#port.state.role === 'station') this.#ticket(() => this.#port.release(keyOf(vsi)))
    else this.#hear(vsi)
  }

  #ticket(ask: () => number): void {
    if (this.#closed) return
    this.#tickets.add(this.#asked + 1)
    this.#asked = ask()
  }

  /** An ECPDU of the neighbour about one or two VSIs, with any status. */
  #hear(vsi: number): void {
    const from = this.#source
    const type = from.pick(TYPES)
    const status = from.pick([0, 0x40, 0x40, 0x42, 0x52, 0x62, from.uint8()])
    const tlvs = [tlv(this.#askedOf(vsi, type), status)]
    if (from.below(4) === 0) tlvs.push(tlv(this.#askedOf(vsi + 1, type), status))
    if (from.below(8) !== 0) this.#sequence++
    try {
      this.#port.receive(
        ecpRequest({ from: this.#neighbor, sequence: this.#sequence & 0xffff }, ulpdu(...tlvs)),
      )
    } catch (error) {
      if (!(error instanceof RangeError && /ULPDU of/.test(error.message))) throw error
    }
  }

  /** What the station asked the bridge for, or anything. */
  #askedOf(vsi: number, type: (typeof TYPES)[number]) {
    const { vdp } = this.#port.state
    const context = vdp.role === 'station' ? vdp.table.vsis.get(keyOf(vsi))?.chart.context : undefined
    const known = context?.sysCmd ?? context?.operCmd
    return known
      ? { ...known, type: this.#source.below(3) === 0 ? type : known.type }
      : this.#command(vsi, type)
  }

  #changedFrame(): Uint8Array {
    const from = this.#source
    const frame = from.pick(EXAMPLE_FRAMES).slice()
    for (let changes = from.below(4); changes > 0; changes--)
      frame[from.uint8() % frame.length] = from.uint8()
    return from.below(8) === 0 ? frame.slice(0, from.uint8()) : frame
  }

  #fiveOctets(): Uint8Array {
    const octets = this.#source.bytes(5)
    return octets.length === 5
      ? octets
      : fromHex(this.#port.state.role === 'station' ? '03006e5414' : '00066e9414')
  }

  #newPolicy(): Policy {
    const [outcome, error, flags] = [this.#source.below(4), this.#source.below(16), this.#source.uint8()]
    if (outcome === 0) return () => undefined
    if (outcome > 1) return grantAll
    return () => ({
      outcome: 'refuse',
      error: Math.max(error, 1),
      keep: (flags & 1) !== 0,
      hard: (flags & 2) !== 0,
    })
  }

  /** A decision that comes late, or twice. */
  #decide(): void {
    const open = this.#port.decisions
    const asked = open[this.#source.below(Math.max(open.length, 1))]
    if (asked === undefined) return
    const answer = grantAll(asked.command)!
    this.#port.input({ type: 'vsi.decided', vsi: asked.vsi, decision: asked.decision, answer })
  }

  #inspect(): void {
    const { state, reports, sent, faults } = this.#port
    const disorder = findDisorder(state)
    claim(disorder.length === 0 || this.#closed, () => disorder.join('; '))
    const { length } = listVsis(state)
    claim(length <= MAX_VSIS + this.#leftovers, () => `${length} VSIs`)
    const { ecp, neighbors } = describePort(state)
    claim(ecp.queued <= MAX_VSIS + MAX_QUEUED, () => `${ecp.queued} TLVs wait`)
    claim(neighbors.length <= MAX_NEIGHBORS, () => `${neighbors.length} neighbours`)
    for (const { offset } of faults.splice(0))
      claim(offset >= 0 && offset <= 1600, () => `fault at ${offset}`)
    for (const { octets } of sent.splice(0)) inspectSent(octets)
    for (const ticket of reports.splice(0).flatMap(({ tickets }) => tickets)) {
      claim(this.#tickets.delete(ticket), () => `ticket ${ticket} was answered twice`)
    }
    claimSame(
      this.#time
        .armed()
        .map(([id, at]) => [id.split(' ')[2], at])
        .sort(),
      [...state.timers].sort(),
      'timers armed and timers known',
    )
    this.#port.effects.length = 0
  }
}

/** What a port sends is whole and right, whatever it heard. */
function inspectSent(octets: Uint8Array): void {
  claim(octets.length >= 60 && octets.length <= 1514, () => `a frame of ${octets.length} octets`)
  if (octets[12] === 0x88) {
    const result = decodeLldpdu(octets, 14)
    claim(result.ok && result.value.faults.length === 0, () => `sent ${toHex(octets)}`)
    return
  }
  const [ecpdu] = ecpdus([octets])
  if (ecpdu?.op !== 0) return
  const result = decodeUlpdu(octets, 18)
  claim(result.ok, () => `sent ${toHex(octets)}`)
}
