/**
 * Requests of the control protocol to a whole daemon, a bridge after a `!`, one after the other: `METHOD PATH`, then the body, an
 * empty line between two. Answered or refused, never a fault; and what is asked of the daemon afterwards is answered.
 */
import { pino } from 'pino'
import type { Role } from '../../protocol/engine/view.ts'
import { ControlError } from '../../src/control/control-error.ts'
import { findRoute, type Handler, type RequestParts } from '../../src/control/routes.ts'
import * as validators from '../../src/control/validate.ts'
import { composeDaemon, type Daemon } from '../../src/daemon/compose.ts'
import { planPorts } from '../../src/daemon/settings.ts'
import { MemoryLink } from '../../src/io/memory-port.ts'
import { VirtualClock } from '../../src/runtime/virtual-clock.ts'
import { memoryPlane, ToldLinks } from '../support/daemons.ts'

const MAX_REQUESTS = 6
const BRIDGE = '!'
const ID = 'fa9b7fff-b0a0-4893-8abc-0123456789ab'
const COMMON = `"id":"${ID}","typeId":5,"typeVersion":1,"managerId":"0"`
const vsis = (request: string) => `POST /v1/vsis\n{"wait":1,"requests":[${request}]}`
const ASSOCIATE = vsis(`{"mode":"associate",${COMMON},"filter":["52:54:00:11:22:33/any"],"hint":"none"}`)
const PREASSOCIATE = vsis(
  `{"mode":"preassociate",${COMMON},"filter":["200"],"hint":"to"},{"mode":"preassociate-rr",${COMMON},"filter":["group:7/52:54:00:11:22:33/100@3"],"hint":"from","organizational":[{"oui":"00000c","data":"f1"}]}`,
)
const DEASSOCIATE = vsis('{"mode":"deassociate","id":"mac:52:54:00:11:22:34","port":"sta0"}')
const FAULTS =
  'POST /v1/faults\n{"faults":[{"action":"drop","frame":"ack","nth":3},{"action":"rewrite","status":100},{"action":"refuse","error":2,"hard":true}]}'
const SCENARIOS = [
  [ASSOCIATE, 'GET /v1/status?vsis=1', `GET /v1/vsis/${ID}`],
  [PREASSOCIATE, 'GET /v1/vsis?port=sta0', DEASSOCIATE],
  [FAULTS, 'GET /v1/faults', 'DELETE /v1/faults?name=a', ASSOCIATE],
  ['POST /v1/ports\n{"name":"swp*"}', 'GET /v1/ports', 'DELETE /v1/ports/sta0', ASSOCIATE],
  ['PUT /v1/ports/sta0\n{"enabled":false}', ASSOCIATE, 'PUT /v1/ports/sta0\n{"enabled":true}'],
  ['PUT /v1/log-level\n{"level":"debug"}', 'GET /v1/log-level'],
  ['GET /v1/switch?port=sta0', 'GET /v1/event-log?port=sta0&type=vsi&after=1&last=3'],
]

export function* seeds(): Generator<Uint8Array> {
  for (const requests of SCENARIOS)
    for (const role of ['', BRIDGE]) yield new TextEncoder().encode(role + requests.join('\n\n'))
}

/** Keys and values that no change of a single octet makes. */
export const words = [
  ...SCENARIOS.flat().flatMap((text) => text.match(/"[^"]*"/g) ?? []),
  ...[
    '"preassociate"',
    '"deassociate"',
    '"to"',
    '"late"',
    '"undecided"',
    '"delay"',
    '"milliseconds"',
    '"chance"',
  ],
  ...[
    '"direction"',
    '"every"',
    '"times"',
    '"omit"',
    '"keep"',
    '"vid"',
    '"as"',
    '"newId"',
    '&vsi=',
    '&last=',
    'null',
  ],
]

export async function fuzz(data: Uint8Array): Promise<void> {
  const text = Buffer.from(data).toString('utf8')
  const isBridge = text.startsWith(BRIDGE)
  const texts = text.slice(isBridge ? BRIDGE.length : 0).split('\n\n')
  const requests = texts.slice(0, MAX_REQUESTS).flatMap((one) => readRequest(one) ?? [])
  if (requests.length === 0) return
  const daemon = startDaemon(isBridge ? 'bridge' : 'station')
  try {
    for (const one of requests) await serve(daemon, one).catch(unlessRefused)
    for (const path of ['/v1/status?vsis=1', '/v1/event-log', '/v1/ports'])
      await serve(daemon, readRequest(`GET ${path}`)!)
  } finally {
    daemon.stop()
  }
}

function json(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

interface Request {
  readonly handler: Handler
  readonly parts: Omit<RequestParts, 'signal'>
}

/** Undefined when it is refused before a daemon has to do with it. */
function readRequest(text: string): Request | undefined {
  const [line = '', ...rest] = text.split('\n')
  const body = rest.length > 0 ? json(rest.join('\n')) : undefined
  if (body !== undefined)
    for (const validate of Object.values(validators)) refusedAtMost(() => validate(body))
  const [method = '', path = ''] = line.split(' ')
  if (!URL.canParse(`http://qbg${path}`)) return
  const { pathname, searchParams: query } = new URL(`http://qbg${path}`)
  return refusedAtMost(() => {
    const { handler, parameters } = findRoute(method, pathname, query)
    return { handler, parts: { parameters, query, body } }
  })
}

async function serve({ agent }: Daemon, { handler, parts }: Request): Promise<void> {
  const gone = new AbortController()
  const answer = handler(agent, { ...parts, signal: gone.signal })
  setImmediate(() => gone.abort())
  JSON.stringify(await answer)
}

function startDaemon(role: Role): Daemon {
  const clock = new VirtualClock()
  const links = new ToldLinks()
  links.put({ name: 'sta0', index: 1 })
  const [port] = new MemoryLink({ clock, names: ['sta0', 'swp0'] }).ends
  const daemon = composeDaemon(
    { role, plans: planPorts(role, ['sta0'], {}), settings: {}, control: '/none' },
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

function refusedAtMost<T>(serve: () => T): T | undefined {
  try {
    return serve()
  } catch (error) {
    unlessRefused(error)
    return undefined
  }
}

function unlessRefused(error: unknown): void {
  if (!(error instanceof ControlError)) throw error
}
