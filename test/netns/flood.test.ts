/** More frames than can be taken, from everywhere, to both daemons: what the EVB neighbour says is not lost among them. */
import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { afterEach, beforeEach, expect } from 'vitest'
import { ControlClient } from '../../src/control/client.ts'
import { type Running, startQbg } from '../support/cli.ts'
import { ip, removeLinks, veth } from '../support/namespaces.ts'
import { requires } from '../support/requirements.ts'

const FRAMES = 40_000
const test = requires('namespaces', 'bridge')

let directory: string
let running: Running[]

const socketOf = (role: string) => join(directory, `${role}.sock`)
const clientOf = (role: string) => new ControlClient(socketOf(role))

function start(role: 'station' | 'bridge', name: string): Running {
  const options = ['--control', socketOf(role), '--log-file', join(directory, `${role}.log`)]
  const one = startQbg([role, name, ...options])
  running.push(one)
  return one
}

/** Resolves with the number of frames that were sent. */
function flood(name: string): Promise<number> {
  const runner = new URL('../support/run-typescript.mjs', import.meta.url).pathname
  const program = new URL('programs/flood.ts', import.meta.url).pathname
  const child = spawn(process.execPath, [runner, program, name, String(FRAMES)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let said = ''
  child.stdout.on('data', (part) => {
    said += part
  })
  return new Promise((resolve) => child.once('close', () => resolve(Number(said))))
}

async function ask(mode: 'associate' | 'deassociate', number: number) {
  const id = `6b9a54c4-7ad9-4c3a-8c5e-0a5f7b1f${String(number).padStart(4, '0')}`
  const request =
    mode === 'deassociate'
      ? { mode, id }
      : { mode, id, typeId: 5, filter: [`52:54:00:00:00:${String(number).padStart(2, '0')}/200`] }
  const { answers } = await clientOf('station').request({ requests: [request], wait: 20 })
  return answers[0]
}

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'qbg-'))
  running = []
  veth('sta0', 'swp0')
  ip('link add br0 type bridge')
  ip('link set br0 up')
  ip('link set swp0 master br0')
})
afterEach(async () => {
  for (const { child, ended } of running) {
    child.kill('SIGTERM')
    await ended
  }
  removeLinks('sta0', 'br0')
  rmSync(directory, { recursive: true })
})

test('a flood of LLDP and ECP costs no VSI; what the kernel had no room for is counted', async () => {
  await Promise.all([start('bridge', 'swp0').says(/^qbg/), start('station', 'sta0').says(/^qbg/)])
  for (let number = 1; number <= 7; number++)
    expect(await ask('associate', number)).toMatchObject({ ok: true })
  const before = new Map<string, number>()
  for (const role of ['station', 'bridge']) before.set(role, await arrived(role))
  let over = false
  const floods = Promise.all([flood('sta0'), flood('swp0')]).finally(() => {
    over = true
  })
  for (let number = 8; !over; number = number === 20 ? 8 : number + 1) {
    expect(await ask('associate', number)).toMatchObject({ ok: true })
    expect(await ask('deassociate', number)).toMatchObject({ ok: true })
  }
  expect(await floods).toEqual([FRAMES, FRAMES])
  const live = (await clientOf('bridge').vsis()).vsis.filter((vsi) => vsi.state === 'associated')
  expect(live).toHaveLength(7)
  for (const role of ['station', 'bridge']) {
    // Some are dropped before any socket sees them, when the processor has more to do than the kernel lets wait.
    await until(async () => (await arrived(role)) >= before.get(role)! + 0.8 * FRAMES)
    const [port] = (await clientOf(role).status()).ports
    expect(port?.counters.EcpTxFailures).toBe(0)
  }
  const { events } = await clientOf('station').eventLog({ types: ['vsi'] })
  expect(events.filter((event) => event.type === 'vsi' && event.outcome === 'lost')).toEqual([])
}, 60_000)

async function until(enough: () => Promise<boolean>): Promise<void> {
  const end = performance.now() + 10_000
  while (!(await enough())) {
    if (performance.now() > end) throw new Error('not within 10 s: all frames are counted')
    await delay(20)
  }
}

async function arrived(role: string): Promise<number> {
  const { received, dropped, lost } = (await clientOf(role).status()).ports[0]!.frames
  return received + dropped + lost
}
