/**
 * A small VSI manager, for tests and labs: serves the types of a file over HTTP, for any manager ID that the file does
 * not name. It reads the file again when that changes.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { resolve } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { DEFAULT_MANAGER_ID, parseManagerId } from '../../protocol/vdp/manager-id-tlv.ts'
import { ControlError } from '../control/control-error.ts'
import type { ErrorAnswer } from '../control/schema/envelope.ts'
import type { TypeFileJson } from '../control/schema/status.ts'
import type { VsiTypeAnswer, VsiTypeListAnswer } from '../control/schema/vsi-type.ts'
import { parseVsiType } from '../control/vsi-text.ts'
import { createLog, type Log } from '../runtime/log.ts'
import { TypeFile } from './type-file.ts'
import type { TypeKey } from './type-key.ts'
import { toWritten } from './written.ts'

export interface TypeServerOptions {
  /** The file of types. */
  readonly path: string
  readonly host: string
  /** 0: any that is free. */
  readonly port: number
  /** Milliseconds before each answer, to be a slow manager. */
  readonly delay: number
  /** Standard error when absent. */
  readonly log?: Log
}

export interface TypeServer {
  readonly url: string
  readonly file: TypeFileJson
  close(): Promise<void>
}

/** Rejects with ControlError when the file is wrong, or it cannot listen there. */
export async function serveTypes(options: TypeServerOptions): Promise<TypeServer> {
  const log = options.log ?? createLog({})
  const file = await TypeFile.open(resolve(options.path), log)
  const around = { file, log, delay: options.delay }
  const server = createServer((request, response) => void respond(around, request, response))
  await listen(server, options).catch((error: unknown) => {
    file.close()
    throw error
  })
  const { address, family, port } = server.address() as AddressInfo
  const url = `http://${family === 'IPv6' ? `[${address}]` : address}:${port}`
  return {
    url,
    file: file.toJson(),
    close: () => {
      file.close()
      return closeServer(server)
    },
  }
}

function listen(server: Server, { host, port }: TypeServerOptions): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (cause: NodeJS.ErrnoException) => {
      const message = `cannot listen on ${host} port ${port}: ${cause.code ?? cause.message}`
      reject(
        new ControlError('bad-usage', message, { hint: '--listen HOST:PORT names another place', cause }),
      )
    })
    server.listen(port, host, resolve)
  })
}

function closeServer(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve())
    server.closeAllConnections()
  })
}

interface Around {
  readonly file: TypeFile
  readonly log: Log
  readonly delay: number
}

async function respond({ file, log, delay }: Around, request: IncomingMessage, response: ServerResponse) {
  response.on('error', () => response.destroy())
  const path = request.url ?? '/'
  if (delay > 0) await wait(delay)
  const [status, answer] = request.method === 'GET' ? serve(file, path) : noSuch('method-not-allowed')
  log.info({ status }, `${request.method} ${path}`)
  response.writeHead(status, { 'content-type': 'application/json' })
  response.end(`${JSON.stringify(answer)}\n`)
}

type Answered = readonly [status: number, answer: VsiTypeAnswer | VsiTypeListAnswer | ErrorAnswer]

function serve(file: TypeFile, path: string): Answered {
  if (path === '/v1/vsi-types') {
    return [200, { schema: 'qbg/v1/vsi-type-list', types: file.list().map(({ entry }) => toWritten(entry)) }]
  }
  const key = keyOfPath(path)
  return key === undefined ? noSuch('not-found') : typeOf(file, key)
}

function typeOf(file: TypeFile, key: TypeKey): Answered {
  const managerId = file.managers.has(key.managerId) ? key.managerId : DEFAULT_MANAGER_ID
  let answered: Answered = noSuch('unknown-type')
  file.lookUp({ ...key, managerId }, (lookup) => {
    if (lookup.outcome !== 'found') return
    const { manager: _, ...type } = toWritten(lookup.type.entry)
    answered = [200, { schema: 'qbg/v1/vsi-type', type }]
  })
  return answered
}

/** `/v1/vsi-types/MANAGER/TYPE/VERSION`. */
function keyOfPath(path: string): TypeKey | undefined {
  const match = /^\/v1\/vsi-types\/([^/]+)\/(\d+)\/(\d+)$/.exec(path)
  if (!match) return undefined
  const [, manager = '', id, version] = match
  const type = parseVsiType(`${id}:${version}`)
  const managerId = parseManagerId(decode(manager))
  return type.ok && managerId !== undefined ? { managerId, ...type.value } : undefined
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

const MESSAGES = {
  'unknown-type': [404, 'there is no such VSI type'],
  'not-found': [404, 'types are at /v1/vsi-types/MANAGER/TYPE/VERSION'],
  'method-not-allowed': [405, 'only GET is served'],
} as const

function noSuch(code: keyof typeof MESSAGES): Answered {
  const [status, message] = MESSAGES[code]
  return [status, { schema: 'qbg/v1/error', error: { code, message } }]
}
