/** `qbg lab`: hands its arguments to the lab. */
import { runLab } from '../lab/lab.ts'

export function lab(argv: readonly string[]): Promise<number> {
  return runLab(argv)
}
