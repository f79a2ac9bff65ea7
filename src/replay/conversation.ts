/**
 * The two ends of one wire, as a capture shows them: who is who, and what each has said last. Judges look at it
 * before a frame changes it.
 */
import { EVB_MODES } from '../../protocol/evb/evb-tlv.ts'
import { isResponse } from '../../protocol/vdp/status.ts'
import type { MacAddress } from '../../protocol/wire/mac-address.ts'
import { equalOctets } from '../../protocol/wire/octets.ts'
import { evbData, type Observation } from './observation.ts'
import { Side, type SideRole } from './side.ts'

export class Conversation {
  readonly interface: number
  readonly sides = new Map<MacAddress, Side>()
  /** Who has sent ECP requests lately, the last one last. */
  readonly askers = new Set<Side>()
  readonly #stations = new Set<Side>()
  readonly #bridges = new Set<Side>()

  constructor(index: number) {
    this.interface = index
  }

  sideOf(mac: MacAddress): Side {
    const known = this.sides.get(mac)
    if (known) return known
    const side = new Side(mac)
    this.sides.set(mac, side)
    return side
  }

  /**
   * The other end: the one of the other role, or the only other one. Of many stations or bridges the one that was
   * known for it first; costs the same however many there are.
   */
  partnerOf(side: Side): Side | undefined {
    if (side.role === 'unknown') return firstBut(this.sides.values(), side)
    const [opposite] = side.role === 'station' ? this.#bridges : this.#stations
    return opposite ?? (this.sides.size === 2 ? firstBut(this.sides.values(), side) : undefined)
  }

  /** It has sent an ECP request. */
  asks(side: Side): void {
    this.askers.delete(side)
    this.askers.add(side)
    if (this.askers.size > MAX_ASKERS) this.askers.delete(this.askers.values().next().value!)
  }

  /**
   * Whom an acknowledgement of `sequence` by `side` is for: it goes to a group address, and names nobody. Of several
   * stations the one that waits for it.
   */
  askerOf(side: Side, sequence: number): Side | undefined {
    const partner = this.partnerOf(side)
    if (partner && waitsFor(partner, sequence)) return partner
    for (const asker of this.askers) {
      const other = asker !== side && (asker.role !== side.role || side.role === 'unknown')
      if (other && waitsFor(asker, sequence)) return asker
    }
    return partner
  }

  /** Who speaks gives himself away by the mode of his EVB TLV, otherwise by asking or answering. */
  recognize(observation: Observation): Side {
    const side = this.sideOf(observation.source)
    const [role, evidence] = roleIn(observation) ?? []
    if (role !== undefined && (side.role === 'unknown' || side.evidence !== EVB_MODE)) {
      this.#take(side, role)
      side.evidence = evidence!
    }
    return side
  }

  #take(side: Side, role: SideRole): void {
    if (side.role === role) return
    side.role = role
    this.#stations.delete(side)
    this.#bridges.delete(side)
    if (role === 'station') this.#stations.add(side)
    if (role === 'bridge') this.#bridges.add(side)
  }
}

/** Of more than these nobody waits at once. */
const MAX_ASKERS = 16

function waitsFor({ request }: Side, sequence: number): boolean {
  return request?.sequence === sequence && request.ackedAt === undefined
}

function firstBut(sides: Iterable<Side>, side: Side): Side | undefined {
  for (const other of sides) if (other !== side) return other
  return undefined
}

const EVB_MODE = 'mode of its EVB TLV'
/** Octets of information in a usable EVB TLV. */
const EVB_LENGTH = 9

function roleIn({ content }: Observation): readonly [SideRole, string] | undefined {
  if (content.kind === 'lldp') {
    if (content.evb?.mode === EVB_MODES.bridge) return ['bridge', EVB_MODE]
    if (content.evb?.mode === EVB_MODES.station) return ['station', EVB_MODE]
  }
  if (content.kind !== 'ecp') return undefined
  for (const item of content.ulpdu?.items ?? []) {
    const { status, type } = 'association' in item ? item.association : item
    if (isResponse(status)) return ['bridge', 'it answers VDP requests']
    if (type !== 4) return ['station', 'it sends VDP requests']
  }
  return undefined
}

/** What an LLDPDU leaves behind. `at` is when its information ends. */
export function rememberLldpdu(side: Side, observation: Observation): void {
  const { content, at, number, octets } = observation
  if (content.kind !== 'lldp') return
  side.left = content.lldpdu.ttl === 0
  if (side.left) side.forget(at)
  side.lldpdus++
  side.lastLldpduAt = at
  side.heldUntil = at + content.lldpdu.ttl * 1000
  const span = content.evbSpans.find(({ length }) => length === EVB_LENGTH)
  const data = content.evb && span ? evbData(octets, span) : undefined
  if (data === undefined || side.evb === undefined || !equalOctets(data, side.evb.data)) {
    side.earlierEvb = side.evb
    side.evb = data && { tlv: content.evb!, data: data.slice(), frame: number, since: at }
  }
  side.lastEvb = content.evb ?? side.lastEvb
}
