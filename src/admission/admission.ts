/**
 * Admission control of a bridge, over all its ports: asks for the VSI type, holds the request against it and against
 * what is left, remembers what was granted, and takes it back when the type changes, when its time is over, or when
 * the VSI is associated on another port. What an event costs does not depend on how many VSIs there are, except that
 * a changed type is held against each VSI that has it.
 */
import type { VsiReport } from '../../protocol/engine/effect.ts'
import type { Decision } from '../../protocol/engine/input.ts'
import type { WithdrawalCode } from '../../protocol/engine/reason.ts'
import { ASSOCIATION_TYPES } from '../../protocol/vdp/association-tlv.ts'
import { VDP_ERRORS } from '../../protocol/vdp/status.ts'
import type { VsiKey } from '../../protocol/vdp/vsi-id.ts'
import type { Clock } from '../runtime/clock.ts'
import { describeKey, keyOfCommand, type TypeKey } from '../vsi-types/type-key.ts'
import type { Lookup, TypeSource } from '../vsi-types/type-source.ts'
import type { TrafficSettings, VsiType } from '../vsi-types/vsi-type.ts'
import type { Decider, Question } from './decider.ts'
import { evaluate, refused } from './evaluate.ts'
import { type Grant, Grants } from './grants.ts'
import { type PortLimits, type PortUse, Resources } from './resources.ts'
import { Validity } from './validity.ts'

export interface Withdrawal {
  readonly vsi: VsiKey
  readonly code: WithdrawalCode
  readonly detail: string
}

export interface AdmissionOptions {
  readonly source: TypeSource
  /** VID for entries that leave it open, when their type assigns none. */
  readonly assignVid: number | 'none'
  readonly limits: (port: string) => PortLimits
  readonly clock: Clock
  /** Milliseconds since 1970. */
  readonly wallClock: () => number
  /** Takes VSIs of a port away, all in the same moment. */
  readonly withdraw: (port: string, withdrawals: readonly Withdrawal[]) => void
  /** A VSI that is associated on one port has been associated on another. */
  readonly moved: (vsi: VsiKey, from: string, to: string) => void
}

export class Admission implements Decider {
  readonly #options: AdmissionOptions
  readonly #grants = new Grants()
  readonly #resources = new Resources()
  readonly #validity: Validity
  /** Questions that wait for their type, with what takes them back. */
  readonly #waiting = new Map<string, () => void>()
  /** Answered with yes, and the port has not said yet that it took the answer: what the VSI had before. */
  readonly #unconfirmed = new Map<string, Grant | undefined>()
  readonly #trafficListeners = new Set<(port: string, vsi: VsiKey) => void>()

  constructor(options: AdmissionOptions) {
    this.#options = options
    const { source, clock, wallClock } = options
    this.#validity = new Validity({ clock, wallClock, over: (key) => this.#reconsider(key) })
    source.onChange((key) => {
      for (const one of key ? [key] : this.#grants.usedTypes()) this.#reconsider(one)
    })
  }

  decide(question: Question, answer: (decision: Decision) => void): void {
    const place = placeOf(question.port, question.vsi)
    this.#stopWaiting(place)
    let answered = false
    const takeBack = this.#options.source.lookUp(keyOfCommand(question.command), (lookup) => {
      answered = true
      this.#waiting.delete(place)
      answer(this.#judge(question, lookup))
    })
    if (!answered) this.#waiting.set(place, takeBack)
  }

  reported(port: string, { vsi, outcome, state }: VsiReport): void {
    const place = placeOf(port, vsi)
    this.#stopWaiting(place)
    if (outcome === 'granted') {
      this.#unconfirmed.delete(place)
      if (state === 'associated') this.#takeFromOtherPorts(port, vsi)
    } else if (outcome !== 'kept') {
      this.#unconfirmed.delete(place)
      this.#remove(port, vsi)
    } else if (this.#unconfirmed.has(place)) {
      const before = this.#unconfirmed.get(place)
      this.#unconfirmed.delete(place)
      if (before) this.#put(before)
      else this.#remove(port, vsi)
    }
  }

  /** The port is gone with all it had. */
  forget(port: string): void {
    for (const place of this.#waiting.keys())
      if (place.startsWith(placeOf(port, ''))) this.#stopWaiting(place)
    for (const { vsi } of this.#grants.ofPort(port)) {
      this.#unconfirmed.delete(placeOf(port, vsi))
      this.#remove(port, vsi)
    }
  }

  close(): void {
    for (const place of [...this.#waiting.keys()]) this.#stopWaiting(place)
    this.#validity.close()
  }

  /** What the data path is to hold an associated VSI to; undefined when it has nothing. */
  traffic(port: string, vsi: VsiKey): TrafficSettings | undefined {
    return this.#grants.find(port, vsi)?.type.traffic
  }

  /** Calls `listener` when that changed for a VSI that stays as it is otherwise. */
  onTrafficChange(listener: (port: string, vsi: VsiKey) => void): void {
    this.#trafficListeners.add(listener)
  }

  /** What the VSI was granted with. */
  grant(port: string, vsi: VsiKey): Grant | undefined {
    return this.#grants.find(port, vsi)
  }

  portUse(port: string): PortUse {
    return this.#resources.ofPort(port)
  }

  /** Types in use: VSIs that have them, and those of them that hold resources. */
  typesInUse(): { readonly type: VsiType; readonly vsis: number; readonly holding: number }[] {
    return [...this.#grants.perType()].map(([type, vsis]) => ({
      type,
      vsis,
      holding: this.#resources.ofType(type.key),
    }))
  }

  /** Questions that wait for a VSI manager. */
  get waiting(): number {
    return this.#waiting.size
  }

  #judge({ port, vsi, command }: Question, lookup: Lookup): Decision {
    if (lookup.outcome !== 'found') return notFound(keyOfCommand(command), lookup)
    const { type } = lookup
    const verdict = evaluate(type, command.filter, this.#circumstances())
    if (verdict.outcome === 'refuse') return verdict
    const holds = command.type !== ASSOCIATION_TYPES.preassociate
    const before = this.#grants.find(port, vsi)
    const owned = before?.holds ? before.type : undefined
    const { limits } = this.#options
    const obstacle = holds ? this.#resources.obstacle(port, vsi, type, limits(port), owned) : undefined
    if (obstacle !== undefined) return obstacle
    this.#put({ port, vsi, command: { ...command, filter: verdict.filter }, type, holds })
    this.#unconfirmed.set(placeOf(port, vsi), before)
    return verdict
  }

  #circumstances() {
    return { assignVid: this.#options.assignVid, now: this.#options.wallClock() }
  }

  /** The type has changed, is gone, or its time is over. A manager that cannot be reached just now changes nothing. */
  #reconsider(key: TypeKey): void {
    this.#options.source.lookUp(key, (lookup) => {
      if (lookup.outcome === 'unreachable' && !lookup.hard) return
      const withdrawn = new Map<string, Withdrawal[]>()
      for (const grant of this.#grants.ofType(key)) {
        const verdict = this.#reevaluate(grant, lookup)
        if (verdict.outcome !== 'refuse') continue
        const { vsi, port } = grant
        const ofPort = withdrawn.get(port) ?? []
        ofPort.push({ vsi, code: 'type-withdrawn', detail: verdict.detail ?? 'the type is withdrawn' })
        withdrawn.set(port, ofPort)
      }
      for (const [port, withdrawals] of withdrawn) this.#options.withdraw(port, withdrawals)
    })
  }

  /** A lowered number of VSIs, or more bandwidth, counts for new requests: who has it keeps it. */
  #reevaluate(grant: Grant, lookup: Lookup): Decision {
    if (lookup.outcome !== 'found') return notFound(keyOfCommand(grant.command), lookup)
    const { type } = lookup
    const verdict = evaluate(type, grant.command.filter, this.#circumstances())
    if (verdict.outcome === 'grant' && type.text !== grant.type.text) {
      this.#put({ ...grant, type })
      for (const listener of this.#trafficListeners) listener(grant.port, grant.vsi)
    }
    return verdict
  }

  /** The newest Associate wins. A Pre-Associate there is normal: so a migration begins. */
  #takeFromOtherPorts(port: string, vsi: VsiKey): void {
    for (const other of this.#grants.ofVsi(vsi)) {
      const associated = other.command.type === ASSOCIATION_TYPES.associate
      if (other.port === port || !associated || this.#unconfirmed.has(placeOf(other.port, vsi))) continue
      this.#options.moved(vsi, other.port, port)
      this.#options.withdraw(other.port, [{ vsi, code: 'moved', detail: `associated on port ${port} since` }])
    }
  }

  #put(grant: Grant): void {
    const { port, vsi, type, holds, command } = grant
    const { source } = this.#options
    const before = this.#grants.put(grant)
    if (before?.holds) this.#resources.giveBack(port, vsi, before.type)
    if (holds) this.#resources.take(port, vsi, type)
    const key = keyOfCommand(command)
    source.use(key)
    if (before) this.#drop(keyOfCommand(before.command))
    this.#validity.watch(key, type.validUntil)
  }

  #remove(port: string, vsi: VsiKey): void {
    const grant = this.#grants.remove(port, vsi)
    if (grant === undefined) return
    if (grant.holds) this.#resources.giveBack(port, vsi, grant.type)
    this.#drop(keyOfCommand(grant.command))
  }

  #drop(key: TypeKey): void {
    this.#options.source.drop(key)
    if (this.#grants.isUsed(key)) return
    this.#validity.forget(key)
  }

  #stopWaiting(place: string): void {
    this.#waiting.get(place)?.()
    this.#waiting.delete(place)
  }
}

function notFound(key: TypeKey, lookup: Exclude<Lookup, { outcome: 'found' }>) {
  if (lookup.outcome === 'unknown') return refused(VDP_ERRORS.other, true, `${describeKey(key)} is not known`)
  return refused(VDP_ERRORS.managerUnreachable, lookup.hard, `${describeKey(key)}: ${lookup.why}`)
}

function placeOf(port: string, vsi: VsiKey): string {
  return `${port} ${vsi}`
}
