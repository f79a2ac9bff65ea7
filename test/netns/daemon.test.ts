/** The built daemons on real interfaces: how they start, what they refuse, how they leave. */
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect } from 'vitest'
import { ControlClient } from '../../src/control/client.ts'
import type { EventAnswer } from '../../src/control/schema/event.ts'
import { type Running, runQbg, startQbg } from '../support/cli.ts'
import { Collected } from '../support/deadline.ts'
import { ip, removeLinks, veth } from '../support/namespaces.ts'
import { requires } from '../support/requirements.ts'

const A = 'fa9b7fff-b0a0-4893-8abc-0123456789ab'
const test = requires('namespaces')
const bridgeTest = requires('namespaces', 'bridge')

let directory: string
let running: Running[]

function start(role: 'station' | 'bridge', name: string, ...options: string[]): Running {
  const one = startQbg([role, name, '--control', socketOf(role), ...options])
  running.push(one)
  return one
}

const socketOf = (role: string) => join(directory, `${role}.sock`)
const clientOf = (role: string) => new ControlClient(socketOf(role))
const refused = (...argv: string[]) => runQbg([...argv, '--control', join(directory, 'refused.sock')])

/** Resolves once the daemon has told such an event, or its status was so before. */
async function waitFor(role: string, what: string, enough: (event: EventAnswer) => boolean): Promise<void> {
  const abort = new AbortController()
  const seen = new Collected<EventAnswer>()
  const reading = (async () => {
    for await (const event of clientOf(role).events(undefined, abort.signal)) seen.add(event)
  })().catch(() => {})
  await seen.until('subscription', (events) => events.length > 0)
  const time = new Date().toISOString()
  for (const { name: port, relay, link } of (await clientOf(role).status()).ports) {
    seen.add({ schema: 'qbg/v1/event', time, number: 0, type: 'relay', port, active: relay.active })
    seen.add({ schema: 'qbg/v1/event', time, number: 0, type: 'link', port, ...link })
  }
  await seen.until(what, (events) => events.some(enough), 10_000)
  abort.abort()
  await reading
}

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'qbg-'))
  running = []
  veth('sta0', 'swp0')
})
afterEach(async () => {
  for (const { child, ended } of running) {
    child.kill('SIGTERM')
    await ended
  }
  removeLinks('sta0', 'br0')
  rmSync(directory, { recursive: true })
})

describe('a station and a bridge', () => {
  bridgeTest(
    'agree on relay, which is hairpin in the kernel, associate a VSI, and leave in order',
    async () => {
      ip('link add br0 type bridge')
      ip('link set br0 up')
      ip('link set swp0 master br0')
      const bridge = start('bridge', 'swp0')
      const station = start('station', 'sta0', '--drain')
      await Promise.all([
        bridge.says(/^qbg bridge on swp0, control /),
        station.says(/^qbg station on sta0, control /),
      ])
      await waitFor('station', 'reflective relay', (event) => event.type === 'relay' && event.active)
      expect(ip('-d link show swp0')).toContain('hairpin on')
      const asked = [
        '--type',
        '5',
        '--id',
        A,
        '--filter',
        '52:54:00:11:22:33',
        '--control',
        socketOf('station'),
      ]
      expect(await runQbg(['vsi', 'associate', ...asked])).toMatchObject({
        status: 0,
        stdout: `sta0  ${A}  associated  52:54:00:11:22:33/1\n`,
      })
      expect((await clientOf('bridge').vsi(A)).vsi.state).toBe('associated')

      station.child.kill('SIGTERM')
      expect(await station.ended).toMatchObject({ status: 0 })
      expect(existsSync(socketOf('station'))).toBe(false)
      await waitFor('bridge', 'the end of relay', (event) => event.type === 'relay' && !event.active)
      const [port] = (await clientOf('bridge').status()).ports
      expect(port).toMatchObject({ neighbor: null, relay: { active: false, applied: false } })
      expect((await clientOf('bridge').vsi(A)).vsi).toMatchObject({ live: false, outcome: 'released' })
      expect(ip('-d link show swp0')).toContain('hairpin off')
    },
  )

  bridgeTest('a bridge that leaves takes its hairpin with it', async () => {
    ip('link add br0 type bridge')
    ip('link set swp0 master br0')
    const bridge = start('bridge', 'swp0')
    await bridge.says(/control/)
    start('station', 'sta0')
    await waitFor('bridge', 'reflective relay', (event) => event.type === 'relay' && event.active)
    bridge.child.kill('SIGINT')
    expect(await bridge.ended).toMatchObject({ status: 0 })
    expect(ip('-d link show swp0')).toContain('hairpin off')
  })

  bridgeTest('a port without a Linux bridge offers no relay until it is put into one', async () => {
    const bridge = start('bridge', 'swp0')
    await bridge.says(/control/)
    const station = start('station', 'sta0')
    await station.says(/control/)
    await waitForStatus('bridge', ({ neighbor }) => neighbor !== null)
    const [port] = (await clientOf('bridge').status()).ports
    expect(port).toMatchObject({
      master: null,
      relay: { requested: true, capable: false, active: false, applied: null },
    })
    expect(port?.problems.map(({ code }) => code)).toContain('relay-without-bridge')
    ip('link add br0 type bridge')
    ip('link set swp0 master br0')
    await waitFor('bridge', 'reflective relay', (event) => event.type === 'relay' && event.active)
  })

  bridgeTest('a bridge that would leak the neighbours’ frames is named', async () => {
    ip('link add br0 type bridge')
    ip('link add oth0 type veth peer name oth1')
    ip('link set swp0 master br0')
    ip('link set oth0 master br0')
    const bridge = start('bridge', 'swp0', '--data-plane', 'none', '--log-file', join(directory, 'log'))
    await bridge.says(/control/)
    const problems = async () =>
      (await clientOf('bridge').status()).ports[0]!.problems.map(({ code }) => code)
    expect(await problems()).toContain('neighbor-frames-forwarded')
    expect(readFileSync(join(directory, 'log'), 'utf8')).toContain('STP off')
    ip('link set br0 type bridge stp_state 1')
    expect(await problems()).not.toContain('neighbor-frames-forwarded')
    removeLinks('oth0')
  })
})

/** Asks again with every event: what is looked for comes with one. */
async function waitForStatus(
  role: string,
  enough: (port: Awaited<ReturnType<ControlClient['status']>>['ports'][number]) => boolean,
): Promise<void> {
  const abort = new AbortController()
  for await (const _ of clientOf(role).events(undefined, abort.signal)) {
    if (enough((await clientOf(role).status()).ports[0]!)) return abort.abort()
  }
}

describe('a daemon that cannot run says why', () => {
  test('an unknown interface', async () => {
    const { status, stderr } = await refused('station', 'eth9')
    expect(status).toBe(5)
    expect(stderr).toMatch(/^qbg: open eth9: there is no interface eth9\nhint: these exist: .*sta0/)
  })

  test('an interface that is not Ethernet', async () => {
    const { status, stderr } = await refused('station', 'lo')
    expect(status).toBe(5)
    expect(stderr).toContain('lo is not an Ethernet interface')
  })

  test('a second daemon on the same interface, in either role', async () => {
    await start('station', 'sta0').says(/control/)
    for (const role of ['station', 'bridge']) {
      const { status, stderr } = await refused(role, 'sta0')
      expect(status).toBe(5)
      expect(stderr).toContain('another qbg runs on this interface')
    }
  })

  test('a busy control socket; the daemon that has it goes on', async () => {
    await start('station', 'sta0').says(/control/)
    const { status, stderr } = await runQbg(['bridge', 'swp0', '--control', socketOf('station'), '--json'])
    expect({ status, stderr }).toEqual({ status: 5, stderr: '' })
    expect((await clientOf('station').status()).role).toBe('station')
  })

  test('a state path that is a directory; nothing is moved', async () => {
    mkdirSync(join(directory, 'there'))
    const { status, stderr } = await refused('station', 'sta0', '--state', join(directory, 'there'))
    expect(status).toBe(5)
    expect(stderr).toMatch(/keep VSIs in .*: it is not a file\nhint: name a file with --state/)
    expect(readdirSync(directory)).toEqual(['there'])
  })

  test('a file that cannot be recorded to', async () => {
    const { status, stderr } = await refused('station', 'sta0', '--record', '/nonexistent/x')
    expect(status).toBe(5)
    expect(stderr).toContain('record to /nonexistent/x')
  })

  test('a socket it leaves behind belongs to nobody: the next one starts', async () => {
    const first = start('station', 'sta0')
    await first.says(/control/)
    first.child.kill('SIGKILL')
    await first.ended
    expect(statSync(socketOf('station')).isSocket()).toBe(true)
    await start('station', 'sta0').says(/control/)
  })
})

describe('a daemon that runs', () => {
  test('says with --json that it is ready, and that the neighbour has its own role', async () => {
    await start('station', 'swp0', '--json').says(
      /^\{"schema":"qbg\/v1\/started","role":"station","ports":\["swp0"\],/,
    )
    const other = startQbg(['station', 'sta0', '--control', join(directory, 'other.sock')])
    running.push(other)
    await other.says(/control/)
    await waitForStatus('station', ({ problems }) =>
      problems.some(({ code }) => code === 'same-role-neighbor'),
    )
  })

  test('outlives its interface and finds it again', async () => {
    await start('station', 'sta0').says(/control/)
    const gone = waitFor('station', 'the interface to go', (event) => event.type === 'link' && !event.up)
    removeLinks('sta0')
    await gone
    expect((await clientOf('station').status()).ports[0]?.link.up).toBe(false)
    const back = waitFor(
      'station',
      'the interface to come back',
      (event) => event.type === 'link' && event.up,
    )
    veth('sta0', 'swp0')
    await back
  })

  test('records what happens', async () => {
    const file = join(directory, 'record.jsonl')
    const one = start('station', 'sta0', '--record', file)
    await one.says(/control/)
    one.child.kill('SIGTERM')
    await one.ended
    const lines = readFileSync(file, 'utf8')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line))
    expect(lines[0]).toMatchObject({ kind: 'start', role: 'station', port: 'sta0' })
    expect(lines.some(({ kind, input }) => kind === 'input' && input.type === 'admin.shutdown')).toBe(true)
  })
})

describe('ports of a running daemon', () => {
  test('a pattern takes in interfaces as they are made; a port removed is free for another daemon', async () => {
    const bridge = start('bridge', 'swp*')
    await bridge.says(/^qbg bridge on swp0, control /)
    veth('sta1', 'swp1')
    const control = ['--control', socketOf('bridge')]
    const ports = async () => (await clientOf('bridge').ports()).ports.map(({ name }) => name)
    await expect.poll(ports, { timeout: 10_000 }).toEqual(['swp0', 'swp1'])
    await start('station', 'sta0').says(/control/)
    expect((await runQbg(['port', 'add', 'sta0', ...control])).stderr).toContain(
      'another qbg runs on this interface',
    )
    expect((await runQbg(['port', 'add', 'lo', ...control])).status).toBe(5)
    expect(await runQbg(['port', 'remove', 'swp1', ...control])).toMatchObject({ status: 0 })
    expect(await ports()).toEqual(['swp0'])
    const other = startQbg(['bridge', 'swp1', '--control', join(directory, 'other.sock')])
    running.push(other)
    await other.says(/^qbg bridge on swp1, control /)
    removeLinks('sta1')
  })

  test('disabled and enabled, the neighbour sees it go and come', async () => {
    await start('bridge', 'swp0').says(/control/)
    await start('station', 'sta0').says(/control/)
    const neighbor = (there: boolean) =>
      waitForStatus('station', (port) => (port.neighbor !== null) === there)
    await neighbor(true)
    const gone = neighbor(false)
    await clientOf('bridge').setPortEnabled('swp0', false)
    await gone
    const back = neighbor(true)
    await clientOf('bridge').setPortEnabled('swp0', true)
    await back
  })
})
