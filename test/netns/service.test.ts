/** The built daemons as services: what they tell their manager, how they leave, and that they need not be root. */
import { spawn } from 'node:child_process'
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, vi } from 'vitest'
import { ControlClient } from '../../src/control/client.ts'
import { type Running, runQbg, startQbg } from '../support/cli.ts'
import { UUID } from '../support/libvirt-octets.ts'
import { ip, removeLinks, veth } from '../support/namespaces.ts'
import { RealLibvirt } from '../support/netlink-asker.ts'
import { NotifySocket } from '../support/notify-socket.ts'
import { AS_SERVICE, requires } from '../support/requirements.ts'

const test = requires('namespaces')
const PATIENCE = { timeout: 15_000, interval: 50 }

let directory: string
let running: Running[]
let sockets: NotifySocket[]

interface Start {
  readonly options?: readonly string[]
  readonly environment?: NodeJS.ProcessEnv
  readonly as?: readonly string[]
}

const socketOf = (role: string) => join(directory, `${role}.sock`)
const clientOf = (role: string) => new ControlClient(socketOf(role))
const logOf = (role: string) => readFileSync(join(directory, `${role}.log`), 'utf8')

async function start(
  role: 'station' | 'bridge',
  { options = [], environment, as }: Start = {},
): Promise<Running> {
  const name = role === 'station' ? 'sta0' : 'swp0'
  const places = ['--control', socketOf(role), '--log-file', join(directory, `${role}.log`)]
  const one = startQbg([role, name, ...places, ...options], environment, as)
  running.push(one)
  await one.says(/control/)
  return one
}

/** Asks for some VSIs; they are granted when it returns. */
async function associate(...numbers: number[]): Promise<void> {
  const requests = numbers.map((number) => ({
    mode: 'associate' as const,
    id: `mac:52:54:00:00:00:0${number}`,
    typeId: 5,
    filter: [`52:54:00:00:00:0${number}/3`],
  }))
  const { answers } = await clientOf('station').request({ requests, wait: 10 })
  expect(answers.map(({ ok }) => ok)).toEqual(numbers.map(() => true))
}

const held = async (role: string) =>
  (await clientOf(role).vsis()).vsis.filter(({ live, state }) => live && state !== 'none').length

function notifySocket(path = join(directory, 'notify')): NotifySocket {
  const one = new NotifySocket(path)
  sockets.push(one)
  return one
}

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'qbg-service-'))
  running = []
  sockets = []
  veth('sta0', 'swp0')
})
afterEach(async () => {
  for (const { child, ended } of running) {
    child.kill('SIGKILL')
    await ended
  }
  for (const one of sockets) one.close()
  removeLinks('sta0', 'br0')
  rmSync(directory, { recursive: true })
})

describe('the service manager', () => {
  test('hears READY with a state, the state when it changes, that the daemon lives, and that it leaves', async () => {
    const manager = notifySocket()
    const environment = { NOTIFY_SOCKET: manager.path, WATCHDOG_USEC: '200000' }
    const station = await start('station', { environment })
    await manager.until('READY', () => manager.values('READY').length > 0)
    expect(manager.received.items[0]).toBe('READY=1\nSTATUS=sta0: no EVB neighbour, relay off, 0 VSIs')
    await manager.until('two signs of life', () => manager.values('WATCHDOG').length > 1)
    await start('bridge')
    await associate(1)
    await manager.until('another state', () => /, 1 VSI$/.test(manager.values('STATUS').at(-1) ?? ''), 10_000)
    expect(manager.values('STATUS').at(-1)).toMatch(/^sta0: EVB neighbour .+, relay (on|off), 1 VSI$/)
    station.child.kill('SIGTERM')
    expect((await station.ended).status).toBe(0)
    await manager.until('STOPPING', () => manager.values('STOPPING').length > 0)
    expect(manager.values('EXTEND_TIMEOUT_USEC')).toEqual(['10000000'])
    expect(manager.values('READY')).toEqual(['1'])
  })

  test('may listen on an abstract socket; without a watchdog it hears no signs of life', async () => {
    const manager = notifySocket(`@qbg-test-${process.pid}`)
    const environment = { NOTIFY_SOCKET: manager.path, WATCHDOG_USEC: '100000', WATCHDOG_PID: '1' }
    await start('bridge', { environment })
    await manager.until('READY', () => manager.values('READY').length > 0)
    await start('station')
    await manager.until('another state', () => manager.values('STATUS').length > 1, 10_000)
    expect(manager.values('WATCHDOG')).toEqual([])
  })

  test('that is gone is missed once in the log, and no more', async () => {
    const environment = { NOTIFY_SOCKET: join(directory, 'nobody'), WATCHDOG_USEC: '20000' }
    await start('station', { environment })
    await vi.waitFor(() => expect(logOf('station')).toContain('the service manager does not hear'), PATIENCE)
    expect((await clientOf('station').status()).role).toBe('station')
    expect(logOf('station').split('does not hear')).toHaveLength(2)
  })
})

describe('SIGHUP', () => {
  test('opens the log file again and ends nothing', async () => {
    const station = await start('station')
    const old = join(directory, 'station.log')
    renameSync(old, `${old}.1`)
    station.child.kill('SIGHUP')
    await vi.waitFor(() => expect(existsSync(old)).toBe(true), PATIENCE)
    await start('bridge')
    await associate(1)
    expect(logOf('station')).toContain('VSI granted')
    expect(readFileSync(`${old}.1`, 'utf8')).not.toContain('VSI granted')
  })

  test('log levels are each daemon’s own, and survive it', async () => {
    const station = await start('station')
    await start('bridge')
    expect((await runQbg(['log-level', 'debug', '--control', socketOf('station')])).stdout).toBe('debug\n')
    station.child.kill('SIGHUP')
    expect((await runQbg(['log-level', '--control', socketOf('station')])).stdout).toBe('debug\n')
    expect((await runQbg(['log-level', '--control', socketOf('bridge')])).stdout).toBe('info\n')
  })
})

describe('leaving', () => {
  test('by SIGTERM keeps VSIs and relay at the switch; the next life has them again', async () => {
    await start('bridge')
    const state = ['--state', join(directory, 'state.json')]
    const first = await start('station', { options: state })
    await associate(1, 2, 3)
    first.child.kill('SIGTERM')
    expect((await first.ended).status).toBe(0)
    const [port] = (await clientOf('bridge').status()).ports
    expect(port?.neighbor).not.toBeNull()
    expect(await held('bridge')).toBe(3)
    await start('station', { options: state })
    await vi.waitFor(async () => expect(await held('station')).toBe(3), PATIENCE)
  })

  test('by qbg drain ends them there, says how many, and goodbye', async () => {
    await start('bridge')
    const state = ['--state', join(directory, 'state.json')]
    const first = await start('station', { options: state })
    await associate(1, 2, 3)
    expect(await runQbg(['drain', '--control', socketOf('station')])).toEqual({
      status: 0,
      stdout: '3 VSIs de-associated, the station leaves\n',
      stderr: '',
    })
    expect((await first.ended).status).toBe(0)
    await vi.waitFor(
      async () => expect((await clientOf('bridge').status()).ports[0]?.neighbor).toBeNull(),
      PATIENCE,
    )
    expect(await held('bridge')).toBe(0)
    await start('station', { options: state })
    await vi.waitFor(async () => expect(await held('bridge')).toBe(3), PATIENCE)
  })

  test('by qbg drain next to a silent switch ends in bounded time, with 1 and the number in doubt', async () => {
    const bridge = await start('bridge')
    const first = await start('station')
    await associate(1, 2)
    bridge.child.kill('SIGSTOP')
    const { status, stdout } = await runQbg(['drain', '--json', '--control', socketOf('station')])
    expect(JSON.parse(stdout)).toEqual({ schema: 'qbg/v1/drained', released: 0, left: 2 })
    expect(status).toBe(1)
    expect((await first.ended).status).toBe(0)
  })

  test('a bridge has nothing to drain', async () => {
    await start('bridge')
    const { status, stderr } = await runQbg(['drain', '--control', socketOf('bridge')])
    expect(status).toBe(2)
    expect(stderr).toContain('a bridge does not drain')
  })
})

describe('next to lldpad', () => {
  requires('lldpad')(
    'a station does not start, and says how to stop it; --allow-lldpad lets it',
    async () => {
      const configuration = join(directory, 'lldpad.conf')
      const script = `mount -t tmpfs t /dev/shm && exec lldpad -f ${configuration}`
      const lldpad = spawn('unshare', ['-m', '--propagation', 'private', 'sh', '-c', script], {
        stdio: 'ignore',
      })
      try {
        await vi.waitFor(
          () => expect(readFileSync('/proc/net/unix', 'latin1')).toContain('@/com/intel/lldpad'),
          PATIENCE,
        )
        const { status, stderr } = await runQbg(['station', 'sta0', '--control', socketOf('station')])
        expect(status).toBe(5)
        expect(stderr).toContain('lldpad runs here')
        expect(stderr).toContain(
          `systemctl disable --now lldpad.socket lldpad.service (or: kill ${lldpad.pid})`,
        )
        await start('station', { options: ['--allow-lldpad'] })
        await start('bridge')
      } finally {
        lldpad.kill('SIGKILL')
      }
    },
  )
})

describe('with two capabilities and another user', () => {
  const restricted = requires('two-capabilities', 'bridge')

  beforeEach(() => chmodSync(directory, 0o777))

  restricted(
    'a station finds its interface again when it vanished, and serves libvirt through a link',
    async () => {
      await start('bridge')
      mkdirSync(join(directory, 'run'))
      chmodSync(join(directory, 'run'), 0o777)
      mkdirSync(join(directory, 'private'), { mode: 0o755 })
      const pidFile = join(directory, 'private', 'lldpad.pid')
      symlinkSync('../run/lldpad.pid', pidFile)
      const options = ['--libvirt', '--libvirt-pid-file', pidFile, '--state', join(directory, 'state.json')]
      const station = await start('station', { options, as: AS_SERVICE })
      expect(capabilities(station.child.pid!)).toEqual({ uid: '65534', effective: '3000', bounding: '3000' })
      await associate(1)

      removeLinks('sta0')
      await vi.waitFor(
        async () => expect((await clientOf('station').status()).ports[0]?.link.up).toBe(false),
        PATIENCE,
      )
      veth('sta0', 'swp0')
      await vi.waitFor(async () => expect(await held('bridge')).toBe(1), PATIENCE)

      const index = Number(/^(\d+):/.exec(ip('-o link show sta0'))?.[1])
      const libvirt = new RealLibvirt({ pidFile, index, name: 'sta0' })
      try {
        expect(await libvirt.perform()).toBe(0)
      } finally {
        libvirt.close()
      }
      expect((await clientOf('bridge').vsi(UUID)).vsi).toMatchObject({ state: 'associated' })
      station.child.kill('SIGTERM')
      expect((await station.ended).status).toBe(0)
      expect(existsSync(join(directory, 'run/lldpad.pid'))).toBe(false)
    },
  )

  restricted(
    'a bridge switches hairpin, also of an interface that vanished, and back when it leaves',
    async () => {
      ip('link add br0 type bridge')
      ip('link set br0 up')
      ip('link set swp0 master br0')
      await start('station')
      const bridge = await start('bridge', { as: AS_SERVICE })
      const hairpin = (state: string) =>
        vi.waitFor(() => expect(ip('-d link show swp0')).toContain(`hairpin ${state}`), PATIENCE)
      await hairpin('on')
      removeLinks('sta0')
      veth('sta0', 'swp0')
      ip('link set swp0 master br0')
      await hairpin('on')
      bridge.child.kill('SIGTERM')
      expect((await bridge.ended).status).toBe(0)
      await hairpin('off')
    },
  )
})

function capabilities(pid: number): Record<string, string | undefined> {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8')
  const of = (name: string) => new RegExp(`^${name}:\\s+0*(\\w+)`, 'm').exec(status)?.[1]
  return { uid: of('Uid'), effective: of('CapEff'), bounding: of('CapBnd') }
}
