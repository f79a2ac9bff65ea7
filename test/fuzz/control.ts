/** Requests of the control protocol to a whole daemon: `METHOD PATH`, then the body. Answered or refused, never a fault. */
import { pino } from 'pino'
import { ControlError } from '../../src/control/control-error.ts'
import { findRoute } from '../../src/control/routes.ts'
import * as validate from '../../src/control/validate.ts'
import { composeDaemon } from '../../src/daemon/compose.ts'
import { planPorts } from '../../src/daemon/settings.ts'
import { MemoryLink } from '../../src/io/memory-port.ts'
import { VirtualClock } from '../../src/runtime/virtual-clock.ts'
import { memoryPlane, ToldLinks } from '../support/daemons.ts'

const BODIES = {
  'POST /v1/vsis':
    '{"wait":1,"requests":[{"mode":"associate","id":"fa9b7fff-b0a0-4893-8abc-0123456789ab","typeId":5,"typeVersion":1,"managerId":"0","filter":["52:54:00:11:22:33/any"],"hint":"none","organizational":[]},{"mode":"deassociate","id":"mac:52:54:00:11:22:34"}]}',
  'POST /v1/faults':
    '{"faults":[{"action":"drop","frame":"ack","nth":3},{"action":"rewrite","status":100},{"action":"delay","delay":"1s"}]}',
  'POST /v1/ports': '{"name":"swp*"}',
  'PUT /v1/ports/sta0': '{"enabled":false}',
  'PUT /v1/log-level': '{"level":"debug"}',
  'GET /v1/status?vsis=1': '',
  'GET /v1/switch?port=sta0': '',
  'GET /v1/vsis/mac:52:54:00:11:22:34': '',
  'GET /v1/event-log?port=sta0&type=vsi&after=1&last=3': '',
  'DELETE /v1/faults?name=a': '',
  'DELETE /v1/ports/sta0': '',
}

export function* seeds(): Generator<Uint8Array> {
  for (const [line, body] of Object.entries(BODIES)) yield new TextEncoder().encode(`${line}\n${body}`)
}

export async function fuzz(data: Uint8Array): Promise<void> {
  const [line = '', ...rest] = Buffer.from(data).toString('utf8').split('\n')
  const body = rest.length > 0 ? json(rest.join('\n')) : undefined
  everyBody(body)
  await request(line, body).catch(unlessRefused)
}

function json(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function everyBody(body: unknown): void {
  for (const one of Object.values(validate)) refusedAtMost(() => one(body))
}

async function request(line: string, body: unknown): Promise<void> {
  const [method = '', path = ''] = line.split(' ')
  if (!URL.canParse(`http://qbg${path}`)) return
  const url = new URL(`http://qbg${path}`)
  const { handler, parameters } = findRoute(method, url.pathname, url.searchParams)
  const daemon = startDaemon()
  try {
    const gone = new AbortController()
    const answer = handler(daemon.agent, { parameters, query: url.searchParams, body, signal: gone.signal })
    setImmediate(() => gone.abort())
    JSON.stringify(await answer)
  } finally {
    daemon.stop()
  }
}

function startDaemon() {
  const clock = new VirtualClock()
  const links = new ToldLinks()
  links.put({ name: 'sta0', index: 1 })
  const [port] = new MemoryLink({ clock, names: ['sta0', 'swp0'] }).ends
  const daemon = composeDaemon(
    { role: 'station', plans: planPorts('station', ['sta0'], {}), settings: {}, control: '/none' },
    {
      links,
      clock,
      framePort: () => port,
      dataPlane: memoryPlane(links, clock),
      readStp: () => true,
      log: pino({ level: 'silent' }, { write: () => {} }),
    },
  )
  daemon.start()
  return daemon
}

function refusedAtMost(serve: () => unknown): void {
  try {
    serve()
  } catch (error) {
    unlessRefused(error)
  }
}

function unlessRefused(error: unknown): void {
  if (!(error instanceof ControlError)) throw error
}
