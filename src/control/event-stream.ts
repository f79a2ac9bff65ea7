/**
 * One reader of the event stream: newline-delimited JSON until it hangs up. A reader too slow to keep up is cut
 * off rather than buffered for: it connects again and asks for the state.
 */
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { EventAnswer } from './schema/event.ts'
import type { ControlService } from './service.ts'

/** Octets that may wait for a reader. */
export const MAX_BACKLOG = 1 << 20

export function streamEvents(
  service: ControlService,
  request: IncomingMessage,
  response: ServerResponse,
): void {
  const port = new URL(request.url ?? '/', 'http://qbg').searchParams.get('port')
  response.writeHead(200, { 'content-type': 'application/x-ndjson', 'cache-control': 'no-store' })
  const write = (event: EventAnswer) => {
    if (port !== null && 'port' in event && event.port !== port) return
    if (response.writableLength > MAX_BACKLOG) response.destroy()
    else response.write(`${JSON.stringify(event)}\n`)
  }
  const unsubscribe = service.subscribe(write)
  response.once('close', unsubscribe)
  write({ schema: 'qbg/v1/event', time: new Date().toISOString(), number: 0, type: 'subscribed' })
}
