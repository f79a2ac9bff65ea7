/** `qbg send` as a person uses it: what a capture holds of one side is on the wire again. */
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { sentAnswer } from '../../src/control/schema/sent.ts'
import { type RecordedSide, readSide } from '../../src/send/recorded-side.ts'
import { runQbg, startQbg } from '../support/cli.ts'
import { ip, removeLinks, veth } from '../support/namespaces.ts'
import { requires } from '../support/requirements.ts'
import { WireTap } from '../support/wire-tap.ts'

const onWire = requires('namespaces', 'tshark')
const pcap = (name: string) => fileURLToPath(new URL(`../../pcaps/${name}`, import.meta.url))
const LIVE = pcap('live-ratified-station-bridge.pcap')
const ONE_SIDED = pcap('E05-lldp-shutdown.pcap')
const hex = (octets: Uint8Array) => Buffer.from(octets).toString('hex')

let tap: WireTap
let station: RecordedSide

describe('onto a wire', () => {
  beforeEach(async () => {
    veth('a0', 'b0')
    ip('link set a0 address 02:00:00:00:00:aa')
    tap = await WireTap.open('b0')
    station = await readSide(LIVE, { from: 'station', limit: 1000 })
  })
  afterEach(async () => {
    await tap.close()
    removeLinks('a0')
  })

  const arrived = () => tap.frames.map(({ octets }) => hex(octets))

  onWire('the frames of the side go out as they were recorded, and no others', async () => {
    const { status, stdout } = await runQbg([
      'send',
      LIVE,
      '--from',
      'station',
      '--port',
      'a0',
      '--speed',
      'max',
      '--json',
    ])
    expect(status).toBe(0)
    const answer = sentAnswer.parse(JSON.parse(stdout))
    expect(answer).toMatchObject({
      port: 'a0',
      from: { role: 'station', mac: station.mac },
      sent: 15,
      failed: 0,
      left: 0,
    })
    await tap.seen.until('15 frames', (frames) => frames.length >= 15)
    expect(arrived()).toEqual(station.frames.map(({ octets }) => hex(octets)))
  })

  onWire('at the recorded times, divided by the speed', async () => {
    await runQbg(['send', LIVE, '--from', 'station', '--port', 'a0', '--speed', '40'])
    await tap.seen.until('15 frames', (frames) => frames.length >= 15)
    const took = tap.frames.at(-1)!.at - tap.frames[0]!.at
    const recorded = station.frames.at(-1)!.at - station.frames[0]!.at
    expect(took).toBeGreaterThan(recorded / 40 - 2)
    expect(took).toBeLessThan(recorded / 40 + 1000)
  })

  onWire('--rewrite-source puts the address of the interface in, and changes nothing else', async () => {
    await runQbg(['send', LIVE, '--from', 'station', '--port', 'a0', '--speed', 'max', '--rewrite-source'])
    await tap.seen.until('15 frames', (frames) => frames.length >= 15)
    const changed = station.frames.map(
      ({ octets }) => `${hex(octets).slice(0, 12)}0200000000aa${hex(octets).slice(24)}`,
    )
    expect(arrived()).toEqual(changed)
  })

  onWire('--rate and --limit are bounds', async () => {
    const run = [
      'send',
      LIVE,
      '--from',
      'station',
      '--port',
      'a0',
      '--speed',
      'max',
      '--limit',
      '6',
      '--rate',
      '20',
      '--json',
    ]
    const answer = sentAnswer.parse(JSON.parse((await runQbg(run)).stdout))
    expect(answer).toMatchObject({ sent: 6, left: 9 })
    expect(answer.duration).toBeGreaterThanOrEqual(250)
    await tap.seen.until('6 frames', (frames) => frames.length >= 6)
    expect(tap.frames).toHaveLength(6)
  })

  onWire('an interruption ends it, and says what was left', async () => {
    const running = startQbg(['send', LIVE, '--from', 'station', '--port', 'a0'])
    await running.says(/15 frames of station/)
    await tap.seen.until('a frame', (frames) => frames.length >= 1)
    running.child.kill('SIGINT')
    const { status, stdout } = await running.ended
    expect(status).toBe(1)
    expect(stdout).toMatch(/sent \d+ on a0 .*, \d+ not sent/)
  })

  onWire('a wire that is down, or not there, ends it with 5 and says what to do', async () => {
    ip('link set b0 down')
    const down = await runQbg(['send', ONE_SIDED, '--port', 'a0'])
    expect(down).toMatchObject({ status: 5, stderr: expect.stringContaining('ip link set a0 up') })
    const nowhere = await runQbg(['send', ONE_SIDED, '--port', 'nope'])
    expect(nowhere).toMatchObject({
      status: 5,
      stderr: expect.stringContaining('there is no interface nope'),
    })
  })
})

describe('without a wire', () => {
  test('--dry-run shows what would be sent and when', async () => {
    const { status, stdout } = await runQbg(['send', LIVE, '--from', 'bridge', '--dry-run', '--speed', '2'])
    expect(status).toBe(0)
    const lines = stdout.trimEnd().split('\n')
    expect(lines[0]).toContain('14 frames of bridge 02:00:00:00:0b:01')
    expect(lines).toHaveLength(15)
    const side = await readSide(LIVE, { from: 'bridge', limit: 100 })
    const last = ((side.frames.at(-1)!.at - side.frames[0]!.at) / 2000).toFixed(3)
    expect(lines.at(-1)).toContain(`${last} s  frame ${side.frames.at(-1)!.number}`)
  })

  test.each([
    [[LIVE, '--port', 'a0'], 2, 'several sides'],
    [[LIVE, '--from', 'station'], 2, 'onto which interface'],
    [[LIVE, '--from', '02:00:00:00:00:99', '--dry-run'], 2, 'no frames of 02:00:00:00:00:99'],
    [[LIVE, '--from', 'switch', '--dry-run'], 2, '--from "switch"'],
    [[ONE_SIDED, '--speed', '0', '--dry-run'], 2, '--speed'],
    [[ONE_SIDED, '--rate', '0', '--dry-run'], 2, '--rate'],
    [[ONE_SIDED, '--limit', 'x', '--dry-run'], 2, '--limit'],
    [[fileURLToPath(import.meta.url), '--dry-run'], 2, 'neither pcap nor pcapng'],
    [['/nonexistent.pcap', '--dry-run'], 2, '/nonexistent.pcap'],
  ])('%j ends with %i', async (argv, status, text) => {
    expect(await runQbg(['send', ...argv])).toMatchObject({ status, stderr: expect.stringContaining(text) })
  })
})
