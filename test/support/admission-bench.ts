/** An admission control by itself: types a test puts there, requests it makes, and what is taken away, all by hand. */
import type { VsiReport } from '../../protocol/engine/effect.ts'
import type { Decision, VsiCommand } from '../../protocol/engine/input.ts'
import { stateAfter } from '../../protocol/vdp/command.ts'
import { formatVsiId } from '../../protocol/vdp/vsi-id.ts'
import { Admission, type AdmissionOptions, type Withdrawal } from '../../src/admission/admission.ts'
import { parseFilter } from '../../src/control/filter-text.ts'
import { type VsiTypeInput, vsiTypeEntry } from '../../src/control/schema/vsi-type.ts'
import { VirtualClock } from '../../src/runtime/virtual-clock.ts'
import { keyText, type TypeKey } from '../../src/vsi-types/type-key.ts'
import { type Lookup, nothingToTakeBack, type TypeSource } from '../../src/vsi-types/type-source.ts'
import { toVsiType, type VsiType } from '../../src/vsi-types/vsi-type.ts'
import { command, keyOf, vsiId } from './vdp.ts'

export const START = Date.parse('2026-03-01T00:00:00Z')

export function typeOf(written: VsiTypeInput): VsiType {
  return toVsiType(vsiTypeEntry.parse(written))
}

/** An Associate of VSI `number` with the filter as people write it. */
export function asking(number: number, typeId: number, filter: string[], rest: Partial<VsiCommand> = {}) {
  const parsed = parseFilter(filter)
  if (!parsed.ok) throw new Error(parsed.message)
  return command(number, { typeId, typeVersion: 0, filter: parsed.value, vsiId: vsiId(number), ...rest })
}

/** Types that are there at once, or whose manager takes until `answerAll` to say so. */
export class ToldTypes implements TypeSource {
  readonly types = new Map<string, VsiType>()
  /** With users, and their number. */
  readonly used = new Map<string, number>()
  slow = false
  unreachable: { why: string; hard: boolean } | undefined
  readonly #listeners: ((key?: TypeKey) => void)[] = []
  #asked: (() => void)[] = []

  put(...written: VsiTypeInput[]): void {
    for (const one of written) this.types.set(String(one.id), typeOf(one))
  }

  lookUp({ typeId }: TypeKey, answer: (lookup: Lookup) => void): () => void {
    const give = () => {
      const type = this.types.get(String(typeId))
      if (this.unreachable) answer({ outcome: 'unreachable', ...this.unreachable })
      else answer(type ? { outcome: 'found', type } : { outcome: 'unknown' })
    }
    if (!this.slow) {
      give()
      return nothingToTakeBack
    }
    this.#asked.push(give)
    return () => {
      this.#asked = this.#asked.filter((one) => one !== give)
    }
  }

  get asked(): number {
    return this.#asked.length
  }

  answerAll(): void {
    for (const give of this.#asked.splice(0)) give()
  }

  onChange(listener: (key?: TypeKey) => void): void {
    this.#listeners.push(listener)
  }

  changed(): void {
    for (const listener of this.#listeners) listener()
  }

  use({ managerId, typeId, typeVersion }: TypeKey): void {
    const text = keyText(managerId, typeId, typeVersion)
    this.used.set(text, (this.used.get(text) ?? 0) + 1)
  }

  drop({ managerId, typeId, typeVersion }: TypeKey): void {
    const text = keyText(managerId, typeId, typeVersion)
    const users = this.used.get(text)! - 1
    if (users > 0) this.used.set(text, users)
    else this.used.delete(text)
  }
}

export class AdmissionBench {
  readonly types = new ToldTypes()
  readonly clock = new VirtualClock()
  readonly withdrawn: (Withdrawal & { port: string })[] = []
  readonly moves: string[] = []
  readonly admission: Admission

  constructor(options: Partial<AdmissionOptions> = {}) {
    this.admission = new Admission({
      source: this.types,
      assignVid: 1,
      limits: () => ({}),
      clock: this.clock,
      wallClock: () => START + this.clock.now(),
      withdraw: (port, withdrawals) => {
        for (const one of withdrawals) {
          this.withdrawn.push({ port, ...one })
          this.report(port, one.vsi, 'lost')
        }
      },
      moved: (vsi, from, to) => this.moves.push(`${vsi.slice(-1)} ${from} ${to}`),
      ...options,
    })
  }

  /** As a port does it: asks, and says what became of it. Undefined while there is no answer. */
  ask(port: string, asked: VsiCommand): Decision | undefined {
    let decision: Decision | undefined
    const vsi = formatVsiId(asked.vsiId)
    this.admission.decide({ port, vsi, command: asked }, (answer) => {
      decision = answer
      if (answer.outcome === 'grant') this.report(port, vsi, 'granted', asked)
    })
    return decision
  }

  report(port: string, vsi: string, outcome: VsiReport['outcome'], asked: VsiCommand | null = null): void {
    const state = outcome === 'granted' && asked ? stateAfter(asked.type) : 'none'
    this.admission.reported(port, { vsi, state, outcome, command: asked, tickets: [] })
  }

  end(port: string, number: number): void {
    this.report(port, keyOf(number), 'released')
  }
}
