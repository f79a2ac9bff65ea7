/** The built station as libvirt's agent, on the kernel's netlink: what a libvirt that speaks the same octets gets. */
import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect } from 'vitest'
import { ControlClient } from '../../src/control/client.ts'
import { type Running, startQbg } from '../support/cli.ts'
import { getLink, message, responseIn, setLink, UUID } from '../support/libvirt-octets.ts'
import { ip, removeLinks, veth } from '../support/namespaces.ts'
import { LIBVIRT_PATIENCE, NetlinkAsker, RealLibvirt, readPidFile } from '../support/netlink-asker.ts'
import { requires } from '../support/requirements.ts'

const test = requires('namespaces')

let directory: string
let pidFile: string
let running: Running[]
let libvirts: RealLibvirt[]

const socketOf = (role: string) => join(directory, `${role}.sock`)
const clientOf = (role: string) => new ControlClient(socketOf(role))
const logOf = (role: string) => readFileSync(join(directory, `${role}.log`), 'utf8')

function run(role: 'station' | 'bridge', name: string, ...options: string[]): Running {
  const places = ['--control', socketOf(role), '--log-file', join(directory, `${role}.log`)]
  const one = startQbg([role, name, ...places, ...options])
  running.push(one)
  return one
}

async function startAgent(...options: string[]): Promise<Running> {
  const agent = run('station', 'sta0', '--libvirt', '--libvirt-pid-file', pidFile, ...options)
  await agent.says(/control/)
  return agent
}

/** A station that has a switch: it knows one when the first VSI is granted. */
async function startBoth(): Promise<{ agent: Running; libvirt: RealLibvirt }> {
  await run('bridge', 'swp0').says(/control/)
  const agent = await startAgent()
  return { agent, libvirt: newLibvirt() }
}

function newLibvirt(): RealLibvirt {
  const index = Number(/^(\d+):/.exec(ip('-o link show sta0'))?.[1])
  const one = new RealLibvirt({ pidFile, index, name: 'sta0' })
  libvirts.push(one)
  return one
}

const agentCounters = async () => (await clientOf('station').status()).libvirt!.counters

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'qbg-'))
  pidFile = join(directory, 'lldpad.pid')
  running = []
  libvirts = []
  veth('sta0', 'swp0')
})
afterEach(async () => {
  for (const libvirt of libvirts) libvirt.close()
  for (const { child, ended } of running) {
    child.kill('SIGKILL')
    await ended
  }
  removeLinks('sta0')
  rmSync(directory, { recursive: true })
})

const uuidOf = (n: number) => UUID.replace(/....$/, n.toString(16).padStart(4, '0'))
const macOf = (n: number) =>
  `52:54:00:12:${(n >> 8).toString(16).padStart(2, '0')}:${(n & 255).toString(16).padStart(2, '0')}`

describe('a domain', () => {
  test('starts and ends, each answer at once', async () => {
    const { libvirt } = await startBoth()
    expect(await libvirt.perform()).toBe(0)
    expect((await clientOf('bridge').vsi(UUID)).vsi).toMatchObject({ state: 'associated', live: true })
    expect(await libvirt.perform({ operation: 'deassociate' })).toBe(0)
    expect((await clientOf('bridge').vsi(UUID)).vsi.live).toBe(false)
    expect(libvirt.slowest).toBeLessThan(500)
    expect(libvirt.events.received.items).toEqual([])
  })

  test('that the switch de-associates: libvirt’s event socket is told, by the agent of the pid file', async () => {
    const { libvirt } = await startBoth()
    await libvirt.perform()
    await clientOf('bridge').request({ requests: [{ mode: 'deassociate', id: UUID }], wait: 5 })
    const [event] = await libvirt.events.received.until('event', (all) => all.length > 0)
    expect(event!.from).toBe(readPidFile(pidFile))
    expect(event!.octets.readUInt16LE(4)).toBe(19)
    expect(event!.octets.readUInt32LE(12)).toBe(readPidFile(pidFile))
    expect(event!.octets.includes(Buffer.from('525400123456', 'hex'))).toBe(true)
    expect(await libvirt.perform()).toBe(0)
  })

  test('on another interface is refused with ENODEV', async () => {
    await startAgent()
    expect(await newLibvirt().set({ index: 1, name: 'lo' })).toBe(19)
  })
})

describe('many', () => {
  test('250 domains at once: one answer of more than 4 KiB has them all', async () => {
    const { libvirt } = await startBoth()
    const all = Array.from({ length: 250 }, (_, n) => n)
    await Promise.all(all.map((n) => libvirt.set({ uuid: uuidOf(n), mac: macOf(n) })))
    const outcomes = await Promise.all(
      all.map(async (n) => {
        for (;;) {
          const response = await libvirt.poll(uuidOf(n))
          if (response !== null) return response
          await new Promise((resolve) => setTimeout(resolve, 125))
        }
      }),
    )
    expect(outcomes).toEqual(all.map(() => 0))
    const answer = await libvirt.ask(getLink(Number(/^(\d+):/.exec(ip('-o link show sta0'))?.[1])))
    expect(answer.length).toBeGreaterThan(4096)
    expect(all.map((n) => responseIn(answer, uuidOf(n)))).toEqual(outcomes)
    expect(libvirt.slowest).toBeLessThan(LIBVIRT_PATIENCE)
  }, 40_000)

  test('a flood, also of rubbish, also of who reads no answers, does not keep another one waiting', async () => {
    const { libvirt } = await startBoth()
    await libvirt.perform()
    const agent = readPidFile(pidFile)
    const flooder = new NetlinkAsker()
    const parts = [
      setLink({ index: 1 }),
      message(18, Buffer.alloc(3)),
      message(77, Buffer.alloc(40)),
      message(2, Buffer.alloc(20)),
      Buffer.alloc(7),
      Buffer.concat(Array.from({ length: 300 }, () => message(20, Buffer.alloc(0)))),
    ]
    let sent = 0
    for (let n = 0; n < 6000; n++) if (flooder.send(parts[n % parts.length]!, agent)) sent++
    flooder.deafen() // its number stays taken: the next socket must not get its answers
    expect(sent).toBeGreaterThan(100)
    expect(await libvirt.perform()).toBe(0)
    flooder.close()
    expect(libvirt.slowest).toBeLessThan(LIBVIRT_PATIENCE)
    const { answers, undelivered, dropsMalformed, dropsNotRequest } = await agentCounters()
    expect(answers).toBeGreaterThan(sent / 2)
    expect(undelivered).toBeGreaterThan(0)
    expect(Math.min(dropsMalformed!, dropsNotRequest!)).toBeGreaterThan(0)
    expect(logOf('station')).not.toContain('a bug')
  })
})

describe('the pid file', () => {
  test('is a number and a newline while the agent runs, and gone after it', async () => {
    const agent = await startAgent()
    expect(readFileSync(pidFile, 'latin1')).toBe(`${agent.child.pid}\n`)
    agent.child.kill('SIGTERM')
    expect(await agent.ended).toMatchObject({ status: 0 })
    expect(existsSync(pidFile)).toBe(false)
  })

  test('that a killed agent has left is taken over', async () => {
    const first = await startAgent()
    first.child.kill('SIGKILL')
    await first.ended
    expect(statSync(pidFile).isFile()).toBe(true)
    const second = await startAgent()
    expect(readPidFile(pidFile)).toBe(second.child.pid)
  })

  test('of another agent that lives is left to it, and nothing is started', async () => {
    const other = new NetlinkAsker(4242)
    writeFileSync(pidFile, '4242\n')
    const { status, stderr } = await run('station', 'sta0', '--libvirt', '--libvirt-pid-file', pidFile).ended
    other.close()
    expect(status).toBe(5)
    expect(stderr).toContain('another agent serves libvirt')
    expect(readFileSync(pidFile, 'latin1')).toBe('4242\n')
  })

  test('is written when the agent can be asked, and never before', async () => {
    const agent = run('station', 'sta0', '--libvirt', '--libvirt-pid-file', pidFile)
    const refused: unknown[] = []
    while (!existsSync(pidFile)) await new Promise(setImmediate)
    await newLibvirt()
      .set()
      .catch((error) => refused.push(error))
    expect(refused).toEqual([])
    await agent.says(/control/)
  })
})

describe('what keeps libvirt from working', () => {
  test('a netlink port it takes for an error, and an uplink it cannot use, are told', async () => {
    const comm = `/proc/${process.pid}/comm`
    const name = readFileSync(comm, 'utf8')
    const bad = new NetlinkAsker(process.pid + 2 ** 31)
    writeFileSync(comm, 'libvirtd')
    try {
      await startAgent()
      const { libvirt } = await clientOf('station').status()
      const codes = libvirt!.problems.map(({ code }) => code)
      expect(codes).toEqual(expect.arrayContaining(['libvirt-event-port', 'libvirt-uplink']))
      expect(logOf('station')).toContain(`libvirtd (process ${process.pid}) has the netlink port`)
      expect(logOf('station')).toContain('libvirt takes that for the interface below and hangs')
    } finally {
      writeFileSync(comm, name.trim())
      bad.close()
    }
    expect((await clientOf('station').status()).libvirt!.problems.map(({ code }) => code)).not.toContain(
      'libvirt-event-port',
    )
  })
})

test('an event loop that stands still ends the process: a socket that is gone is better than a silent one', () => {
  const runner = new URL('../support/run-typescript.mjs', import.meta.url).pathname
  const program = new URL('../netns/programs/stand-still.ts', import.meta.url).pathname
  const { signal, stdout } = spawnSync(process.execPath, [runner, program], {
    encoding: 'utf8',
    timeout: 15_000,
  })
  expect({ signal, stdout }).toEqual({ signal: 'SIGALRM', stdout: 'turned for 1.5 s\n' })
})
