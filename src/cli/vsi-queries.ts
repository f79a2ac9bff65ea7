/** `qbg vsi list` and `qbg vsi show`. */
import { ControlClient } from '../control/client.ts'
import { EXIT } from '../control/control-error.ts'
import { controlPath } from '../control/control-path.ts'
import { type ClientOptions, printJson, printLines } from './output.ts'
import { renderList, renderVsi } from './render-vsi.ts'
import { styleOf } from './style.ts'
import { requiredId } from './vsi-id-argument.ts'

export async function list(options: ClientOptions): Promise<number> {
  const answer = await new ControlClient(controlPath(options.control)).vsis(options.port)
  if (options.json) printJson(answer)
  else printLines(renderList(answer.vsis, styleOf(process.stdout)))
  return EXIT.ok
}

export async function show(
  argument: string | undefined,
  options: ClientOptions & { id?: string },
): Promise<number> {
  const id = requiredId(argument, options.id)
  const answer = await new ControlClient(controlPath(options.control)).vsi(id, options.port)
  if (options.json) printJson(answer)
  else printLines(renderVsi(answer.vsi, styleOf(process.stdout)))
  return EXIT.ok
}
