/**
 * The control server: HTTP with JSON over a unix socket. It parses and routes; what a daemon knows and does is
 * behind `ControlService`. Whatever a client sends gets an answer, never an exception in the daemon.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { Connections } from './connections.ts'
import { ControlError, httpStatusOf } from './control-error.ts'
import { streamEvents } from './event-stream.ts'
import { listenOn } from './listen.ts'
import { EVENTS_PATH, findRoute, requireKnown, wrongMethod } from './routes.ts'
import type { ErrorAnswer } from './schema/envelope.ts'
import type { ControlService } from './service.ts'

/** Octets of a request body; 10,000 VSIs fit. */
const MAX_BODY = 8 << 20
/** Milliseconds a client has to send its request. */
const REQUEST_TIMEOUT = 10_000

export interface ControlServer {
  /** Answers nothing any more, ends event streams, removes the socket. */
  close(): Promise<void>
}

/** Listens on `path`. Throws ControlError when it cannot. */
export async function serveControl(service: ControlService, path: string): Promise<ControlServer> {
  const server = createServer({
    requestTimeout: REQUEST_TIMEOUT,
    headersTimeout: REQUEST_TIMEOUT,
    connectionsCheckingInterval: 1000,
  })
  const connections = new Connections((message) => service.reportProblem(message))
  server.on('connection', (socket) => connections.add(socket))
  server.on('request', (request, response) => {
    void serve(service, request, response, connections)
  })
  server.on('clientError', (_error, socket) => {
    if (socket.writable) socket.end('HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n')
  })
  await listenOn(server, path)
  return { close: () => closeServer(server) }
}

function closeServer(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve())
    server.closeIdleConnections()
    setTimeout(() => server.closeAllConnections(), 200).unref()
  })
}

async function serve(
  service: ControlService,
  request: IncomingMessage,
  response: ServerResponse,
  connections: Connections,
): Promise<void> {
  response.on('error', () => response.destroy())
  try {
    const url = new URL(`http://qbg${request.url ?? '/'}`)
    if (url.pathname === EVENTS_PATH) {
      if (request.method !== 'GET') throw wrongMethod(EVENTS_PATH, ['GET'])
      requireKnown(url.searchParams, ['port'])
      connections.reads(request.socket)
      return streamEvents(service, request, response)
    }
    const { handler, parameters } = findRoute(request.method ?? '', url.pathname, url.searchParams)
    const body = await readBody(request)
    response.once('close', connections.busy(request.socket))
    const gone = new AbortController()
    response.once('close', () => gone.abort())
    reply(
      response,
      200,
      await handler(service, { parameters, query: url.searchParams, body, signal: gone.signal }),
    )
  } catch (error) {
    refuse(service, response, error)
  }
}

function refuse(service: ControlService, response: ServerResponse, error: unknown): void {
  const known = error instanceof ControlError ? error : asRequestError(error)
  if (known === undefined) service.reportFault(error)
  const answer = known ?? INTERNAL
  reply(response, httpStatusOf(answer.code), toErrorAnswer(answer))
}

/** A URL that cannot be parsed and a body that ends too early are the client's doing. */
function asRequestError(error: unknown): ControlError | undefined {
  switch ((error as NodeJS.ErrnoException | null)?.code) {
    case 'ERR_INVALID_URL':
      return new ControlError('bad-request', 'the request names no valid path')
    case 'ECONNRESET':
      return new ControlError('bad-request', 'the request ended before its body')
    default:
      return undefined
  }
}

const INTERNAL = new ControlError('internal', 'qbg failed to serve the request', {
  hint: 'the log of the daemon has the details; please report it',
})

export function toErrorAnswer({ code, message, hint, path }: ControlError): ErrorAnswer {
  const rest = { ...(hint !== undefined && { hint }), ...(path !== undefined && { path }) }
  return { schema: 'qbg/v1/error', error: { code, message, ...rest } }
}

function reply(response: ServerResponse, status: number, value: object): void {
  if (response.headersSent || response.destroyed) return
  const text = `${JSON.stringify(value)}\n`
  response.writeHead(status, {
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(text),
  })
  response.end(text)
}

/** Octets beyond the limit are read and thrown away, so that the client gets its answer. */
async function readBody(request: IncomingMessage): Promise<unknown> {
  const parts: Buffer[] = []
  let length = 0
  for await (const part of request) {
    length += part.length
    if (length <= MAX_BODY) parts.push(part)
  }
  if (length > MAX_BODY) {
    throw new ControlError('too-large', `a request may have ${MAX_BODY} octets, not ${length}`, {
      hint: 'send several requests',
    })
  }
  return length === 0 ? undefined : parseJson(Buffer.concat(parts).toString('utf8'))
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (cause) {
    throw new ControlError('bad-request', `the body is not JSON: ${(cause as Error).message}`, { cause })
  }
}
