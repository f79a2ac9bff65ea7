/** Says findings of the frame that is looked at, on behalf of the rules. */
import type { MacAddress } from '../../protocol/wire/mac-address.ts'
import type { Findings, Severity } from './finding.ts'
import type { Observation } from './observation.ts'

export class Judge {
  readonly #findings: Findings
  readonly #observation: Pick<Observation, 'number' | 'at' | 'source'>

  constructor(findings: Findings, observation: Pick<Observation, 'number' | 'at' | 'source'>) {
    this.#findings = findings
    this.#observation = observation
  }

  /** For what the frame shows of the other side. */
  about(source: MacAddress): Judge {
    return new Judge(this.#findings, { ...this.#observation, source })
  }

  error(code: string, rule: number | null, text: string, vsi: string | null = null): void {
    this.#say('error', code, rule, text, vsi)
  }

  warning(code: string, rule: number | null, text: string, vsi: string | null = null): void {
    this.#say('warning', code, rule, text, vsi)
  }

  note(code: string, rule: number | null, text: string, vsi: string | null = null): void {
    this.#say('note', code, rule, text, vsi)
  }

  #say(severity: Severity, code: string, rule: number | null, text: string, vsi: string | null): void {
    const { number, at, source } = this.#observation
    this.#findings.add({ code, rule, severity, frame: number, at, side: source, vsi, text })
  }
}
