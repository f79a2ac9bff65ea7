/** Events as text, one line each. */
import type { EventAnswer } from '../control/schema/event.ts'
import { formatClock } from './duration.ts'
import type { Style } from './style.ts'

/** Nothing for an event that only programs need. */
export function renderEvent(event: EventAnswer, style: Style): string[] {
  const line = (...cells: string[]) => [join(event.time, cells, style)]
  switch (event.type) {
    case 'vsi': {
      const { port, id, state, outcome, filter, reason } = event
      return line(port, id, outcome, state, filter.join(' '), reason ? style.yellow(reason.text) : '')
    }
    case 'moved':
      return line(event.port, event.id, `moved here from ${event.from}`)
    case 'relay':
      return line(event.port, `reflective relay ${event.active ? 'on' : 'off'}`)
    case 'hairpin':
      return line(event.port, `hairpin ${event.enabled ? 'on' : 'off'}${event.applied ? '' : ': failed'}`)
    case 'neighbor':
      return line(event.port, event.neighbor ? `EVB neighbour ${event.neighbor.mac}` : 'EVB neighbour gone')
    case 'link':
      return line(event.port, `link ${event.up ? 'up' : 'down'}`)
    case 'port':
      return line(event.port, `port ${event.change}`)
    case 'fault':
      return line(
        event.port,
        style.yellow(`unusable frame: ${event.code} at octet ${event.offset}`),
        event.clause,
      )
    case 'injected':
      return line(event.port, style.yellow(`on purpose: ${event.fault}: ${event.what}`))
    case 'stopping':
      return line('the daemon leaves')
    case 'subscribed':
      return []
  }
}

function join(time: string, cells: readonly string[], style: Style): string {
  return `${style.dim(formatClock(time))}  ${cells.filter((cell) => cell !== '').join('  ')}`
}
