/** Captures of real peers, read by our codecs and fed to our own ports in one side's place, at the times they have. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { describePort, findVsi } from '../../protocol/engine/step.ts'
import { parseManagerId } from '../../protocol/vdp/manager-id-tlv.ts'
import { parseVsiId } from '../../protocol/vdp/vsi-id.ts'
import type { MacAddress } from '../../protocol/wire/mac-address.ts'
import { readMacAddress } from '../../protocol/wire/mac-address.ts'
import { parseCapture } from '../../src/pcap/capture-parser.ts'
import { toMilliseconds } from '../../src/pcap/captured-packet.ts'
import { BRIDGE_MAC, STATION_MAC, TestPort } from '../support/test-port.ts'
import { command, configWith, ecpdus } from '../support/vdp.ts'
import { VirtualTime } from '../support/virtual-time.ts'

const FOLDER = join(import.meta.dirname, '../../pcaps')
const captures = readdirSync(FOLDER).filter((name) => name.endsWith('.pcap'))
const read = (name: string) =>
  parseCapture(readFileSync(join(FOLDER, `${name.replace('.pcap', '')}.pcap`))).map(
    ({ time, octets, originalLength }) => ({ at: toMilliseconds(time!), octets, originalLength }),
  )
const from = (frames: ReturnType<typeof read>, mac: MacAddress) =>
  frames.filter(({ octets }) => readMacAddress(octets, 6) === mac)

describe('every capture', () => {
  it.each(captures)('%s is read, and both roles take its frames', (name) => {
    const frames = read(name)
    expect(frames.length).toBeGreaterThan(0)
    expect(frames.every(({ octets, originalLength }) => octets.length === originalLength)).toBe(true)
    for (const role of ['station', 'bridge'] as const) {
      const port = new TestPort({
        role,
        time: new VirtualTime(),
        config: configWith(),
        mac: '02:00:00:00:0d:01' as MacAddress,
      })
      port.linkUp()
      for (const { octets } of frames) port.receive(octets)
      const ratified = !/draft|negotiation|malformed|fault/.test(name)
      if (ratified) expect(port.faults).toEqual([])
    }
  })
})

describe('live-ratified-station-bridge: lldpad on both sides', () => {
  const frames = read('live-ratified-station-bridge')
  const start = frames[0]!.at

  it('our station in its station’s place fares as it did', () => {
    const time = new VirtualTime()
    const station = new TestPort({
      role: 'station',
      time,
      config: configWith({}, { requireEvbBridge: true }),
    })
    station.linkUp()
    for (const { at, octets } of from(frames, BRIDGE_MAC))
      time.arm(`frame ${at}`, at - start, () => station.receive(octets))
    time.advance(13_990)
    expect(describePort(station.state)).toMatchObject({
      relay: { active: true },
      evb: { operating: { rte: 14 } },
    })
    const asked = command(1, {
      vsiId: parseVsiId('fa9b7fff-b0a0-4893-8e0e-beef4ff18f8f')!,
      managerId: parseManagerId('"mgr1"')!,
      filter: { format: 2, entries: [{ vid: 3, mac: '52:54:00:c7:3e:ce' as MacAddress }] },
    })
    const ticket = station.request(asked)
    time.advance(100)
    expect(station.answerTo(ticket)).toMatchObject({ outcome: 'granted', state: 'associated' })
    const released = station.release('fa9b7fff-b0a0-4893-8e0e-beef4ff18f8f')
    time.advance(10_000)
    expect(station.answerTo(released)).toMatchObject({ outcome: 'released' })
    time.advance(30_000)
    expect(describePort(station.state)).toMatchObject({ peer: null, relay: { active: false } })
  })

  it('our bridge in its bridge’s place grants, releases and withdraws relay', () => {
    const time = new VirtualTime()
    const bridge = new TestPort({ role: 'bridge', time, config: configWith() })
    bridge.linkUp()
    for (const { at, octets } of from(frames, STATION_MAC))
      time.arm(`frame ${at}`, at - start, () => bridge.receive(octets))
    time.advance(14_100)
    expect(bridge.relay).toBe(true)
    expect(findVsi(bridge.state, 'fa9b7fff-b0a0-4893-8e0e-beef4ff18f8f')).toMatchObject({
      state: 'associated',
    })
    time.advance(5000)
    expect(bridge.reports.map(({ outcome }) => outcome)).toEqual(['granted', 'released'])
    expect(ecpdus(bridge.takeSent()).filter(({ op }) => op === 1)).toHaveLength(2)
    time.advance(30_000)
    expect(bridge.relay).toBe(false)
  })
})
