/**
 * A station and a switch that share no wire: two namespaces, a router between them that carries IP only, and EtherIP from
 * end to end. The built command, as a person starts it.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { ControlClient } from '../../src/control/client.ts'
import { runQbg } from '../support/cli.ts'
import { addNamespace, ip, removeLinks } from '../support/namespaces.ts'
import { requires } from '../support/requirements.ts'

const MAIN = fileURLToPath(new URL('../../dist/src/cli/main.js', import.meta.url))
const A = 'fa9b7fff-b0a0-4893-8abc-0123456789ab'

let directory: string
let running: { child: ChildProcess; ended: Promise<number | null> }[]

function hasPackage(): boolean {
  try {
    createRequire(import.meta.url)('raw-socket')
    return true
  } catch {
    return false
  }
}

/** `side0` here, `side1` in a namespace of its own, with the router's address as its way out. */
function addHost(side: 'left' | 'right', network: string): void {
  addNamespace(side)
  ip(`link add ${side}0 type veth peer name ${side}1 netns ${side}`)
  ip(`addr add ${network}.254/24 dev ${side}0`)
  ip(`link set ${side}0 up`)
  ip(`-n ${side} addr add ${network}.1/24 dev ${side}1`)
  ip(`-n ${side} link set ${side}1 up`)
  ip(`-n ${side} route add default via ${network}.254`)
}

function start(side: 'left' | 'right', role: 'station' | 'bridge', peer: string) {
  const options = [
    '--control',
    join(directory, `${role}.sock`),
    ...(role === 'station' ? ['--no-state'] : []),
  ]
  const argv = ['netns', 'exec', side, process.execPath, MAIN, role, `etherip:${peer}`, ...options]
  const child = spawn('ip', argv, { stdio: ['ignore', 'pipe', 'pipe'] })
  let stderr = ''
  child.stderr.on('data', (part) => {
    stderr += part
  })
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve))
  running.push({ child, ended })
  return new Promise<void>((resolve, reject) => {
    child.stdout.on('data', (part) => /control/.test(String(part)) && resolve())
    void ended.then((status) => reject(new Error(`qbg ${role} ended with ${status}: ${stderr}`)))
  })
}

const portOf = async (role: string) =>
  (await new ControlClient(join(directory, `${role}.sock`)).status()).ports[0]!

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'qbg-'))
  running = []
})
afterEach(async () => {
  for (const { child, ended } of running) {
    child.kill('SIGTERM')
    await ended
  }
  removeLinks('left0', 'right0')
  for (const side of ['left', 'right']) {
    try {
      ip(`netns del ${side}`)
    } catch {
      // the test did not get so far
    }
  }
  rmSync(directory, { recursive: true })
})

if (hasPackage()) {
  requires('namespaces')(
    'a station and a bridge behind a router find each other, and a VSI is associated',
    async () => {
      writeFileSync('/proc/sys/net/ipv4/ip_forward', '1')
      addHost('left', '10.1.0')
      addHost('right', '10.2.0')
      await Promise.all([start('right', 'bridge', '10.1.0.1'), start('left', 'station', '10.2.0.1')])
      const ready = async () => (await portOf('station')).vdp.ready
      await expect.poll(ready, { timeout: 15_000 }).toBe(true)
      const control = ['--control', join(directory, 'station.sock')]
      const asked = [
        'vsi',
        'associate',
        '--type',
        '5',
        '--id',
        A,
        '--filter',
        '52:54:00:11:22:33',
        ...control,
      ]
      expect(await runQbg(asked)).toMatchObject({
        status: 0,
        stdout: `etherip:10.2.0.1  ${A}  associated  52:54:00:11:22:33/1\n`,
      })
      const bridge = await portOf('bridge')
      expect(bridge).toMatchObject({ name: 'etherip:10.1.0.1', vdp: { vsis: { associated: 1 } } })
      expect(bridge.faults.total).toBe(0)

      // the bridge's goodbye arrives
      running[0]!.child.kill('SIGTERM')
      expect(await running[0]!.ended).toBe(0)
      await expect.poll(async () => (await portOf('station')).neighbor, { timeout: 10_000 }).toBe(null)
    },
    40_000,
  )
} else {
  test('without the package raw-socket the command says so', async () => {
    const { status, stderr } = await runQbg([
      'bridge',
      'etherip:192.0.2.1',
      '--control',
      join(directory, 'x'),
    ])
    expect(status).toBe(5)
    expect(stderr).toContain('raw-socket')
  })
}

requires('namespaces')('a name without an address is refused', async () => {
  const control = ['--control', join(directory, 'x.sock')]
  const { status, stderr } = await runQbg(['bridge', 'etherip:10.0.0', ...control])
  expect(status).toBe(5)
  expect(stderr).toContain('no IP address follows "etherip:"')
})
