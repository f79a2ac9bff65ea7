/** `qbg switch show`. */
import { ControlClient } from '../control/client.ts'
import { EXIT } from '../control/control-error.ts'
import { controlPath } from '../control/control-path.ts'
import { type ClientOptions, printJson, printLines } from './output.ts'
import { renderSwitch } from './render-switch.ts'
import { styleOf } from './style.ts'

export async function showSwitch(options: ClientOptions): Promise<number> {
  const answer = await new ControlClient(controlPath(options.control)).switch(options.port)
  if (options.json) printJson(answer)
  else printLines(renderSwitch(answer, styleOf(process.stdout)))
  return answer.inOrder ? EXIT.ok : EXIT.refused
}
