/** Who answers a bridge's questions about VSIs; `admission.ts` does, and what stands before it has the same shape. */
import type { VsiReport } from '../../protocol/engine/effect.ts'
import type { Decision, VsiCommand } from '../../protocol/engine/input.ts'
import type { VsiKey } from '../../protocol/vdp/vsi-id.ts'

/** May this VSI, on this port, have what it asks for? */
export interface Question {
  readonly port: string
  readonly vsi: VsiKey
  readonly command: VsiCommand
}

export interface Decider {
  /**
   * Calls `answer` at most once, now or later. A newer question about the same VSI on the same port takes the place
   * of the one before. Who does not answer in resourceWaitDelay refuses: the port sees to that.
   */
  decide(question: Question, answer: (decision: Decision) => void): void
  /** What became of a VSI, in the order in which the port said it: confirms, or frees, what it was given. */
  reported(port: string, report: VsiReport): void
}
