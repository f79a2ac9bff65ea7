/** What is wrong in a capture, and where. */
import type { MacAddress } from '../../protocol/wire/mac-address.ts'

/**
 * error    a rule of the standard is broken
 * warning  allowed, and yet trouble: lost frames, a peer that did not answer, a recommendation that was not kept
 * note     worth knowing: what can be an effect of where the capture was taken
 */
export const SEVERITIES = ['error', 'warning', 'note'] as const
export type Severity = (typeof SEVERITIES)[number]

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

/** Of each code at most so many are kept; all are counted. */
const MAX_OF_A_CODE = 1000

export class Findings {
  readonly all: Finding[] = []
  /** By code, also those that were not kept. */
  readonly counts = new Map<string, number>()

  add(finding: Finding): void {
    const count = (this.counts.get(finding.code) ?? 0) + 1
    this.counts.set(finding.code, count)
    if (count <= MAX_OF_A_CODE) this.all.push(finding)
  }
}

/** The code of a finding about octets that cannot be read. */
export function codeOfFault(what: 'lldp' | 'ecp' | 'ulpdu' | 'vsi', fault: string): string {
  return fault.startsWith(`${what}-`) ? fault : `${what}-${fault}`
}
