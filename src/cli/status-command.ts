/** `qbg status`. */
import { ControlClient } from '../control/client.ts'
import { ControlError, EXIT } from '../control/control-error.ts'
import { controlPath } from '../control/control-path.ts'
import { type ClientOptions, printJson, printLines } from './output.ts'
import { renderStatus } from './render-status.ts'
import { styleOf } from './style.ts'

interface StatusOptions extends ClientOptions {
  readonly vsis?: boolean
}

export async function status(options: StatusOptions): Promise<number> {
  const withVsis = options.json === true && options.vsis === true
  const answer = await new ControlClient(controlPath(options.control)).status(withVsis)
  const ports = answer.ports.filter(({ name }) => options.port === undefined || name === options.port)
  if (ports.length === 0 && options.port !== undefined) {
    const names = answer.ports.map(({ name }) => name).join(', ')
    throw new ControlError('unknown-port', `this daemon has no port ${options.port}`, {
      hint: `its ports: ${names}`,
    })
  }
  if (options.json) printJson({ ...answer, ports })
  else printLines(renderStatus({ ...answer, ports }, styleOf(process.stdout)))
  return EXIT.ok
}
