/** `qbg version`, `qbg --version`. */
import { qbgVersion } from '../control/version.ts'
import { printJson, printLines } from './output.ts'

export function printVersion(json: boolean): void {
  const version = qbgVersion()
  if (json) printJson({ schema: 'qbg/v1/version', version })
  else printLines([version])
}
