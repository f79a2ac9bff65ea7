/**
 * A port on virtual time: does what its effects ask for, keeps what it sent and reported, and plays the switch
 * by a policy. `connect` joins two of them by a wire; alone, the test plays the neighbour by hand.
 */
import type { CounterName } from '../../protocol/engine/counters.ts'
import { zeroCounters } from '../../protocol/engine/counters.ts'
import type { Effect, VsiReport } from '../../protocol/engine/effect.ts'
import type { Decision, Input, VsiCommand } from '../../protocol/engine/input.ts'
import { DEFAULT_PORT_CONFIG, type PortConfig } from '../../protocol/engine/port-config.ts'
import { createPort, type PortState, stepAll } from '../../protocol/engine/step.ts'
import type { Role } from '../../protocol/engine/view.ts'
import type { Fault } from '../../protocol/wire/decoded.ts'
import type { MacAddress } from '../../protocol/wire/mac-address.ts'
import type { VirtualTime } from './virtual-time.ts'

export const STATION_MAC = '02:00:00:00:0a:01' as MacAddress
export const BRIDGE_MAC = '02:00:00:00:0b:01' as MacAddress

/** What the switch says; undefined: it does not answer. */
export type Policy = (command: VsiCommand) => Decision | undefined

/** Grants everything and gives VLAN 100 to whoever leaves it open. */
export const grantAll: Policy = ({ filter }) => ({
  outcome: 'grant',
  filter: {
    ...filter,
    entries: filter.entries.map((entry) => (entry.vid === 0 ? { ...entry, vid: 100 } : entry)),
  },
})

export interface TestPortOptions {
  readonly role: Role
  readonly time: VirtualTime
  readonly config?: PortConfig
  readonly mac?: MacAddress
  readonly policy?: Policy
}

export class TestPort {
  readonly state: PortState
  readonly time: VirtualTime
  readonly mac: MacAddress
  /** Every frame sent, with its time. */
  readonly sent: { readonly at: number; readonly octets: Uint8Array }[] = []
  readonly reports: VsiReport[] = []
  readonly effects: Effect[] = []
  readonly faults: Fault[] = []
  readonly decisions: Extract<Effect, { type: 'vsi.decide' }>[] = []
  readonly counters: Record<CounterName, number> = zeroCounters()
  policy: Policy
  /** Where frames go; a test may put a hand in. */
  transmit: (octets: Uint8Array) => void = () => {}
  /** What the data path answers to `relay.set`; undefined: nothing. */
  relayPath: (enabled: boolean) => boolean | undefined = (enabled) => enabled
  relay = false
  private ticket = 0
  private readonly name: string

  constructor({ role, time, config = DEFAULT_PORT_CONFIG, mac, policy = grantAll }: TestPortOptions) {
    this.state = createPort(role, config)
    this.time = time
    this.mac = mac ?? (role === 'station' ? STATION_MAC : BRIDGE_MAC)
    this.name = `${role} ${this.mac}`
    this.policy = policy
  }

  input(...inputs: Input[]): void {
    const { effects, failures } = stepAll(this.state, inputs, this.time.now)
    for (const { error } of failures) throw error
    const followUps: Input[] = []
    for (const effect of effects) this.perform(effect, followUps)
    if (followUps.length > 0) this.input(...followUps)
  }

  linkUp(): void {
    this.input({ type: 'link.changed', up: true, mac: this.mac })
  }

  linkDown(): void {
    this.input({ type: 'link.changed', up: false, mac: this.mac })
  }

  receive(octets: Uint8Array): void {
    this.input({ type: 'frame.received', octets })
  }

  /** Asks for a VSI; the ticket. */
  request(command: VsiCommand): number {
    const ticket = ++this.ticket
    this.input({ type: 'vsi.requested', ticket, command })
    return ticket
  }

  release(vsi: string): number {
    const ticket = ++this.ticket
    this.input({ type: 'vsi.released', ticket, vsi })
    return ticket
  }

  /** The final report of a request, undefined while there is none. */
  answerTo(ticket: number): VsiReport | undefined {
    return this.reports.find(({ tickets }) => tickets.includes(ticket))
  }

  /** Frames sent since the last call. */
  takeSent(): Uint8Array[] {
    return this.sent.splice(0).map(({ octets }) => octets)
  }

  private perform(effect: Effect, followUps: Input[]): void {
    this.effects.push(effect)
    switch (effect.type) {
      case 'frame.send':
        this.sent.push({ at: this.time.now, octets: effect.octets })
        return this.transmit(effect.octets)
      case 'timer.arm':
        return this.time.arm(`${this.name} ${effect.timer}`, effect.at, () =>
          this.input({ type: 'timer.expired', timer: effect.timer }),
        )
      case 'timer.cancel':
        return this.time.cancel(`${this.name} ${effect.timer}`)
      case 'vsi.decide': {
        this.decisions.push(effect)
        const answer = this.policy(effect.command)
        if (answer)
          followUps.push({ type: 'vsi.decided', vsi: effect.vsi, decision: effect.decision, answer })
        return
      }
      case 'vsi.reported':
        this.reports.push(effect.report)
        return
      case 'relay.set': {
        const enabled = this.relayPath(effect.enabled)
        if (enabled !== undefined) followUps.push({ type: 'relay.applied', enabled })
        return
      }
      case 'relay.changed':
        this.relay = effect.active
        return
      case 'counter.add':
        this.counters[effect.counter] += effect.by
        return
      case 'fault.found':
        this.faults.push(effect.fault)
    }
  }
}

/** Frames carried by all wires: each one under way is a deadline with a name of its own. */
let frames = 0

/** A wire between two ports with a delay in milliseconds (0: at once, but after the step that sent). */
export function connect(a: TestPort, b: TestPort, delay = 0.05): void {
  const wire = (to: TestPort) => (octets: Uint8Array) => {
    a.time.arm(`wire ${frames++}`, a.time.now + delay, () => to.receive(octets))
  }
  a.transmit = wire(b)
  b.transmit = wire(a)
}
