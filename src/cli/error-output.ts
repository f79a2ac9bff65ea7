/** Errors as people and programs read them, and the exit status they lead to. */
import { printable } from '../../protocol/lldp/admin-string.ts'
import { CONTROL_CODES, ControlError, EXIT } from '../control/control-error.ts'
import type { ErrorAnswer } from '../control/schema/envelope.ts'
import { describeError, OperationalError } from '../runtime/operational-error.ts'
import { printJsonLine } from './output.ts'
import { styleOf } from './style.ts'

/**
 * Text on standard error, in which nothing steers the terminal: it quotes files that others wrote. With `json` one JSON
 * answer on standard output, on one line: a stream may have gone before. Returns the exit status.
 */
export function printError(error: unknown, json: boolean): number {
  const { code, message, hint, path } = explain(error)
  if (json) {
    const rest = { ...(hint !== undefined && { hint }), ...(path !== undefined && { path }) }
    printJsonLine({ schema: 'qbg/v1/error', error: { code, message, ...rest } } satisfies ErrorAnswer)
  } else {
    const style = styleOf(process.stderr)
    process.stderr.write(`${style.red('qbg:')} ${message.split('\n').map(printable).join('\n')}\n`)
    if (hint !== undefined) process.stderr.write(`${style.dim('hint:')} ${hint}\n`)
  }
  return exitStatus(error)
}

interface Explained {
  readonly code: string
  readonly message: string
  readonly hint?: string | undefined
  readonly path?: string | undefined
}

function explain(error: unknown): Explained {
  if (error instanceof ControlError) return error
  if (error instanceof OperationalError) {
    const cause = error.cause === undefined ? '' : `: ${describeError(error.cause)}`
    return { code: error.code, message: `${error.message}${cause}`, hint: error.hint }
  }
  const detail = error instanceof Error ? (error.stack ?? error.message) : String(error)
  return { code: 'internal', message: `a fault of qbg: ${detail}`, hint: 'please report it' }
}

function exitStatus(error: unknown): number {
  if (error instanceof ControlError) return CONTROL_CODES[error.code].exit
  return error instanceof OperationalError ? EXIT.cannotRun : EXIT.refused
}
