/** Serves `GET /metrics` over TCP, for Prometheus. It tells and takes nothing; who may ask is who reaches the address. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { ControlError } from './control-error.ts'
import { METRICS_CONTENT_TYPE, renderMetrics } from './metrics.ts'
import type { MetricsAddress } from './metrics-address.ts'
import type { ControlService } from './service.ts'

const MAX_CONNECTIONS = 16
/** Milliseconds a client has to send its request. */
const REQUEST_TIMEOUT = 10_000

export interface MetricsServer {
  /** The TCP port it listens on. */
  readonly port: number
  close(): Promise<void>
}

/** Rejects with ControlError when it cannot listen. */
export async function serveMetrics(
  service: ControlService,
  { host, port }: MetricsAddress,
): Promise<MetricsServer> {
  const server = createServer({ requestTimeout: REQUEST_TIMEOUT, headersTimeout: REQUEST_TIMEOUT })
  server.maxConnections = MAX_CONNECTIONS
  server.on('request', (request, response) => serve(service, request, response))
  await new Promise<void>((resolve, reject) => {
    server.once('error', (cause: NodeJS.ErrnoException) => {
      reject(
        new ControlError(
          'metrics-address',
          `metrics cannot be served on ${host} port ${port}: ${cause.code}`,
          {
            hint: 'name another address with --metrics, or leave it out',
            cause,
          },
        ),
      )
    })
    server.listen(port, host, resolve)
  })
  const close = () =>
    new Promise<void>((resolve) => {
      server.close(() => resolve())
      server.closeAllConnections()
    })
  return { port: (server.address() as AddressInfo).port, close }
}

function serve(service: ControlService, request: IncomingMessage, response: ServerResponse): void {
  response.on('error', () => response.destroy())
  request.resume()
  const path = (request.url ?? '').split('?')[0]
  if (path !== '/metrics') return answer(response, 404, 'the metrics are at /metrics\n')
  if (request.method !== 'GET' && request.method !== 'HEAD') return answer(response, 405, 'GET only\n')
  try {
    answer(response, 200, renderMetrics(service.status(), processFacts()))
  } catch (error) {
    service.reportFault(error)
    answer(response, 500, 'qbg failed to tell its metrics\n')
  }
}

function answer(response: ServerResponse, status: number, text: string): void {
  response.writeHead(status, {
    'content-type': METRICS_CONTENT_TYPE,
    'content-length': Buffer.byteLength(text),
  })
  response.end(text)
}

function processFacts() {
  const { user, system } = process.cpuUsage()
  return { cpuSeconds: (user + system) / 1e6, residentBytes: process.memoryUsage.rss() }
}
