/** A rule on one port: what it fits, and how often it is done. Counted and drawn for each port by itself. */
import type { FaultRule } from '../control/schema/fault.ts'
import type { Mode } from '../control/schema/vsi-request.ts'
import { type Random, seededRandom } from '../io/prng.ts'
import type { FrameView, VsiTlvView } from './frame-view.ts'

/** A rule with its name. */
export type NamedRule = FaultRule & { readonly name: string }

/** A VSI that is asked about, or was granted. */
export interface VsiFacts {
  readonly vsi: string
  readonly typeId: number
  readonly typeVersion: number
  readonly mode: Mode
}

export class ActiveRule<Rule extends NamedRule = NamedRule> {
  readonly rule: Rule
  /** For what the rule does by chance. */
  readonly random: Random
  #matched = 0
  #applied = 0

  constructor(rule: Rule, port: string, seed: number) {
    this.rule = rule
    this.random = seededRandom(mix(seed, `${rule.name} ${port}`))
  }

  get matched(): number {
    return this.#matched
  }

  get applied(): number {
    return this.#applied
  }

  get spent(): boolean {
    const { nth, times } = this.rule
    return (nth !== undefined && this.#matched >= nth) || (times !== undefined && this.#applied >= times)
  }

  /** One more that fits: is it done to this one? */
  happens(): boolean {
    const { nth, every, chance, times } = this.rule
    this.#matched++
    const its =
      (times === undefined || this.#applied < times) &&
      (nth === undefined || this.#matched === nth) &&
      (every === undefined || this.#matched % every === 0) &&
      (chance === undefined || this.random() < chance)
    if (its) this.#applied++
    return its
  }

  fitsVsi({ vsi, typeId, typeVersion, mode }: Partial<VsiFacts>): boolean {
    const { rule } = this
    return (
      (rule.vsi === undefined || rule.vsi === vsi) &&
      (rule.mode === undefined || rule.mode === mode) &&
      (rule.type === undefined || rule.type === `${typeId}` || rule.type === `${typeId}:${typeVersion}`)
    )
  }

  /** VSI TLVs that fit; all of them when the rule names none. */
  tlvs(view: FrameView): readonly VsiTlvView[] {
    return view.tlvs.filter((tlv) => this.fitsVsi(tlv))
  }

  /** True for a rule about frames that this one is among. */
  fitsFrame(direction: 'send' | 'receive', view: FrameView): boolean {
    const { rule } = this
    if (!('frame' in rule) || (rule.direction !== 'both' && rule.direction !== direction)) return false
    if (!isOfKind(rule, view)) return false
    const named = rule.vsi !== undefined || rule.type !== undefined || rule.mode !== undefined
    return !named || this.tlvs(view).length > 0
  }

  /** Of the kind that the rule is about, whoever's it is. */
  isAbout(view: FrameView): boolean {
    return 'frame' in this.rule && isOfKind(this.rule, view)
  }
}

/** What a rule does may be possible with one kind only. */
function isOfKind(rule: Extract<NamedRule, { frame: string }>, { kind, sequence }: FrameView): boolean {
  if (rule.action === 'no-evb' && kind !== 'lldp') return false
  if ((rule.action === 'omit' || rule.action === 'rewrite') && kind !== 'vdp') return false
  if (rule.action === 'sequence' && sequence === undefined) return false
  if (rule.frame === 'any') return true
  return rule.frame === 'ecp' ? sequence !== undefined : rule.frame === kind
}

/** FNV-1a of the text, from the seed on. */
function mix(seed: number, text: string): number {
  let hash = (2166136261 ^ seed) >>> 0
  for (let index = 0; index < text.length; index++) {
    hash = Math.imul(hash ^ text.charCodeAt(index), 16777619) >>> 0
  }
  return hash
}
