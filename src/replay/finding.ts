/** What is wrong in a capture, and where. */
import type { MacAddress } from '../../protocol/wire/mac-address.ts'

/**
 * error    a rule of the standard is broken
 * warning  allowed, and yet trouble: lost frames, a peer that did not answer, a recommendation that was not kept
 * note     worth knowing: what can be an effect of where the capture was taken
 */
export type Severity = 'error' | 'warning' | 'note'

export interface Finding {
  /** Stable, kebab-case: for expectation files. */
  readonly code: string
  /** Number in the table of rules (protocol/README.md); null for what no rule names. */
  readonly rule: number | null
  readonly severity: Severity
  readonly frame: number
  /** Milliseconds since the first packet. */
  readonly at: number
  /** Who is at fault. */
  readonly side: MacAddress
  readonly vsi: string | null
  readonly text: string
}

/** Of each code and severity at most so many are kept; all are counted. */
const MAX_ALIKE = 1000

export class Findings {
  /** Those that were kept. */
  readonly all: Finding[] = []
  /** Of all, also those that were not kept. */
  readonly counts: Record<Severity, number> = { error: 0, warning: 0, note: 0 }
  readonly #alike = new Map<string, number>()

  /** A warning that comes often does not hide the errors of the same code. */
  add(finding: Finding): void {
    const { code, severity } = finding
    const kind = `${severity} ${code}`
    const count = (this.#alike.get(kind) ?? 0) + 1
    this.#alike.set(kind, count)
    this.counts[severity]++
    if (count <= MAX_ALIKE) this.all.push(finding)
  }
}

/** The code of a finding about octets that cannot be read. */
export function codeOfFault(what: 'lldp' | 'ecp' | 'ulpdu' | 'vsi', fault: string): string {
  return fault.startsWith(`${what}-`) ? fault : `${what}-${fault}`
}
