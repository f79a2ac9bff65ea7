/** What koffi, libuv and the kernel were seen to do when nobody expects it; each once cost a port or a process. */
import { spawnSync } from 'node:child_process'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import koffi from 'koffi'
import { expect } from 'vitest'
import { ETHERTYPE_LLDP } from '../../protocol/wire/ethernet-frame.ts'
import { PacketPort } from '../../src/io/packet-port.ts'
import { OperationalError } from '../../src/runtime/operational-error.ts'
import { Collected } from '../support/deadline.ts'
import { testFrame } from '../support/frames.ts'
import { veth } from '../support/namespaces.ts'
import { type PacketRig, untilLink, withPackets } from '../support/packet-rig.ts'
import { requires } from '../support/requirements.ts'

const it = requires('namespaces')

async function pair({ links }: PacketRig): Promise<void> {
  veth('a0', 'b0')
  await untilLink(links, 'b0', 'carrier', (link) => link?.up === true)
}

it('an exception of a listener comes out on a later tick, and the port goes on', () =>
  withPackets(async (rig) => {
    await pair(rig)
    const a = rig.port('a0')
    const seen = new Collected<string>()
    const b = new PacketPort('b0', rig.links)
    b.open({
      onFrames: (batch) => {
        if (batch[0]?.[14] === 1) throw new Error('a bug of the listener')
        seen.add('frame')
      },
    })
    const others = process.listeners('uncaughtException')
    process.removeAllListeners('uncaughtException')
    process.once('uncaughtException', (error) => seen.add(error.message))
    try {
      a.port.send(testFrame(ETHERTYPE_LLDP, 1))
      await seen.until('the exception', (items) => items.includes('a bug of the listener'))
      a.port.send(testFrame(ETHERTYPE_LLDP, 2))
      await seen.until('the next frame', (items) => items.includes('frame'))
    } finally {
      for (const other of others) process.on('uncaughtException', other)
      b.close()
    }
  }))

it('a promise settled while frames are delivered goes on at once', () =>
  withPackets(async (rig) => {
    await pair(rig)
    const a = rig.port('a0')
    const b = new PacketPort('b0', rig.links)
    const times = new Collected<number>()
    b.open({
      onFrames: () => {
        const start = performance.now()
        Promise.resolve().then(() => times.add(performance.now() - start))
      },
    })
    a.port.send(testFrame(ETHERTYPE_LLDP, 1))
    const [time] = await times.until('the promise', (items) => items.length === 1, 2000)
    b.close()
    expect(time).toBeLessThan(500)
  }))

it('a port still hears after the garbage was collected', () =>
  withPackets(async (rig) => {
    await pair(rig)
    const a = rig.port('a0')
    const b = rig.port('b0')
    setFlagsFromString('--expose-gc')
    const collect = runInNewContext('gc') as () => void
    for (let round = 0; round < 5; round++) {
      collect()
      await new Promise(setImmediate)
    }
    a.port.send(testFrame(ETHERTYPE_LLDP, 9))
    await b.frames.until('the frame', (items) => items.length === 1)
  }))

it('a process whose ports are closed, or never opened, ends by itself', () => {
  const runner = new URL('../support/run-typescript.mjs', import.meta.url).pathname
  const program = new URL('programs/open-and-close.ts', import.meta.url).pathname
  const { status, stdout, stderr } = spawnSync(process.execPath, [runner, program], {
    encoding: 'utf8',
    timeout: 15_000,
  })
  expect(stderr).toBe('')
  expect(stdout.trim().split('\n')).toEqual(['not-ethernet', 'no-such-interface', 'EBADF', 'EBADF'])
  expect(status).toBe(0)
}, 20_000)

it('without CAP_NET_RAW opening says what to grant, and leaves nothing open', () =>
  withPackets(async (rig) => {
    await pair(rig)
    const port = new PacketPort('a0', rig.links)
    const error = withoutCapability(CAP_NET_RAW, () => thrownBy(() => port.open({ onFrames: () => {} })))
    expect(error).toMatchObject({ code: 'not-permitted', operation: 'open a0' })
    expect((error as OperationalError).hint).toMatch(/CAP_NET_RAW/)
    port.open({ onFrames: () => {} })
    port.close()
  }))

it('without CAP_NET_ADMIN a port works, with the receive buffer the system allows', () =>
  withPackets(async (rig) => {
    await pair(rig)
    const [a, b] = withoutCapability(CAP_NET_ADMIN, () => [rig.port('a0'), rig.port('b0')])
    a!.port.send(testFrame(ETHERTYPE_LLDP, 1))
    await b!.frames.until('the frame', (items) => items.length === 1)
  }))

it('an interface that does not exist, or is not Ethernet, is named with those that are', () =>
  withPackets(async (rig) => {
    await pair(rig)
    const open = (name: string) =>
      thrownBy(() => new PacketPort(name, rig.links).open({ onFrames: () => {} }))
    expect(open('eth7')).toMatchObject({
      code: 'no-such-interface',
      hint: expect.stringMatching(/a0.*|b0.*/),
    })
    expect(open('lo')).toMatchObject({ code: 'not-ethernet', operation: 'open lo' })
    expect(open('lo')).toBeInstanceOf(OperationalError)
  }))

const CAP_NET_ADMIN = 12
const CAP_NET_RAW = 13

/** Takes a capability from this thread's effective set for the time of `body`; the permitted set keeps it. */
function withoutCapability<Result>(capability: number, body: () => Result): Result {
  const libc = koffi.load(null)
  const header = Buffer.alloc(8)
  header.writeUInt32LE(0x20080522)
  const before = Buffer.alloc(24)
  expect(libc.func('int capget(void *, void *)')(header, before)).toBe(0)
  const without = Buffer.from(before)
  without.writeUInt32LE((before.readUInt32LE(0) & ~(1 << capability)) >>> 0)
  const set = libc.func('int capset(void *, void *)')
  expect(set(header, without)).toBe(0)
  try {
    return body()
  } finally {
    expect(set(header, before)).toBe(0)
  }
}

function thrownBy(attempt: () => void): unknown {
  try {
    attempt()
  } catch (error) {
    return error
  }
  return undefined
}
