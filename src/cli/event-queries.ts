/** `qbg event list` and `qbg event watch`. */
import { ControlClient } from '../control/client.ts'
import { ControlError, EXIT } from '../control/control-error.ts'
import { controlPath } from '../control/control-path.ts'
import type { EventAnswer } from '../control/schema/event.ts'
import { type ClientOptions, printJson, printJsonLine, printLines } from './output.ts'
import { renderEvent } from './render-event.ts'
import { styleOf } from './style.ts'
import { optionalId } from './vsi-id-argument.ts'

interface EventOptions extends ClientOptions {
  readonly id?: string
  readonly type?: readonly string[]
  readonly last?: string
  readonly after?: string
}

export async function list(options: EventOptions): Promise<number> {
  const answer = await new ControlClient(controlPath(options.control)).eventLog({
    port: options.port,
    vsi: optionalId(undefined, options.id),
    types: await knownTypes(options.type),
    last: readCount('--last', options.last),
    after: readCount('--after', options.after),
  })
  const style = styleOf(process.stdout)
  if (options.json) printJson(answer)
  else if (answer.events.length === 0) printLines(['no events'])
  else printLines(answer.events.flatMap((event) => renderEvent(event, style)))
  return EXIT.ok
}

export async function watch(options: EventOptions): Promise<number> {
  const id = optionalId(undefined, options.id)
  const types = await knownTypes(options.type)
  const wanted = (event: EventAnswer) =>
    event.type === 'subscribed' ||
    event.type === 'stopping' ||
    ((types === undefined || types.includes(event.type)) &&
      (id === undefined || ('id' in event && event.id === id)))
  return followEvents(options, wanted)
}

/** Prints the events that are wanted until interrupted. Throws ControlError `daemon-gone` when the daemon leaves. */
export async function followEvents(
  options: ClientOptions,
  wanted: (event: EventAnswer) => boolean,
): Promise<number> {
  const interrupted = new AbortController()
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => interrupted.abort())
  const client = new ControlClient(controlPath(options.control))
  const style = styleOf(process.stdout)
  for await (const event of client.events(options.port, interrupted.signal)) {
    if (!wanted(event)) continue
    if (options.json) printJsonLine(event)
    else printLines(renderEvent(event, style))
    if (event.type === 'stopping') throw new ControlError('daemon-gone', 'the daemon has left')
  }
  if (interrupted.signal.aborted) return EXIT.ok
  throw new ControlError('daemon-gone', 'the daemon has ended the stream of events')
}

/** Undefined: all. The schemas are loaded only when a type was named. */
async function knownTypes(types: readonly string[] | undefined): Promise<readonly string[] | undefined> {
  if (types === undefined) return undefined
  const { EVENT_TYPES } = await import('../control/schema/event.ts')
  const unknown = types.find((type) => !(EVENT_TYPES as readonly string[]).includes(type))
  if (unknown === undefined) return types
  throw new ControlError('bad-usage', `there are no events of type "${unknown}"`, {
    hint: `the types are ${EVENT_TYPES.join(', ')}`,
  })
}

function readCount(option: string, text: string | undefined): number | undefined {
  if (text === undefined || /^\d{1,15}$/.test(text)) return text === undefined ? undefined : Number(text)
  throw new ControlError('bad-usage', `${option} "${text}" is not a whole number`)
}
