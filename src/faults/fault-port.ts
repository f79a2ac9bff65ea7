/**
 * A bad line on purpose, around any frame port: what is sent and what is received goes through the rules of the
 * port, one after the other. Driver and machines know nothing of it. Without rules it changes nothing.
 */
import { ECP_OPS, ECP_SUBTYPES, encodeEcpdu } from '../../protocol/ecp/ecpdu.ts'
import {
  ETHERNET_HEADER_LENGTH,
  ETHERTYPE_ECP,
  encodeEthernetFrame,
} from '../../protocol/wire/ethernet-frame.ts'
import { type MacAddress, NEAREST_CUSTOMER_BRIDGE, readMacAddress } from '../../protocol/wire/mac-address.ts'
import type { FramePort, FramePortCounters, FramePortListeners } from '../io/frame-port.ts'
import type { Clock } from '../runtime/clock.ts'
import type { ActiveRule } from './active-rule.ts'
import type { FaultTable } from './fault-table.ts'
import { corrupted, renumbered, rewritten, withoutEvb, withoutVsiTlvs } from './frame-edit.ts'
import { describeFrame, type FrameView, viewFrame } from './frame-view.ts'

export type Direction = 'send' | 'receive'

export interface FaultPortOptions {
  readonly clock: Clock
  readonly table: FaultTable
}

/** A frame on its way through the rules. */
interface Flight {
  readonly octets: Uint8Array
  /** Milliseconds it is held back. */
  readonly delay: number
  /** Frames that are to overtake it, of the kind that `rival` says. */
  readonly behind: number
  readonly rival?: (view: FrameView) => boolean
}

interface Overtaken {
  behind: number
  readonly rival: (view: FrameView) => boolean
  readonly release: () => void
}

/** Frames held back at once; more are lost. */
const CAPACITY = 4096
/** How long a frame waits for those that are to overtake it. */
const MAX_OVERTAKING = 1000
/** When nothing was heard yet; not an address of anybody. */
const SOURCE_OFFSET = 6
const NOBODY = '02:00:00:00:00:00' as MacAddress

export class FaultPort implements FramePort {
  readonly name: string
  readonly #inner: FramePort
  readonly #clock: Clock
  readonly #table: FaultTable
  readonly #held = new Set<() => void>()
  readonly #overtaken: Record<Direction, Set<Overtaken>> = { send: new Set(), receive: new Set() }
  /** The frame that tells who speaks in each direction; ECP counts more than LLDP, which several may speak. */
  readonly #spoken: Partial<Record<Direction, Uint8Array>> = {}
  #listeners: FramePortListeners | undefined

  constructor(inner: FramePort, { clock, table }: FaultPortOptions) {
    this.name = inner.name
    this.#inner = inner
    this.#clock = clock
    this.#table = table
  }

  /** Those of the port inside: what is dropped here on sending was sent by neither. */
  get counters(): FramePortCounters {
    return this.#inner.counters
  }

  open(listeners: FramePortListeners): void {
    this.#inner.open({ ...listeners, onFrames: (batch) => this.#receive(batch) })
    this.#listeners = listeners
  }

  send(octets: Uint8Array): void {
    this.#pass('send', octets, (frame) => this.#inner.send(frame))
  }

  prefer(address: MacAddress | null): void {
    this.#inner.prefer?.(address)
  }

  close(): void {
    this.#listeners = undefined
    for (const takeBack of this.#held) takeBack()
    this.#held.clear()
    for (const frames of Object.values(this.#overtaken)) frames.clear()
    this.#inner.close()
  }

  /** What is not held back stays one batch. */
  #receive(batch: readonly Uint8Array[]): void {
    const now: Uint8Array[] = []
    let gathering = true
    for (const octets of batch) {
      this.#pass('receive', octets, (frame) => {
        if (gathering) now.push(frame)
        else this.#listeners?.onFrames([frame])
      })
    }
    gathering = false
    if (now.length > 0) this.#listeners?.onFrames(now)
  }

  #pass(direction: Direction, octets: Uint8Array, onward: (frame: Uint8Array) => void): void {
    this.#noteSpeaker(direction, octets)
    const rules = this.#table.onPort(this.name)
    if (rules.length === 0 && this.#held.size === 0) return onward(octets)
    let flights: readonly Flight[] = [{ octets, delay: 0, behind: 0 }]
    for (const rule of rules) flights = flights.flatMap((flight) => this.#apply(rule, direction, flight))
    for (const flight of flights) this.#launch(direction, flight, onward)
  }

  /** Every frame comes by here: it is read when somebody wants to know. */
  #noteSpeaker(direction: Direction, octets: Uint8Array): void {
    if (octets.length < ETHERNET_HEADER_LENGTH) return
    const isEcp = ((octets[12]! << 8) | octets[13]!) === ETHERTYPE_ECP
    if (isEcp || this.#spoken[direction] === undefined) this.#spoken[direction] = octets
  }

  #apply(active: ActiveRule, direction: Direction, flight: Flight): readonly Flight[] {
    const view = viewFrame(flight.octets)
    if (!active.fitsFrame(direction, view) || !active.happens()) return [flight]
    const [vsi] = active.tlvs(view).flatMap((tlv) => tlv.vsi ?? [])
    const what = `${describeFrame(view)} ${direction === 'send' ? 'sent' : 'received'}`
    const { rule } = active
    this.#table.onInjected({ port: this.name, rule, what, ...(vsi !== undefined && { vsi }) })
    return this.#perform(active, direction, flight, view)
  }

  #perform(active: ActiveRule, direction: Direction, flight: Flight, view: FrameView): readonly Flight[] {
    const { rule, random } = active
    const { octets, delay } = flight
    const spans = () => active.tlvs(view).map(({ span }) => span)
    switch (rule.action) {
      case 'drop':
        return []
      case 'delay':
        return [{ ...flight, delay: delay + rule.milliseconds + random() * rule.jitter }]
      case 'duplicate':
        return Array.from({ length: rule.copies + 1 }, () => flight)
      case 'reorder':
        return [{ ...flight, behind: flight.behind + rule.behind, rival: (other) => active.isAbout(other) }]
      case 'corrupt':
        return [{ ...flight, octets: corrupted(octets, rule.offset, random) }]
      case 'truncate':
        return [{ ...flight, octets: octets.slice(0, rule.octets) }]
      case 'sequence': {
        const next = (sequence: number) => rule.number ?? sequence + (rule.shift ?? 0)
        return [{ ...flight, octets: renumbered(octets, next) }]
      }
      case 'no-evb':
        return [{ ...flight, octets: withoutEvb(octets) }]
      case 'omit':
        return this.#omit(direction, { ...flight, octets: withoutVsiTlvs(octets, spans()) }, view)
      case 'rewrite':
        return [{ ...flight, octets: rewritten(octets, spans(), rule) }]
      default:
        return [flight]
    }
  }

  /** An ECPDU with nothing left in it goes nowhere; its sender is to think it arrived, or it would be repeated. */
  #omit(direction: Direction, flight: Flight, { sequence = 0 }: FrameView): readonly Flight[] {
    if (viewFrame(flight.octets).tlvs.length > 0) return [flight]
    const spoken = this.#spoken[direction === 'send' ? 'receive' : 'send']
    const source = spoken ? readMacAddress(spoken, SOURCE_OFFSET) : NOBODY
    const header = { destination: NEAREST_CUSTOMER_BRIDGE, source, etherType: ETHERTYPE_ECP }
    const ecp = { op: ECP_OPS.acknowledge, subtype: ECP_SUBTYPES.vdp, sequence }
    const ack = encodeEthernetFrame(header, encodeEcpdu(ecp))
    this.#after(0.001, () => {
      if (direction === 'send') this.#listeners?.onFrames([ack])
      else this.#inner.send(ack)
    })
    return []
  }

  #launch(direction: Direction, flight: Flight, onward: (frame: Uint8Array) => void): void {
    const { octets, delay, behind, rival = () => true } = flight
    if (delay > 0) {
      this.#after(delay, () => this.#launch(direction, { ...flight, delay: 0 }, onward))
      return
    }
    if (behind > 0) return this.#letOvertake(direction, { behind, rival }, () => onward(octets))
    onward(octets)
    const waiting = [...this.#overtaken[direction]]
    if (waiting.length === 0) return
    const view = viewFrame(octets)
    for (const frame of waiting) if (frame.rival(view) && --frame.behind <= 0) frame.release()
  }

  #letOvertake(
    direction: Direction,
    { behind, rival }: Pick<Overtaken, 'behind' | 'rival'>,
    onward: () => void,
  ): void {
    const waiting = this.#overtaken[direction]
    const frame = {
      behind,
      rival,
      release: () => {
        takeBack?.()
        if (waiting.delete(frame)) onward()
      },
    }
    waiting.add(frame)
    const takeBack = this.#after(MAX_OVERTAKING, frame.release)
    if (takeBack === undefined) waiting.delete(frame)
  }

  /** Returns what takes it back; undefined when too much is held back already, and it is lost. */
  #after(delay: number, act: () => void): (() => void) | undefined {
    if (this.#held.size >= CAPACITY) return undefined
    const stop = this.#clock.wakeAt(this.#clock.now() + delay, () => {
      this.#held.delete(takeBack)
      act()
    })
    const takeBack = () => {
      this.#held.delete(takeBack)
      stop()
    }
    this.#held.add(takeBack)
    return takeBack
  }
}
