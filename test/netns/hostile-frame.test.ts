/** One frame that ends lldpad, sent on a real wire to both daemons: they count it, and go on. */
import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { afterEach, beforeEach, expect } from 'vitest'
import { ControlClient } from '../../src/control/client.ts'
import { type Running, startQbg } from '../support/cli.ts'
import { longEvbFrame } from '../support/mutated-frames.ts'
import { ip, removeLinks, veth } from '../support/namespaces.ts'
import { requires } from '../support/requirements.ts'

const test = requires('namespaces', 'bridge')
const ROLES = ['station', 'bridge'] as const

let directory: string
let running: Running[]

const clientOf = (role: string) => new ControlClient(join(directory, `${role}.sock`))
const portOf = async (role: string) => (await clientOf(role).status()).ports[0]!

function send(name: string, frame: Uint8Array): Promise<number | null> {
  const file = (path: string) => new URL(path, import.meta.url).pathname
  const program = [file('../support/run-typescript.mjs'), file('programs/send-frame.ts')]
  const hex = Buffer.from(frame).toString('hex')
  const child = spawn(process.execPath, [...program, name, hex], { stdio: 'inherit' })
  return new Promise((resolve) => child.once('close', resolve))
}

async function associate(number: number) {
  const id = `6b9a54c4-7ad9-4c3a-8c5e-0a5f7b1f000${number}`
  const filter = [`52:54:00:00:00:0${number}/200`]
  const requests = [{ mode: 'associate' as const, id, typeId: 5, filter }]
  return (await clientOf('station').request({ requests, wait: 20 })).answers[0]
}

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'qbg-'))
  veth('sta0', 'swp0')
  ip('link add br0 type bridge stp_state 1')
  ip('link set br0 up')
  ip('link set swp0 master br0')
  running = ROLES.map((role) => {
    const name = role === 'station' ? 'sta0' : 'swp0'
    const files = ['--control', join(directory, `${role}.sock`), '--log-file', join(directory, `${role}.log`)]
    return startQbg([role, name, ...files])
  })
})
afterEach(async () => {
  for (const { child, ended } of running) {
    child.kill('SIGTERM')
    expect((await ended).status).toBe(0)
  }
  removeLinks('sta0', 'br0')
  rmSync(directory, { recursive: true })
})

test('an LLDPDU with an EVB TLV of 300 octets, which ends lldpad, costs a station and a bridge nothing', async () => {
  await Promise.all(running.map(({ says }) => says(/^qbg/)))
  expect(await associate(1)).toMatchObject({ ok: true })
  expect(await send('swp0', longEvbFrame())).toBe(0)
  expect(await send('sta0', longEvbFrame())).toBe(0)
  for (const role of ROLES) {
    const end = performance.now() + 10_000
    while ((await portOf(role)).faults.total === 0 && performance.now() < end) await delay(10)
    expect((await portOf(role)).faults).toMatchObject({ total: 1, last: { code: 'evb-length' } })
  }
  expect(await associate(2)).toMatchObject({ ok: true })
  expect((await portOf('bridge')).vdp.vsis).toMatchObject({ associated: 2 })
  expect((await portOf('station')).relay).toMatchObject({ active: true })
}, 40_000)
