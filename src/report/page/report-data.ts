/** The model with what the page looks up in it again and again. */
import type { Lane, Party, ReportFinding, ReportFrame, ReportModel } from '../model.ts'

/** What happened to a VSI that has to be seen. */
export const REMARKABLE: ReadonlySet<string> = new Set(['refused', 'kept', 'ended-by-bridge', 'no-response'])

export class ReportData {
  readonly model: ReportModel
  readonly #places = new Map<number, number>()
  /** By frame: places of findings. */
  readonly #findings = new Map<number, number[]>()
  readonly #remarkable = new Set<number>()
  readonly #answers = new Map<number, number[]>()
  readonly #texts: (string | undefined)[] = []

  constructor(model: ReportModel) {
    this.model = model
    for (const [place, { number, to }] of model.frames.entries()) {
      this.#places.set(number, place)
      if (to !== undefined) listed(this.#answers, to).push(number)
    }
    for (const wanted of ['error', 'warning', 'note'])
      for (const [place, { frame, severity }] of model.findings.entries())
        if (severity === wanted) listed(this.#findings, frame).push(place)
    for (const { marks } of model.vsis)
      for (const { what, frame } of marks) if (REMARKABLE.has(what)) this.#remarkable.add(frame)
  }

  get isOneWire(): boolean {
    return this.model.parties.every((party) => party.interface === this.model.parties[0]!.interface)
  }

  placeOf(number: number): number | undefined {
    return this.#places.get(number)
  }

  frame(place: number): ReportFrame {
    return this.model.frames[place]!
  }

  party(index: number): Party {
    return this.model.parties[index]!
  }

  vsi(index: number): Lane {
    return this.model.vsis[index]!
  }

  /** Frames that acknowledge, answer or repeat this one. */
  answersTo(number: number): readonly number[] {
    return this.#answers.get(number) ?? []
  }

  /** Places, the worst first. */
  findingsOf(number: number): readonly number[] {
    return this.#findings.get(number) ?? []
  }

  /** The worst first. */
  severityOf(number: number): ReportFinding['severity'] | undefined {
    const [worst] = this.findingsOf(number)
    return worst === undefined ? undefined : this.model.findings[worst]!.severity
  }

  /** A frame that is not to be hidden in a group. */
  stands(number: number): boolean {
    const severity = this.severityOf(number)
    return severity === 'error' || severity === 'warning' || this.#remarkable.has(number)
  }

  /** What a text is looked for in. */
  searchText(place: number): string {
    const known = this.#texts[place]
    if (known !== undefined) return known
    const { number, text, from, vsis = [] } = this.frame(place)
    const { mac, name, role } = this.party(from)
    const ids = vsis.map((vsi) => this.vsi(vsi).id)
    const made = [number, text, mac, name ?? '', role, ...ids].join(' ').toLowerCase()
    this.#texts[place] = made
    return made
  }

  partyName(index: number): string {
    const { role, name, mac } = this.party(index)
    return `${role === 'unknown' ? 'sender' : role} ${name ? `${name} ` : ''}${mac}`
  }
}

function listed(map: Map<number, number[]>, key: number): number[] {
  const known = map.get(key)
  if (known) return known
  const list: number[] = []
  map.set(key, list)
  return list
}
