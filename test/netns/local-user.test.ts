/** What another user of the machine can do to a daemon of root's: nothing. */
import { spawn } from 'node:child_process'
import { chmodSync, mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect } from 'vitest'
import { ControlClient } from '../../src/control/client.ts'
import { type Running, startQbg } from '../support/cli.ts'
import { removeLinks, veth } from '../support/namespaces.ts'
import { AS_NOBODY, requires } from '../support/requirements.ts'

const test = requires('namespaces', 'ordinary-user')
const EPERM = 1
const PORT = 424_242

let directory: string
let station: Running
const path = (name: string) => join(directory, name)
/** Still root by its number, so that it can read the programs wherever they are. */
const WITHOUT_CAPABILITIES = ['setpriv', '--bounding-set=-all', '--inh-caps=-all']

beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), 'qbg-'))
  chmodSync(directory, 0o755)
  veth('sta0', 'swp0')
  const files = [
    '--control',
    path('station.sock'),
    '--state',
    path('station.json'),
    '--record',
    path('run.jsonl'),
  ]
  station = startQbg(['station', 'sta0', ...files, '--config', '/dev/stdin'], {}, [
    'sh',
    '-c',
    `echo 'libvirt: { enabled: true, pidFile: ${path('lldpad.pid')}, port: ${PORT} }' | "$@"`,
    'sh',
  ])
  await station.says(/^qbg/)
})
afterEach(async () => {
  await new ControlClient(path('station.sock')).drain()
  await station.ended
  removeLinks('sta0')
  rmSync(directory, { recursive: true })
})

test('another user cannot ask the daemon, read what it keeps, or speak to its netlink agent', async () => {
  const request = {
    mode: 'associate' as const,
    id: 'mac:52:54:00:11:22:34',
    typeId: 5,
    filter: ['52:54:00:11:22:34/7'],
  }
  await new ControlClient(path('station.sock')).request({ requests: [request], wait: 0 })
  const code = `require('node:net').connect(${JSON.stringify(path('station.sock'))}, () => process.exit()).on('error', ({ code }) => {
    console.log(code)
    process.exit()
  })`
  const connect = [process.execPath, '-e', code]
  expect(await said(connect)).toBe('')
  expect(await said([...AS_NOBODY, ...connect])).toBe('EACCES')
  for (const name of ['station.json', 'station.json.journal', 'run.jsonl', 'station.sock']) {
    expect({ name, mode: statSync(path(name), { throwIfNoEntry: false })?.mode ?? 0o600 }).toMatchObject({
      mode: expect.toSatisfy((mode: number) => (mode & 0o077) === 0),
    })
  }
  const ask = [
    process.execPath,
    file('../support/run-typescript.mjs'),
    file('programs/ask-agent.ts'),
    String(PORT),
  ]
  expect(await said(ask)).toBe('0')
  expect(await said([...WITHOUT_CAPABILITIES, ...ask])).toBe(String(EPERM))
}, 60_000)

const file = (name: string) => new URL(name, import.meta.url).pathname

function said([program = '', ...rest]: readonly string[]): Promise<string> {
  const child = spawn(program, rest, { stdio: ['ignore', 'pipe', 'inherit'] })
  let text = ''
  child.stdout.on('data', (part) => {
    text += part
  })
  return new Promise((resolve) => child.once('close', () => resolve(text.trim())))
}
