/** The control socket as a file: who may use it, and what happens when something is there already. */

import { spawnSync } from 'node:child_process'
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { createServer, type Server } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { listenOn } from '../../src/control/listen.ts'

let directory: string
const servers: Server[] = []

function listen(path: string): Promise<void> {
  const server = createServer()
  servers.push(server)
  return listenOn(server, path)
}

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'qbg-'))
})
afterEach(async () => {
  for (const server of servers.splice(0)) await new Promise((resolve) => server.close(resolve))
  rmSync(directory, { recursive: true })
})

const mode = (path: string) => statSync(path).mode & 0o777

test('the socket is for its owner only, whatever the umask, and so is a directory made for it', async () => {
  const before = process.umask(0)
  await listen(join(directory, 'made', 'for', 'it', 'qbg.sock'))
  expect(process.umask(before)).toBe(0)
  expect(mode(join(directory, 'made', 'for', 'it', 'qbg.sock'))).toBe(0o600)
  expect(mode(join(directory, 'made'))).toBe(0o700)
  expect(mode(join(directory, 'made', 'for', 'it'))).toBe(0o700)
})

test('a directory that is there keeps its mode', async () => {
  chmodSync(directory, 0o755)
  await listen(join(directory, 'qbg.sock'))
  expect(mode(directory)).toBe(0o755)
})

test('the socket of a dead process is replaced', async () => {
  const path = join(directory, 'qbg.sock')
  const script = `require('net').createServer().listen(${JSON.stringify(path)}, () => process.kill(process.pid, 'SIGKILL'))`
  spawnSync(process.execPath, ['-e', script])
  expect(existsSync(path)).toBe(true)
  await listen(path)
})

test('the socket of a living one is not: the error says what to do', async () => {
  const path = join(directory, 'qbg.sock')
  await listen(path)
  await expect(listen(path)).rejects.toMatchObject({
    code: 'control-busy',
    message: `another qbg answers on ${path}`,
    hint: expect.stringContaining('--control PATH'),
  })
})

test.each<[string, (path: string) => void]>([
  ['a file', (path) => writeFileSync(path, 'precious')],
  ['a directory', (path) => mkdirSync(path)],
  ['a link to nowhere', (path) => symlinkSync('/nonexistent', path)],
])('%s in its place is left alone and named', async (_, put) => {
  const path = join(directory, 'qbg.sock')
  put(path)
  await expect(listen(path)).rejects.toMatchObject({
    code: 'control-path',
    message: expect.stringContaining(path),
  })
})

test('a directory that cannot be made is named', async () => {
  writeFileSync(join(directory, 'file'), '')
  const path = join(directory, 'file', 'qbg.sock')
  await expect(listen(path)).rejects.toMatchObject({
    code: 'control-path',
    hint: expect.stringContaining('--control'),
  })
})
