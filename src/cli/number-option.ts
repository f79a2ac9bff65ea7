/** Options that are numbers. */
import { ControlError } from '../control/control-error.ts'

/** A whole number in its range, or the error that names `option`. */
export function readNumber(text: string, option: string, least: number, most: number): number {
  const number = /^\d+$/.test(text) ? Number(text) : Number.NaN
  if (number >= least && number <= most) return number
  throw new ControlError('bad-usage', `${option} has to be a number from ${least} to ${most}, not "${text}"`)
}
