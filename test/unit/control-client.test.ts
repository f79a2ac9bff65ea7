/** The client of the control protocol against a server played by hand. */
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer, type Server, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { ControlClient } from '../../src/control/client.ts'

const BODY = '{"schema":"qbg/v1/log-level","level":"info"}'
const ANSWER = `HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: ${BODY.length}\r\n\r\n${BODY}`

let directory: string
let server: Server | undefined

/** `onRequest`: how many requests came before on the connection, and on how many connections. */
function serve(onRequest: (socket: Socket, before: number, connection: number) => void): Promise<string> {
  const path = join(directory, 'sock')
  let connections = 0
  server = createServer((socket) => {
    const connection = ++connections
    let requests = 0
    socket.on('error', () => {})
    socket.on('data', () => onRequest(socket, requests++, connection))
  })
  return new Promise((resolve) => server!.listen(path, () => resolve(path)))
}

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'qbg-'))
})
afterEach(() => {
  server?.close()
  rmSync(directory, { recursive: true })
})

it('asks again when a connection that was idle was closed while it asked', async () => {
  const seen: string[] = []
  const path = await serve((socket, before, connection) => {
    seen.push(`${connection}.${before}`)
    if (before > 0) socket.destroy()
    else socket.write(ANSWER)
  })
  const client = new ControlClient(path)
  await client.logLevel()
  await new Promise(setImmediate) // the connection is idle
  expect(await client.logLevel()).toMatchObject({ level: 'info' })
  expect(seen).toEqual(['1.0', '1.1', '2.0'])
})

it('says so when a new connection is closed', async () => {
  const path = await serve((socket) => socket.destroy())
  await expect(new ControlClient(path).logLevel()).rejects.toMatchObject({ code: 'daemon-gone' })
})
