/** Whoever may use the control socket may hold connections, but not all of them: somebody else is always heard. */
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { request } from 'node:http'
import { connect, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { type ControlServer, serveControl } from '../../src/control/server.ts'
import type { ControlService } from '../../src/control/service.ts'

/** As many as a daemon serves. */
const ALL = 256
/** The daemon says 100 when it has the headers. */
const PART =
  'POST /v1/vsis HTTP/1.1\r\nHost: qbg\r\nContent-Length: 1000\r\nExpect: 100-continue\r\n\r\n{"requests":'
const EVENTS = 'GET /v1/events HTTP/1.1\r\nHost: qbg\r\n\r\n'

const folder = mkdtempSync(join(tmpdir(), 'qbg-places-'))
const path = join(folder, 'qbg.sock')
const readers = new Set<unknown>()
const service = {
  logLevel: () => 'info',
  subscribe(listener: unknown) {
    readers.add(listener)
    return () => readers.delete(listener)
  },
  reportProblem() {},
} as unknown as ControlService
const held: Socket[] = []
let server: ControlServer

beforeAll(async () => {
  server = await serveControl(service, path)
})
afterEach(() => {
  for (const one of held.splice(0)) one.destroy()
})
afterAll(async () => {
  await server.close()
  rmSync(folder, { recursive: true })
})

async function hold(count: number, octets: string): Promise<void> {
  for (let index = 0; index < count; index++) {
    const socket = connect(path).on('error', () => {})
    held.push(socket)
    await once(socket, 'connect')
    socket.write(octets)
    if (octets !== '') await once(socket, 'data')
  }
}

/** The HTTP status of a request on a connection of its own. */
function ask(): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const asked = request({ socketPath: path, path: '/v1/log-level', agent: false }, (response) => {
      response.resume().once('end', () => resolve(response.statusCode))
    })
    asked.once('error', reject).end()
  })
}

test.each([
  ['connect and ask nothing', ''],
  ['send a part of a request', PART],
  ['read events', EVENTS],
])('clients that %s lock nobody out', async (_, octets) => {
  await hold(ALL, octets)
  for (let times = 0; times < 3; times++) expect(await ask()).toBe(200)
})

test('readers of events keep their place while others only hold connections', async () => {
  await hold(50, EVENTS)
  await hold(ALL - 50, PART)
  expect(await ask()).toBe(200)
  expect(readers.size).toBe(50)
})
