/** Guests' real macvtaps: what libvirt asked for ends with them, at the switch and in the file. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, vi } from 'vitest'
import { ControlClient } from '../../src/control/client.ts'
import { type Running, startQbg } from '../support/cli.ts'
import { UUID } from '../support/libvirt-octets.ts'
import { ip, removeLinks, veth } from '../support/namespaces.ts'
import { RealLibvirt } from '../support/netlink-asker.ts'
import { requires } from '../support/requirements.ts'

const test = requires('namespaces', 'macvtap')
const MAC = '52:54:00:12:34:56'
const PATIENCE = { timeout: 15_000, interval: 50 }

let directory: string
let running: Running[]

const socketOf = (role: string) => join(directory, `${role}.sock`)
const clientOf = (role: string) => new ControlClient(socketOf(role))
const stored = () => JSON.parse(readFileSync(join(directory, 'state.json'), 'utf8')).vsis

async function start(role: 'station' | 'bridge', name: string): Promise<Running> {
  const pidFile = join(directory, 'lldpad.pid')
  const state = ['--state', join(directory, 'state.json'), '--libvirt', '--libvirt-pid-file', pidFile]
  const log = ['--log-file', join(directory, `${role}.log`)]
  const options = role === 'station' ? [...log, ...state] : log
  const one = startQbg([role, name, '--control', socketOf(role), ...options])
  running.push(one)
  await one.says(/control/)
  return one
}

/** A domain starts, as far as the agent can see. */
async function startGuest(): Promise<void> {
  ip(`link add link sta0 name macvtap0 address ${MAC} type macvtap mode vepa`)
  const index = Number(/^(\d+):/.exec(ip('-o link show sta0'))?.[1])
  const libvirt = new RealLibvirt({ pidFile: join(directory, 'lldpad.pid'), index, name: 'sta0' })
  try {
    expect(await libvirt.perform({ mac: MAC })).toBe(0)
  } finally {
    libvirt.close()
  }
  await atSwitch(true)
}

const atSwitch = (live: boolean) =>
  vi.waitFor(async () => expect((await clientOf('bridge').vsi(UUID)).vsi.live).toBe(live), PATIENCE)

beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), 'qbg-macvtap-'))
  running = []
  veth('sta0', 'swp0')
  await start('bridge', 'swp0')
})
afterEach(async () => {
  for (const { child, ended } of running) {
    child.kill('SIGKILL')
    await ended
  }
  removeLinks('macvtap0', 'sta0')
  rmSync(directory, { recursive: true })
})

describe('a macvtap that goes', () => {
  test('while the station runs', async () => {
    await start('station', 'sta0')
    await startGuest()
    removeLinks('macvtap0')
    await atSwitch(false)
    await vi.waitFor(() => expect(stored()).toEqual([]), PATIENCE)
  })

  test('while the station is away is noticed at its start: the switch is told', async () => {
    const first = await start('station', 'sta0')
    await startGuest()
    await vi.waitFor(() => expect(stored()).toMatchObject([{ device: { name: 'macvtap0' } }]), PATIENCE)
    first.child.kill('SIGKILL')
    await first.ended
    removeLinks('macvtap0')
    await start('station', 'sta0')
    await atSwitch(false)
    expect((await clientOf('bridge').vsi(UUID)).vsi.reason?.code).toBe('released-by-station')
    await vi.waitFor(() => expect(stored()).toEqual([]), PATIENCE)
  })

  test('and one that stays: its VSI is the station’s again after SIGKILL, also under another name', async () => {
    const first = await start('station', 'sta0')
    await startGuest()
    first.child.kill('SIGKILL')
    await first.ended
    ip('link set macvtap0 name guest0')
    await start('station', 'sta0')
    await vi.waitFor(async () => {
      expect((await clientOf('station').vsi(UUID)).vsi).toMatchObject({
        state: 'associated',
        owner: 'libvirt',
      })
    }, PATIENCE)
    ip('link del guest0')
    await atSwitch(false)
  })
})
