/** Writing answers to standard output. */
import type { SchemaName } from '../control/schema/envelope.ts'

type Answer = object & { readonly schema: SchemaName }

/** A top-level answer, indented for people who look at it. */
export function printJson<A extends Answer>(answer: A): void {
  process.stdout.write(`${JSON.stringify(answer, null, 2)}\n`)
}

/** The same on one line, for streams. */
export function printJsonLine<A extends Answer>(answer: A): void {
  process.stdout.write(`${JSON.stringify(answer)}\n`)
}

export function printLines(lines: readonly string[]): void {
  if (lines.length > 0) process.stdout.write(`${lines.join('\n')}\n`)
}

/** Options that every command talking to a daemon has. */
export interface ClientOptions {
  readonly control?: string
  readonly json?: boolean
  readonly port?: string
}
