/**
 * What is asked of a port and not answered yet. Who asks for what he has asked for already, and nobody for anything
 * else since, shares the ticket: so the tickets of a VSI are few, however often somebody asks a switch that is silent.
 */
import type { VsiReport } from '../../protocol/engine/effect.ts'
import type { VsiCommand } from '../../protocol/engine/input.ts'
import { equalCommands } from '../../protocol/vdp/command.ts'
import type { VsiKey } from '../../protocol/vdp/vsi-id.ts'
import type { Owner } from '../control/owner.ts'

interface OpenRequest {
  /** Null: the VSI is to end. */
  readonly command: VsiCommand | null
  readonly tickets: Map<Owner, number>
}

export class OpenRequests {
  /** What was asked for last, of each VSI. */
  readonly #last = new Map<VsiKey, OpenRequest>()

  /** The ticket of the same request of the same owner; undefined when there is none. */
  find(vsi: VsiKey, owner: Owner, command: VsiCommand | null): number | undefined {
    const last = this.#last.get(vsi)
    return last && asksTheSame(last.command, command) ? last.tickets.get(owner) : undefined
  }

  add(vsi: VsiKey, owner: Owner, command: VsiCommand | null, ticket: number): void {
    const last = this.#last.get(vsi)
    if (last && asksTheSame(last.command, command)) last.tickets.set(owner, ticket)
    else this.#last.set(vsi, { command, tickets: new Map([[owner, ticket]]) })
  }

  reported({ vsi, tickets }: VsiReport): void {
    const last = this.#last.get(vsi)
    if (last === undefined) return
    for (const [owner, ticket] of last.tickets) if (tickets.includes(ticket)) last.tickets.delete(owner)
    if (last.tickets.size === 0) this.#last.delete(vsi)
  }
}

function asksTheSame(a: VsiCommand | null, b: VsiCommand | null): boolean {
  return a === null || b === null ? a === b : equalCommands(a, b)
}
