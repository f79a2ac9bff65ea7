/**
 * Nothing that a switch granted is lost: not by a restart of the station or its end by SIGKILL, not by a link that
 * flaps, a switch that reboots or is replaced. And nothing stays at a switch that nobody wants: draining.
 */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { layWire, type Wire } from '../support/lives.ts'
import { command, keyOf, PRE } from '../support/vdp.ts'

const ALL = [1, 2, 3].map(keyOf)

let directory: string
let wire: Wire

beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), 'qbg-lives-'))
  wire = layWire(join(directory, 'station.json'), { bridge: { policy: { assignVid: 42 } } })
  wire.bridge.start()
  await wire.station.start()
  wire.clock.advance(3000)
  for (const number of [1, 2, 3]) wire.station.ask(command(number))
  wire.clock.advance(3000)
  expect([wire.station.held, wire.bridge.held]).toEqual([ALL, ALL])
})
afterEach(() => rmSync(directory, { recursive: true }))

const bothHold = (...vsis: string[]) => {
  expect(wire.station.held).toEqual(vsis)
  expect(wire.bridge.held).toEqual(vsis)
}
const lossesAtBridge = () => wire.bridge.reports.filter(({ outcome }) => outcome !== 'granted')

describe('the station', () => {
  test.each([
    ['stopped and started', () => wire.station.stop()],
    ['killed and started', () => wire.station.kill()],
  ])('%s: its VSIs stay at the switch all the time, with relay, and are its own again', async (_, end) => {
    const relay = [...wire.bridge.relay]
    await end()
    wire.clock.advance(5000)
    await wire.station.start()
    wire.clock.advance(100)
    bothHold(...ALL)
    wire.clock.advance(60_000)
    bothHold(...ALL)
    expect(lossesAtBridge()).toEqual([])
    expect(wire.bridge.relay).toEqual(relay)
    expect(wire.station.port.vsi(keyOf(1))).toMatchObject({
      owner: 'cli',
      restored: false,
      state: 'associated',
    })
  })

  test('that has nothing at the switch says goodbye', async () => {
    for (const vsi of ALL) wire.station.release(vsi)
    wire.clock.advance(1000)
    bothHold()
    await wire.station.stop()
    wire.clock.advance(100)
    expect(wire.bridge.view).toMatchObject({ peer: null, relay: { active: false } })
  })

  test('away for longer than keep-alives may stay away: the switch ends its VSIs, and grants them again', async () => {
    await wire.station.kill()
    wire.clock.advance(60_000)
    expect(wire.bridge.held).toEqual([])
    await wire.station.start()
    wire.clock.advance(1000)
    bothHold(...ALL)
  })

  test('asks for what it was asked, not for what the switch made of it, and for what changed last', async () => {
    const open = command(4)
    const entries = open.filter.entries.map((entry) => ({ ...entry, vid: 0 }))
    wire.station.ask({ ...open, filter: { ...open.filter, entries } })
    wire.station.ask(command(5, { type: PRE }))
    wire.station.release(keyOf(1))
    wire.clock.advance(1000)
    await wire.station.kill()
    const text = readFileSync(join(directory, 'station.json'), 'utf8')
    expect(
      JSON.parse(text)
        .vsis.map(({ id }: { id: string }) => id)
        .sort(),
    ).toEqual([2, 3, 4, 5].map(keyOf))
    await wire.station.start()
    wire.clock.advance(1000)
    bothHold(...[2, 3, 4, 5].map(keyOf))
    const found = (vsi: number) => wire.station.port.findLive(keyOf(vsi))
    expect(found(4)).toMatchObject({ wanted: { filter: { entries } }, state: 'associated' })
    expect(found(4)?.command.filter.entries[0]?.vid).toBe(42)
    expect(found(5)?.state).toBe('preassociated')
  })

  test('started a hundred times leaves one file, and no VSI twice', async () => {
    for (let life = 0; life < 100; life++) {
      if (life % 2 === 0) await wire.station.kill()
      else await wire.station.stop()
      await wire.station.start()
      wire.clock.advance(life % 7)
    }
    wire.clock.advance(3000)
    bothHold(...ALL)
    expect(lossesAtBridge()).toEqual([])
    expect(wire.station.stored).toBe(3)
    expect(readdirSync(directory).sort()).toEqual(['station.json', 'station.json.lock'])
  })

  test('killed again and again before the switch has a reason to say who it is', async () => {
    for (let life = 0; life < 20; life++) {
      await wire.station.kill()
      await wire.station.start()
      wire.clock.advance(life % 2)
    }
    wire.clock.advance(100)
    bothHold(...ALL)
    wire.clock.advance(25_000)
    bothHold(...ALL)
    expect(lossesAtBridge()).toEqual([])
  })

  test('keeps a VSI that was asked for while the link was down', async () => {
    wire.setUp(false)
    wire.station.ask(command(4))
    await wire.station.kill()
    await wire.station.start()
    wire.setUp(true)
    wire.clock.advance(1000)
    bothHold(...ALL, keyOf(4))
  })
})

describe('the link', () => {
  test('flaps', () => {
    wire.setUp(false)
    wire.clock.advance(200)
    expect(wire.bridge.held).toEqual([])
    wire.setUp(true)
    wire.clock.advance(1000)
    bothHold(...ALL)
  })

  test('flaps without end for a minute', () => {
    for (let flap = 0; flap < 60; flap++) {
      wire.setUp(flap % 2 === 1)
      wire.clock.advance(1000)
    }
    wire.clock.advance(1000)
    bothHold(...ALL)
  })

  test('is down while the station starts', async () => {
    await wire.station.kill()
    wire.setUp(false)
    await wire.station.start()
    wire.clock.advance(100_000)
    expect(wire.station.port.findRecord(keyOf(1))).toMatchObject({ outcome: 'waiting' })
    wire.setUp(true)
    wire.clock.advance(1000)
    bothHold(...ALL)
  })
})

describe('the switch', () => {
  test('reboots with the link up: what it forgot it is asked for at the next keep-alive at the latest', () => {
    wire.bridge.kill()
    wire.clock.advance(2000)
    wire.bridge.start()
    wire.clock.advance(12_000)
    bothHold(...ALL)
  })

  test('is away for an hour: the VSIs come back with it', () => {
    wire.bridge.kill()
    wire.clock.advance(3_600_000)
    expect(wire.station.held).toEqual([])
    wire.bridge.start()
    wire.clock.advance(1000)
    bothHold(...ALL)
  })

  test('is replaced by another one, while the station runs', () => {
    wire.bridge.kill()
    wire.bridge.become('52:54:00:99:99:99')
    wire.bridge.start()
    wire.clock.advance(12_000)
    bothHold(...ALL)
  })

  test('is replaced by another one, while the station is away', async () => {
    await wire.station.kill()
    wire.bridge.kill()
    wire.bridge.become('52:54:00:99:99:99')
    wire.bridge.start()
    wire.clock.advance(1000)
    await wire.station.start()
    wire.clock.advance(1000)
    bothHold(...ALL)
  })

  test('that says no ends a VSI for good, also in the file', async () => {
    await wire.station.kill()
    const strict = layWire(join(directory, 'station.json'), {
      bridge: { policy: { types: [{ typeId: 1 }] } },
    })
    strict.bridge.start()
    await strict.station.start()
    strict.clock.advance(60_000)
    expect(strict.station.held).toEqual([])
    await strict.station.kill()
    expect(JSON.parse(readFileSync(join(directory, 'station.json'), 'utf8')).vsis).toEqual([])
  })
})

describe('draining', () => {
  test('de-associates everything and says goodbye; the next start asks for it again', async () => {
    expect(await wire.station.stop(10)).toEqual({ released: 3, left: 0 })
    wire.clock.advance(10)
    expect(wire.bridge.held).toEqual([])
    expect(wire.bridge.view.peer).toBeNull()
    await wire.station.start()
    wire.clock.advance(3000)
    bothHold(...ALL)
  })

  test('does not wait longer for a silent switch than it may', async () => {
    wire.bridge.kill()
    const before = wire.clock.now()
    expect(await wire.station.stop(2)).toEqual({ released: 0, left: 3 })
    expect(wire.clock.now() - before).toBeLessThan(2100)
  })

  test('does not wait at all without a link, and says that the switch was not told', async () => {
    wire.setUp(false)
    const before = wire.clock.now()
    expect(await wire.station.stop(10)).toEqual({ released: 0, left: 3 })
    expect(wire.clock.now() - before).toBeLessThan(50)
  })

  test('with nothing to release is over at once', async () => {
    for (const vsi of ALL) wire.station.release(vsi)
    wire.clock.advance(1000)
    expect(await wire.station.stop(10)).toEqual({ released: 0, left: 0 })
  })
})
