/**
 * Whose each VSI of a station port is. A VSI that nobody had belongs to its first asker at once; a request of somebody
 * else takes it over when the switch has granted it, so that a refused one changes nothing. Anybody may end it.
 */
import type { VsiReport } from '../../protocol/engine/effect.ts'
import type { VsiKey } from '../../protocol/vdp/vsi-id.ts'
import type { Owner, Ownership } from '../control/owner.ts'
import type { Device } from '../state/stored-vsi.ts'

/** What an owner wants to find again with its VSI after a restart: plain JSON, kept and never looked into. */
export type OwnerDetail = Readonly<Record<string, unknown>>

/** A VSI's owner with what is kept for it. */
export interface Belonging extends Ownership {
  /** Since when. Milliseconds since 1970. */
  readonly since: number
  /** The guest's interface it was seen on. */
  readonly device?: Device | undefined
  /** Of each asker that gave one, also after another one took the VSI over. */
  readonly details: Readonly<Partial<Record<Owner, OwnerDetail>>>
}

const NO_DETAILS: Belonging['details'] = {}

interface Claim {
  readonly owner: Owner
  readonly detail: OwnerDetail | undefined
}

export class Owners {
  readonly #of = new Map<VsiKey, Belonging>()
  /** By ticket: requests without a final answer. */
  readonly #claims = new Map<number, Claim>()

  find(vsi: VsiKey): Belonging | undefined {
    return this.#of.get(vsi)
  }

  /** Somebody asks for the VSI. `at` is milliseconds since 1970. */
  ask(vsi: VsiKey, ticket: number, claim: Claim, at: number): void {
    this.#claims.set(ticket, claim)
    const belonging = this.#of.get(vsi)
    if (belonging === undefined || belonging.owner === claim.owner) this.#give(vsi, claim, at)
  }

  /** The VSI was read from disk. */
  restore(vsi: VsiKey, belonging: Omit<Belonging, 'restored'>): void {
    this.#of.set(vsi, { ...belonging, restored: true })
  }

  /** The owner's detail has changed without a request; nothing happens when the VSI is not there. */
  setDetail(vsi: VsiKey, owner: Owner, detail: OwnerDetail): void {
    const belonging = this.#of.get(vsi)
    if (belonging) this.#of.set(vsi, { ...belonging, details: { ...belonging.details, [owner]: detail } })
  }

  setDevice(vsi: VsiKey, device: Device): void {
    const belonging = this.#of.get(vsi)
    if (belonging) this.#of.set(vsi, { ...belonging, device })
  }

  /** `live`: the port still knows the VSI, or its owner will ask for it again. */
  reported({ vsi, outcome, tickets }: VsiReport, live: boolean, at: number): void {
    for (const ticket of tickets) {
      const claim = this.#claims.get(ticket)
      this.#claims.delete(ticket)
      if (claim && outcome === 'granted') this.#give(vsi, claim, at)
    }
    const belonging = this.#of.get(vsi)
    if (!live) this.#of.delete(vsi)
    else if (belonging?.restored && outcome === 'granted')
      this.#of.set(vsi, { ...belonging, restored: false })
  }

  #give(vsi: VsiKey, { owner, detail }: Claim, at: number): void {
    const before = this.#of.get(vsi)
    const since = before?.owner === owner ? before.since : at
    const known = before?.details ?? NO_DETAILS
    const details = detail ? { ...known, [owner]: detail } : known
    this.#of.set(vsi, { ...before, owner, restored: false, since, details })
  }
}
