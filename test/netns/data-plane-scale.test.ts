/** The data plane with many VSIs on many ports: what an event costs does not grow, and all of it is in order. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pino } from 'pino'
import { expect, vi } from 'vitest'
import type { MacAddress } from '../../protocol/wire/mac-address.ts'
import { ControlClient } from '../../src/control/client.ts'
import { DEFAULT_TRAFFIC } from '../../src/data-plane/data-plane.ts'
import { LinuxBridgePlane } from '../../src/data-plane/linux-bridge.ts'
import { NftKernel } from '../../src/data-plane/nft-kernel.ts'
import { forgetAddress } from '../../src/netlink/bridge-fdb.ts'
import { readHairpin, setHairpin } from '../../src/netlink/bridge-port.ts'
import { LinkMonitor } from '../../src/netlink/link-monitor.ts'
import { systemClock } from '../../src/runtime/clock.ts'
import { type Running, startQbg } from '../support/cli.ts'
import { FrameSegment } from '../support/frame-segment.ts'
import { ip, removeLinks, veth } from '../support/namespaces.ts'
import { requires } from '../support/requirements.ts'
import { setVsi } from '../support/switch-kernel.ts'

const test = requires('namespaces', 'bridge', 'nftables')
const PORTS = 8
const VSIS = 1000

const numbers = Array.from({ length: PORTS }, (_, index) => index + 1)
const macOf = (vsi: number) =>
  `52:54:01:00:${(vsi >> 8).toString(16).padStart(2, '0')}:${(vsi & 0xff).toString(16).padStart(2, '0')}` as MacAddress
const idOf = (vsi: number) => `6b9a54c4-7ad9-4c3a-8c5e-${vsi.toString(16).padStart(12, '0')}`
const portOf = (vsi: number) => (vsi % PORTS) + 1

/** Median of how long each took, in microseconds. */
function median(count: number, act: (index: number) => void): number {
  const times = Array.from({ length: count }, (_, index) => {
    const begun = performance.now()
    act(index)
    return (performance.now() - begun) * 1000
  })
  return times.sort((a, b) => a - b)[count >> 1]!
}

test('an event costs the same among ten thousand VSIs as among none', () => {
  const links = new LinkMonitor()
  links.open()
  const plane = new LinuxBridgePlane({
    openKernel: () => new NftKernel(),
    bridgePorts: { setHairpin, readHairpin: (port) => readHairpin(port), forgetAddress },
    links,
    clock: systemClock,
    log: pino({ level: 'silent' }),
    held: () => undefined,
    pid: process.pid,
  })
  try {
    plane.start(numbers.map((number) => ({ name: `swp${number}`, traffic: DEFAULT_TRAFFIC })))
    const add = (vsi: number) =>
      setVsi(plane, `swp${portOf(vsi)}`, idOf(vsi), { entries: [{ mac: macOf(vsi), vid: 1 }] })
    const remove = (vsi: number) => setVsi(plane, `swp${portOf(vsi)}`, idOf(vsi), null)
    median(500, add)
    median(500, remove)
    const [few, fewLess] = [median(500, add), median(500, remove)]
    for (let vsi = 0; vsi < 10_000; vsi++) add(vsi)
    const [many, manyLess] = [
      median(500, (index) => add(10_000 + index)),
      median(500, (index) => remove(10_000 + index)),
    ]
    const figures = { few, fewLess, many, manyLess }
    if (process.env.QBG_FIGURES) process.stderr.write(`microseconds: ${JSON.stringify(figures)}\n`)
    expect(plane.inspect()).toMatchObject({ table: { state: 'in-order' } })
    expect(plane.inspect().ports.map(({ inOrder, vsis }) => [inOrder, vsis])).toEqual(
      numbers.map(() => [true, 1250]),
    )
    // Growing with the number of VSIs, it would be a hundred times as much.
    expect(many).toBeLessThan(5 * few + 200)
    expect(manyLess).toBeLessThan(5 * fewLess + 200)
  } finally {
    plane.stop()
    links.close()
  }
}, 60_000)

test('a thousand VSIs on eight ports: all pass, no other does, and all are gone together', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'qbg-'))
  const socketOf = (role: string) => join(directory, `${role}.sock`)
  const running: Running[] = []
  const segments = new Map<number, FrameSegment>()
  ip('link add br0 type bridge stp_state 0 forward_delay 0 mcast_snooping 0')
  ip('link set br0 up')
  try {
    for (const number of numbers) {
      veth(`sta${number}`, `swp${number}`)
      ip(`link set swp${number} master br0`)
      segments.set(number, new FrameSegment(`sta${number}`))
    }
    const start = async (role: string, prefix: string) => {
      const names = numbers.map((number) => `${prefix}${number}`)
      // 2.6 s to acknowledge: eight ports are served in turn, and the machine may have other things to do.
      const one = startQbg([role, ...names, '--rte', '18', '--control', socketOf(role)])
      running.push(one)
      await one.says(/control/)
      return new ControlClient(socketOf(role))
    }
    const bridge = await start('bridge', 'swp')
    const station = await start('station', 'sta')
    const begun = performance.now()
    const vsis = Array.from({ length: VSIS }, (_, vsi) => vsi)
    const { answers } = await station.request({
      wait: 50,
      requests: vsis.map((vsi) => ({
        mode: 'associate' as const,
        port: `sta${portOf(vsi)}`,
        id: idOf(vsi),
        typeId: 5,
        filter: [macOf(vsi)],
      })),
    })
    const took = performance.now() - begun
    expect(answers.filter(({ ok }) => !ok)).toEqual([])
    if (process.env.QBG_FIGURES) process.stderr.write(`${VSIS} VSIs associated in ${Math.round(took)} ms\n`)
    const shown = await bridge.switch()
    expect([shown.inOrder, shown.ports.map(({ vsis: count }) => count)]).toEqual([
      true,
      numbers.map(() => VSIS / PORTS),
    ])

    // Each VSI to one on the next port; and the same address from a port where it is not at home.
    const marks = vsis.map((vsi) => {
      const to = macOf((vsi + 1) % VSIS)
      const right = segments.get(portOf(vsi))!.send({ from: macOf(vsi), to })
      const wrong = segments.get(portOf(vsi + 1))!.send({ from: macOf(vsi), to: macOf((vsi + 2) % VSIS) })
      return { at: segments.get(portOf(vsi + 1))!, right, wrong }
    })
    for (const { at, right } of marks) await at.until(right)
    const seen = new Set([...segments.values()].flatMap(({ seen: { items } }) => items))
    expect(marks.filter(({ wrong }) => seen.has(wrong))).toEqual([])
    // The stations' kernels send some of their own.
    const refused = (await bridge.switch()).ports.map((port) => port.refused!.in)
    expect(Math.min(...refused)).toBeGreaterThanOrEqual(VSIS / PORTS)

    for (const number of numbers) ip(`link set sta${number} down`)
    await vi.waitFor(
      async () => expect((await bridge.switch()).ports.map(({ vsis }) => vsis)).toEqual(numbers.map(() => 0)),
      { timeout: 20_000, interval: 100 },
    )
    expect((await bridge.switch()).inOrder).toBe(true)
  } finally {
    for (const { child, ended } of running) {
      child.kill('SIGTERM')
      await ended
    }
    for (const segment of segments.values()) segment.close()
    removeLinks(...numbers.map((number) => `sta${number}`), 'br0')
    rmSync(directory, { recursive: true })
  }
}, 100_000)
