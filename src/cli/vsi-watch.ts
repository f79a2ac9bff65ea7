/** `qbg vsi watch`: events line by line until interrupted, or until the daemon leaves. */
import { ControlClient } from '../control/client.ts'
import { ControlError, EXIT } from '../control/control-error.ts'
import { controlPath } from '../control/control-path.ts'
import type { EventAnswer } from '../control/schema/event.ts'
import { type ClientOptions, printJsonLine, printLines } from './output.ts'
import { renderEventLine } from './render-vsi.ts'
import { type Style, styleOf } from './style.ts'
import { optionalId } from './vsi-id-argument.ts'

interface WatchOptions extends ClientOptions {
  readonly id?: string
  readonly all?: boolean
}

export async function watch(argument: string | undefined, options: WatchOptions): Promise<number> {
  const id = optionalId(argument, options.id)
  const interrupted = new AbortController()
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => interrupted.abort())
  const client = new ControlClient(controlPath(options.control))
  const style = styleOf(process.stdout)
  for await (const event of client.events(options.port, interrupted.signal)) {
    if (!wanted(event, id, options)) continue
    if (options.json) printJsonLine(event)
    else printLines(describe(event, style))
    if (event.type === 'stopping') return EXIT.ok
  }
  if (interrupted.signal.aborted) return EXIT.ok
  throw new ControlError(
    'daemon-gone',
    'the daemon went away, or cut this reader off because it was too slow',
  )
}

/** The first line tells a program that nothing is missed from here on; a person does not need it. */
function wanted(event: EventAnswer, id: string | undefined, { all, json }: WatchOptions): boolean {
  if (event.type === 'vsi') return id === undefined || event.id === id
  if (event.type === 'subscribed') return json === true
  return event.type === 'stopping' || all === true
}

export function describe(event: EventAnswer, style: Style): string[] {
  const line = (...cells: string[]) => [renderEventLine(event.time, cells, style)]
  switch (event.type) {
    case 'vsi': {
      const { port, id, state, outcome, filter, reason } = event
      return line(port, id, outcome, state, filter.join(' '), reason ? style.yellow(reason.text) : '')
    }
    case 'relay':
      return line(event.port, `reflective relay ${event.active ? 'on' : 'off'}`)
    case 'hairpin':
      return line(event.port, `hairpin ${event.enabled ? 'on' : 'off'}${event.applied ? '' : ': failed'}`)
    case 'neighbor':
      return line(event.port, event.neighbor ? `EVB neighbour ${event.neighbor.mac}` : 'EVB neighbour gone')
    case 'link':
      return line(event.port, `link ${event.up ? 'up' : 'down'}`)
    case 'fault':
      return line(
        event.port,
        style.yellow(`unusable frame: ${event.code} at octet ${event.offset}`),
        event.clause,
      )
    case 'stopping':
      return line('the daemon leaves')
    case 'subscribed':
      return []
  }
}
