/** `qbg log-level [LEVEL]`: what a running daemon logs, without restarting it. */
import { ControlClient } from '../control/client.ts'
import { EXIT } from '../control/control-error.ts'
import { controlPath } from '../control/control-path.ts'
import { type ClientOptions, printJson, printLines } from './output.ts'

export async function logLevel(level: string | undefined, options: ClientOptions): Promise<number> {
  const client = new ControlClient(controlPath(options.control))
  const answer = level === undefined ? await client.logLevel() : await client.setLogLevel(level)
  if (options.json) printJson(answer)
  else printLines([answer.level])
  return EXIT.ok
}
