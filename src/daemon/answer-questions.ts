/**
 * The way of a bridge port's questions: through the faults on purpose to who decides, and back. An answer counts only
 * while the port still waits for it: who decides must not give away what nobody takes.
 */
import type { VsiKey } from '../../protocol/vdp/vsi-id.ts'
import type { Decider } from '../admission/decider.ts'
import type { DecisionFaults } from '../faults/decision-faults.ts'
import type { Driver } from '../runtime/driver.ts'

export interface Answering {
  readonly decider: Decider
  readonly faults: DecisionFaults
}

export function answerQuestions(driver: Driver, { decider, faults }: Answering): void {
  const port = driver.name
  /** Number of the question that waits. */
  const open = new Map<VsiKey, number>()
  driver.on('vsi.reported', ({ report }) => {
    open.delete(report.vsi)
    decider.reported(port, report)
  })
  driver.on('vsi.decide', (question) => {
    const { vsi, decision, command } = question
    open.set(vsi, decision)
    faults.ask(question, () => {
      if (open.get(vsi) !== decision) return
      decider.decide({ port, vsi, command }, (answer) => {
        driver.submit({ type: 'vsi.decided', vsi, decision, answer })
      })
    })
  })
}
