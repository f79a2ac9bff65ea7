/** The VEPA lab: `qbg lab` and `npm start`. Being written. */
import { ControlError } from '../control/control-error.ts'

export async function runLab(_argv: readonly string[]): Promise<number> {
  throw new ControlError('bad-usage', 'the lab is not in this version yet')
}
