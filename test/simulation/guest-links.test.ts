/** VSIs of libvirt's follow the macvtaps of their guests; everybody else's do not. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { MacAddress } from '../../protocol/wire/mac-address.ts'
import { layWire, type Wire } from '../support/lives.ts'
import { command, keyOf } from '../support/vdp.ts'

const VSI = keyOf(1)
const MAC = command(1).filter.entries[0]!.mac!
const OTHER = '52:54:00:77:77:77' as MacAddress

let directory: string
let wire: Wire

beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), 'qbg-guests-'))
  wire = layWire(join(directory, 'station.json'))
  wire.bridge.start()
  await wire.station.start()
  wire.clock.advance(3000)
})
afterEach(() => rmSync(directory, { recursive: true }))

const macvtap = (name: string, index: number, mac = MAC) =>
  wire.station.links.put({ name, index, mac, kind: 'macvtap', lower: 1 })
const remove = (name: string) => wire.station.links.remove(name)
const device = () => wire.station.port.belonging(VSI)?.device

/** A guest with its macvtap, granted. */
function guest(owner: 'libvirt' | 'cli' = 'libvirt'): void {
  macvtap('macvtap0', 10)
  wire.station.ask(command(1), owner)
  wire.clock.advance(1000)
  expect(wire.bridge.held).toEqual([VSI])
}

describe('while the station runs', () => {
  test('a macvtap that goes takes its VSI along, at the switch and in the file', async () => {
    guest()
    expect(device()).toEqual({ index: 10, name: 'macvtap0' })
    remove('macvtap0')
    wire.clock.advance(1500)
    expect([wire.station.held, wire.bridge.held]).toEqual([[], []])
    expect(wire.bridge.reports.at(-1)).toMatchObject({ vsi: VSI, outcome: 'released' })
    await wire.station.kill()
    expect(wire.station.stored).toBe(0)
  })

  test('one whose start failed at the switch goes without a word more', () => {
    wire.bridge.kill()
    macvtap('macvtap0', 10)
    wire.station.ask(command(1), 'libvirt')
    wire.clock.advance(100)
    remove('macvtap0')
    wire.clock.advance(30_000)
    expect(wire.station.port.findLive(VSI)).toBeUndefined()
  })

  test('an interface that is renamed, or made anew at once, keeps its VSI', () => {
    guest()
    remove('macvtap0')
    macvtap('net0', 10)
    wire.clock.advance(5000)
    expect(wire.bridge.held).toEqual([VSI])
    remove('net0')
    wire.clock.advance(500)
    macvtap('macvtap0', 11)
    wire.clock.advance(5000)
    expect(wire.bridge.held).toEqual([VSI])
    expect(device()).toEqual({ index: 11, name: 'macvtap0' })
    remove('macvtap0')
    wire.clock.advance(1500)
    expect(wire.bridge.held).toEqual([])
  })

  test('an address that the guest changes is still the guest’s', () => {
    guest()
    macvtap('macvtap0', 10, OTHER)
    wire.clock.advance(5000)
    expect(wire.bridge.held).toEqual([VSI])
    remove('macvtap0')
    wire.clock.advance(1500)
    expect(wire.bridge.held).toEqual([])
  })

  test('an interface that is seen after the request is found as well', () => {
    wire.station.ask(command(1), 'libvirt')
    wire.clock.advance(1000)
    expect(device()).toBeUndefined()
    macvtap('macvtap0', 10)
    expect(device()).toEqual({ index: 10, name: 'macvtap0' })
    remove('macvtap0')
    wire.clock.advance(1500)
    expect(wire.bridge.held).toEqual([])
  })

  test('a VSI without a macvtap, and one of the command’s, stay whatever goes', () => {
    guest('cli')
    wire.station.ask(command(2), 'libvirt')
    wire.station.links.put({
      name: 'macvlan0',
      index: 12,
      kind: 'macvlan',
      mac: command(2).filter.entries[0]!.mac!,
    })
    wire.clock.advance(1000)
    remove('macvtap0')
    remove('macvlan0')
    wire.clock.advance(60_000)
    expect(wire.bridge.held).toEqual([VSI, keyOf(2)])
  })

  test('a VSI that has been ended, and asked for with another interface, is not ended by the first one', () => {
    guest()
    wire.station.release(VSI, 'libvirt')
    wire.clock.advance(100)
    wire.station.ask(command(1, { filter: { format: 2, entries: [{ vid: 3, mac: OTHER }] } }), 'libvirt')
    macvtap('macvtap1', 11, OTHER)
    wire.clock.advance(100)
    remove('macvtap0')
    wire.clock.advance(5000)
    expect(wire.bridge.held).toEqual([VSI])
    expect(device()).toEqual({ index: 11, name: 'macvtap1' })
  })

  test('of a thousand guests each follows its own', () => {
    const numbers = Array.from({ length: 1000 }, (_, index) => index + 1)
    for (const number of numbers) {
      macvtap(`macvtap${number}`, 100 + number, command(number).filter.entries[0]!.mac!)
      wire.station.ask(command(number), 'libvirt')
    }
    wire.clock.advance(5000)
    expect(wire.bridge.held).toHaveLength(1000)
    for (const number of numbers) if (number % 2 === 0) remove(`macvtap${number}`)
    wire.clock.advance(5000)
    expect(wire.bridge.held).toEqual(
      numbers
        .filter((number) => number % 2 === 1)
        .map(keyOf)
        .sort(),
    )
  })
})

describe('when the station starts', () => {
  test('a macvtap that went meanwhile: the switch, which holds the VSI, is told to end it', async () => {
    guest()
    await wire.station.kill()
    remove('macvtap0')
    await wire.station.start()
    expect(wire.bridge.held).toEqual([VSI])
    wire.clock.advance(1000)
    expect(wire.bridge.held).toEqual([])
    expect(wire.bridge.reports.at(-1)).toMatchObject({ vsi: VSI, outcome: 'released' })
    await wire.station.kill()
    expect(wire.station.stored).toBe(0)
  })

  test('one that is there keeps its VSI, also under an address that the guest has changed', async () => {
    guest()
    macvtap('macvtap0', 10, OTHER)
    await wire.station.kill()
    await wire.station.start()
    wire.clock.advance(5000)
    expect(wire.bridge.held).toEqual([VSI])
    remove('macvtap0')
    wire.clock.advance(1500)
    expect(wire.bridge.held).toEqual([])
  })

  test('after a reboot the index says nothing, the address does', async () => {
    guest()
    wire.station.ask(command(2), 'libvirt')
    wire.station.ask(command(3))
    wire.clock.advance(1000)
    await wire.station.kill()
    reboot()
    remove('macvtap0')
    macvtap('macvtap0', 10, OTHER)
    await wire.station.start()
    wire.clock.advance(1000)
    expect(wire.bridge.held).toEqual([keyOf(3)])
    await wire.station.kill()
    reboot()
    await wire.station.start()
    wire.clock.advance(1000)
    expect(wire.bridge.held).toEqual([keyOf(3)])
  })

  test('after a reboot a guest that libvirt has started again keeps its VSI', async () => {
    guest()
    await wire.station.kill()
    reboot()
    remove('macvtap0')
    macvtap('macvtap3', 33)
    await wire.station.start()
    wire.clock.advance(1000)
    expect(wire.bridge.held).toEqual([VSI])
    expect(device()).toEqual({ index: 33, name: 'macvtap3' })
  })

  test('in the same boot a VSI whose interface was never seen is left alone: it may be a container’s', async () => {
    wire.station.ask(command(1), 'libvirt')
    wire.clock.advance(1000)
    await wire.station.kill()
    await wire.station.start()
    wire.clock.advance(60_000)
    expect(wire.bridge.held).toEqual([VSI])
  })

  test('libvirt may ask for a VSI again before the switch was told of its end', async () => {
    guest()
    await wire.station.kill()
    remove('macvtap0')
    await wire.station.start()
    macvtap('macvtap1', 20)
    wire.station.ask(command(1), 'libvirt')
    wire.clock.advance(5000)
    expect([wire.station.held, wire.bridge.held]).toEqual([[VSI], [VSI]])
  })
})

function reboot(): void {
  const path = join(directory, 'station.json')
  const state = JSON.parse(readFileSync(path, 'utf8'))
  writeFileSync(path, JSON.stringify({ ...state, boot: 'an earlier one' }))
}
