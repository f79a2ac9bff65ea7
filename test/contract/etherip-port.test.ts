/**
 * EtherIP as a frame port, by the package `raw-socket` where it was built: both ends here, on addresses of loopback that
 * send to each other under their own names. Where it was not built, that is said.
 */
import { afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { encodeEtherIp } from '../../protocol/wire/etherip.ts'
import { ETHERTYPE_ECP, ETHERTYPE_LLDP } from '../../protocol/wire/ethernet-frame.ts'
import { parseEtherIpName } from '../../src/io/etherip-name.ts'
import { EtherIpPort } from '../../src/io/etherip-port.ts'
import { openRawSocket, type RawSocket } from '../../src/io/raw-socket.ts'
import { systemClock } from '../../src/runtime/clock.ts'
import type { OperationalError } from '../../src/runtime/operational-error.ts'
import { VirtualClock } from '../../src/runtime/virtual-clock.ts'
import { Collected } from '../support/deadline.ts'
import { testFrame } from '../support/frames.ts'
import { ip } from '../support/namespaces.ts'
import { missing, requires } from '../support/requirements.ts'
import { describeFramePort } from './frame-port.ts'

/** Why the package cannot be loaded; undefined when it can. */
function whyNoPackage(): OperationalError | undefined {
  try {
    openRawSocket({ protocol: 97, family: 4, bufferSize: 2048 }, 'try').close()
    return undefined
  } catch (error) {
    return error as OperationalError
  }
}

const why = missing('namespaces') === undefined ? whyNoPackage() : undefined
const withPackage = why === undefined ? requires('namespaces') : () => {}

const ADDRESSES = { 4: ['10.97.0.1', '10.97.0.2'], 6: ['fd97::1', 'fd97::2'] } as const

function portTo(address: string, clock = systemClock): EtherIpPort {
  const name = `etherip:${address}`
  return new EtherIpPort({ name, peer: parseEtherIpName(name)!, clock })
}

/** What goes to the one comes from the other. */
beforeAll(() => {
  if (missing('namespaces') !== undefined) return
  ip('link set lo up')
  const [a, b] = ADDRESSES[4]
  for (const address of ADDRESSES[4]) ip(`addr add ${address}/32 dev lo`)
  for (const address of ADDRESSES[6]) ip(`-6 addr add ${address}/128 dev lo nodad`)
  ip(`route replace local ${a} dev lo table local src ${b}`)
  ip(`route replace local ${b} dev lo table local src ${a}`)
})

if (why !== undefined) {
  test('EtherIP without the package raw-socket says what is missing, and what can be done', () => {
    expect(why).toMatchObject({ code: 'package-missing', hint: expect.stringContaining('npm rebuild') })
  })
}

describeFramePort('EtherIP over IPv4', withPackage, () => {
  const [a, b] = ADDRESSES[4]
  return { near: portTo(b), far: portTo(a), settle: () => {}, end: () => {}, oneByOne: true }
})

describe('EtherIP on the wire', () => {
  let port: EtherIpPort
  let arrived: Collected<Uint8Array>
  let raw: RawSocket
  const [a, b] = ADDRESSES[4]

  const openAll = () => {
    port = portTo(a)
    arrived = new Collected()
    port.open({ onFrames: arrived.addAll })
    raw = openRawSocket({ protocol: 97, family: 4, bufferSize: 4096 }, 'test')
  }
  const sendRaw = (packet: Uint8Array, to: string) =>
    new Promise<void>((resolve, reject) => {
      raw.send(Buffer.from(packet), 0, packet.length, to, (error) => (error ? reject(error) : resolve()))
    })
  const good = testFrame(ETHERTYPE_LLDP, 9)

  withPackage('is protocol 97, 30 00 and the frame without FCS', async () => {
    openAll()
    const seen = new Collected<Buffer>()
    raw.on('message', (packet) => seen.add(Buffer.from(packet)))
    const other = portTo(b)
    other.open({ onFrames: () => {} })
    other.send(good)
    const [packet] = await seen.until('a packet', (items) => items.length > 0)
    expect(packet![9]).toBe(97)
    expect([...packet!.subarray(20, 22)]).toEqual([0x30, 0])
    expect(new Uint8Array(packet!.subarray(22))).toEqual(good)
    other.close()
    raw.close()
    port.close()
  })

  withPackage(
    'takes nothing from others, of another version, too short, too long, or not LLDP or ECP',
    async () => {
      openAll()
      const stranger = encodeEtherIp(testFrame(ETHERTYPE_LLDP, 1))
      await sendRaw(stranger, a) // comes from b, which is not the peer
      const bad = [
        Uint8Array.of(),
        Uint8Array.of(0x30),
        Uint8Array.of(0x30, 0),
        Uint8Array.of(0x03, 0, ...good),
        Uint8Array.of(0x40, 0, ...good),
        Uint8Array.of(0x30, 1, ...good),
        Uint8Array.of(0x30, 0, ...good.subarray(0, 13)),
        Uint8Array.of(0x30, 0, ...testFrame(ETHERTYPE_LLDP, 2, 1514), 0),
        new Uint8Array(9000).fill(0x30),
        encodeEtherIp(testFrame(0x0800, 3)),
      ]
      for (const packet of bad) await sendRaw(packet, b)
      await sendRaw(encodeEtherIp(good), b)
      const frames = await arrived.until('the good frame', (items) => items.length > 0)
      expect(frames).toEqual([good])
      expect(port.counters).toMatchObject({ received: 1, dropped: bad.length })
      raw.close()
      port.close()
    },
  )

  withPackage('sends what waits, a goodbye, when it is closed', async () => {
    openAll()
    const other = portTo(b)
    other.open({ onFrames: () => {} })
    other.send(good)
    other.send(testFrame(ETHERTYPE_ECP, 8))
    other.close()
    await arrived.until('both', (items) => items.length === 2)
    expect(other.counters.sent).toBe(2)
    raw.close()
    port.close()
  })

  withPackage('carries IPv6 as well', async () => {
    const [one, two] = ADDRESSES[6]
    const arrived = new Collected<Uint8Array>()
    // of loopback, IPv6 sends to an address from that address
    const self = portTo(one)
    self.open({ onFrames: arrived.addAll })
    const elsewhere = portTo(two)
    elsewhere.open({ onFrames: arrived.addAll })
    self.send(testFrame(ETHERTYPE_ECP, 5, 1514))
    expect(await arrived.until('the frame', (items) => items.length > 0)).toEqual([
      testFrame(ETHERTYPE_ECP, 5, 1514),
    ])
    self.close()
    elsewhere.close()
  })
})

describe('when the socket fails', () => {
  const problems: OperationalError[] = []
  let clock: VirtualClock
  let opened: FakeSocket[]
  let refuse: boolean
  let port: EtherIpPort

  class FakeSocket implements RawSocket {
    readonly listeners = new Map<string, (...rest: never[]) => void>()
    readonly waiting: ((error: Error | null) => void)[] = []
    closed = false
    on(event: string, listener: (...rest: never[]) => void): void {
      this.listeners.set(event, listener)
    }
    removeAllListeners(): void {
      this.listeners.clear()
    }
    send(
      _packet: Uint8Array,
      _from: number,
      _length: number,
      _to: string,
      done: (error: Error | null) => void,
    ) {
      this.waiting.push(done)
    }
    close(): void {
      this.closed = true
    }
    fail(error: Error): void {
      ;(this.listeners.get('error') as unknown as (error: Error) => void)(error)
    }
  }

  beforeEach(() => {
    problems.length = 0
    clock = new VirtualClock()
    opened = []
    refuse = false
    const name = 'etherip:192.0.2.1'
    port = new EtherIpPort({
      name,
      peer: parseEtherIpName(name)!,
      clock,
      open: () => {
        if (refuse) throw new Error('a bug')
        const socket = new FakeSocket()
        opened.push(socket)
        return socket
      },
    })
    port.open({ onFrames: () => {}, onProblem: (error) => problems.push(error) })
  })
  afterEach(() => port.close())

  test('it is told, and opened again after a second', () => {
    opened[0]!.fail(new Error('104'))
    expect(problems).toMatchObject([
      { code: 'system-call-failed', operation: 'receive on etherip:192.0.2.1' },
    ])
    expect(opened[0]!.closed).toBe(true)
    port.send(testFrame(ETHERTYPE_LLDP, 1))
    expect(port.counters.sendErrors).toBe(1)
    clock.advance(1000)
    expect(opened).toHaveLength(2)
    port.send(testFrame(ETHERTYPE_LLDP, 1))
    expect(opened[1]!.waiting).toHaveLength(1)
  })

  test('what the kernel refuses is counted and told once', () => {
    for (let count = 0; count < 3; count++) port.send(testFrame(ETHERTYPE_LLDP, 1))
    for (const done of opened[0]!.waiting) done(new Error('Network is unreachable'))
    expect(port.counters).toMatchObject({ sent: 0, sendErrors: 3 })
    expect(problems).toHaveLength(1)
    expect(problems[0]?.hint).toContain('route to 192.0.2.1')
  })

  test('what is too long, or too much at once, is refused', () => {
    port.send(Uint8Array.of(...testFrame(ETHERTYPE_LLDP, 1, 1514), 0))
    expect(port.counters.sendErrors).toBe(1)
    for (let count = 0; count < 300; count++) port.send(testFrame(ETHERTYPE_LLDP, 1))
    expect(opened[0]!.waiting).toHaveLength(256)
    expect(port.counters.sendErrors).toBe(1 + 44)
  })

  test('closed, it does not wait for ever for what it cannot send', () => {
    port.send(testFrame(ETHERTYPE_LLDP, 1))
    port.close()
    expect(opened[0]!.closed).toBe(false)
    clock.advance(200)
    expect(opened[0]!.closed).toBe(true)
    expect(clock.next).toBe(Number.POSITIVE_INFINITY)
  })
})
