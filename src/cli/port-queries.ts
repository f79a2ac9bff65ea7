/** `qbg port list`, `add`, `remove`, `disable` and `enable`. */
import { ControlClient } from '../control/client.ts'
import { EXIT } from '../control/control-error.ts'
import { controlPath } from '../control/control-path.ts'
import type { PortListAnswer } from '../control/schema/port-list.ts'
import { type ClientOptions, printJson, printLines } from './output.ts'
import type { PortVerb } from './port-commands.ts'
import { type Style, styleOf } from './style.ts'
import { layOut } from './table.ts'

export async function list(options: ClientOptions): Promise<number> {
  return print(await clientOf(options).ports(), options)
}

/** One after the other; the first that fails ends it. */
export async function change(
  verb: PortVerb,
  names: readonly string[],
  options: ClientOptions,
): Promise<number> {
  const client = clientOf(options)
  let answer: PortListAnswer | undefined
  for (const name of names) answer = await CHANGES[verb](client, name)
  return answer === undefined ? EXIT.ok : print(answer, options)
}

const clientOf = (options: ClientOptions) => new ControlClient(controlPath(options.control))

const CHANGES: Readonly<Record<PortVerb, (client: ControlClient, name: string) => Promise<PortListAnswer>>> =
  {
    add: (client, name) => client.addPort(name),
    remove: (client, name) => client.removePort(name),
    disable: (client, name) => client.setPortEnabled(name, false),
    enable: (client, name) => client.setPortEnabled(name, true),
  }

function print(answer: PortListAnswer, { json }: ClientOptions): number {
  if (json) printJson(answer)
  else printLines(render(answer, styleOf(process.stdout)))
  return EXIT.ok
}

function render({ ports, patterns }: PortListAnswer, style: Style): string[] {
  const rows = ports.map(({ name, enabled, link, neighbor, relay, vsis, pattern }) => [
    name,
    enabled ? (link ? style.green('up') : style.red('down')) : style.yellow('disabled'),
    neighbor ?? '-',
    relay ? 'on' : 'off',
    String(vsis),
    pattern ?? '-',
  ])
  const [head = '', ...rest] = layOut(
    [['PORT', 'LINK', 'NEIGHBOUR', 'RELAY', 'VSIS', 'PATTERN'], ...rows],
    [4],
  )
  const taken = patterns.length === 0 ? [] : [style.dim(`taken in as they come: ${patterns.join(' ')}`)]
  return [...(ports.length === 0 ? ['no ports'] : [style.dim(head), ...rest]), ...taken]
}
