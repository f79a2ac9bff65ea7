/** `qbg drain`: a station de-associates everything it has at the switch, and leaves. */
import { ControlClient } from '../control/client.ts'
import { EXIT } from '../control/control-error.ts'
import { controlPath } from '../control/control-path.ts'
import { type ClientOptions, printJson, printLines } from './output.ts'

export async function drain(options: ClientOptions): Promise<number> {
  const answer = await new ControlClient(controlPath(options.control)).drain()
  const { released, left } = answer
  if (options.json) printJson(answer)
  else printLines([describe(released, left)])
  return left === 0 ? EXIT.ok : EXIT.refused
}

function describe(released: number, left: number): string {
  const done = `${released} VSI${released === 1 ? '' : 's'} de-associated, the station leaves`
  return left === 0 ? done : `${done}; ${left} unanswered, which the switch ends when keep-alives stay away`
}
