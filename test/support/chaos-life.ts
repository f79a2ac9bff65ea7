/** One life of one side in `chaos.ts`: a port that may stand still and die, and the witness of what it does (`chaos-witness.ts`). */
import type { Input, VsiCommand } from '../../protocol/engine/input.ts'
import type { PortConfig } from '../../protocol/engine/port-config.ts'
import type { Role } from '../../protocol/engine/view.ts'
import { Witness } from './chaos-witness.ts'
import { type Policy, TestPort } from './test-port.ts'
import type { VirtualTime } from './virtual-time.ts'

export interface LifeOptions {
  readonly role: Role
  readonly time: VirtualTime
  readonly config: PortConfig
  readonly policy: Policy
  /** LLDP is changed on the way. */
  readonly isDeceived: boolean
  /** Milliseconds until frames turn round that are to. */
  readonly relayDelay: number
  /** Where frames go. */
  readonly carry: (octets: Uint8Array) => void
}

export class Life extends TestPort {
  readonly witness: Witness
  readonly #late: Input[][] = []
  #stillSince = 0
  #stillUntil = 0
  #dead = false
  #depth = 0
  #asked = 0

  constructor({ role, time, config, policy, isDeceived, relayDelay, carry }: LifeOptions) {
    super({ role, time, config })
    this.witness = new Witness(this, isDeceived)
    this.policy = (asked) => this.witness.decides(asked, policy(asked))
    this.relayPath = (enabled) => this.#turnRound(enabled, relayDelay)
    this.transmit = (octets) => {
      this.witness.sends(octets)
      carry(octets)
    }
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
    for (const input of inputs) if (input.type === 'frame.received') this.witness.hears(input.octets)
    super.input(...inputs)
    this.#depth--
    if (this.#depth > 0) return
    this.witness.inspect(this.reports.splice(0), this.#late.length > 0)
    this.effects.length = 0
    this.sent.length = 0
  }

  /** Does nothing for `duration`; what comes meanwhile waits, timers included. */
  standStill(duration: number): void {
    if (this.isStill) return
    this.#stillSince = this.time.now
    this.#stillUntil = this.time.now + duration
    this.time.arm(`${this.state.role} goes on`, this.#stillUntil, () => this.#goOn())
  }

  die(): void {
    this.#dead = true
    for (const [id] of this.time.armed()) if (id.startsWith(`${this.state.role} `)) this.time.cancel(id)
  }

  /** The answer may come in the same step. */
  ask(asked: VsiCommand): void {
    this.witness.owed.set(++this.#asked, asked)
    this.request(asked)
  }

  end(vsi: string): void {
    this.witness.owed.set(++this.#asked, undefined)
    this.release(vsi)
  }

  /** The data path stops at once and begins after a while; then it says so. */
  #turnRound(enabled: boolean, delay: number): boolean | undefined {
    const isAtOnce = delay === 0 || !enabled
    if (isAtOnce) this.witness.relayPath = enabled
    if (delay === 0) return enabled
    this.time.arm(`${this.state.role} path`, this.time.now + delay, () => {
      this.witness.relayPath = enabled
      this.input({ type: 'relay.applied', enabled })
    })
    return undefined
  }

  #goOn(): void {
    this.witness.goesOn(this.time.now - this.#stillSince)
    for (let inputs = this.#late.shift(); inputs !== undefined; inputs = this.#late.shift()) {
      const due = inputs.filter((one) => one.type !== 'timer.expired' || this.#isDue(one.timer))
      if (due.length > 0) this.input(...due.map((one) => this.#asItIsNow(one)))
    }
  }

  /** What the data path does is looked up when it is told, as a daemon does: it may have been told otherwise since. */
  #asItIsNow(input: Input): Input {
    return input.type === 'relay.applied' ? { ...input, enabled: this.witness.relayPath } : input
  }

  #isDue(timer: string): boolean {
    return (this.state.timers.get(timer) ?? Number.POSITIVE_INFINITY) <= this.time.now
  }
}
