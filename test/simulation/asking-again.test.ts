/**
 * Somebody asks again and again while the switch is silent, and gives up each time: what the station keeps of it does
 * not grow, and who still waits is answered.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { VsiReport } from '../../protocol/engine/effect.ts'
import type { VsiCommand } from '../../protocol/engine/input.ts'
import type { Owner } from '../../src/control/owner.ts'
import { layWire, type Wire } from '../support/lives.ts'
import { command, keyOf } from '../support/vdp.ts'

let directory: string
let wire: Wire

beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), 'qbg-asking-'))
  wire = layWire(join(directory, 'station.json'))
  await wire.station.start()
  wire.clock.advance(3000)
})
afterEach(() => rmSync(directory, { recursive: true }))

const answers: VsiReport[] = []
beforeEach(() => void answers.splice(0))

function ask(owner: Owner, asked: VsiCommand | null): () => void {
  const answer = (report: VsiReport) => void answers.push(report)
  return wire.station.port.ask([{ owner, vsi: keyOf(1), command: asked, answer }])[0]!
}

/** Tickets that the protocol keeps for VSI 1. */
function ticketsKept(): number {
  const { vdp } = wire.station.port.driver.state
  const vsi = vdp.role === 'station' ? vdp.table.vsis.get(keyOf(1)) : undefined
  return (vsi?.tickets.length ?? 0) + (vsi?.nextTickets.length ?? 0)
}

test('the same request, given up a thousand times, is one ticket; it stays in force and is its owner’s', () => {
  ask('libvirt', command())
  for (let times = 0; times < 1000; times++) {
    for (const owner of ['cli', 'libvirt'] as const) ask(owner, command())()
    wire.clock.advance(10)
  }
  expect(ticketsKept()).toBe(2)
  expect(wire.station.daemon.agent.tickets.waiting).toBe(1)
  wire.bridge.start()
  wire.clock.advance(3000)
  expect(answers).toMatchObject([{ outcome: 'granted' }])
  expect(wire.station.held).toEqual([keyOf(1)])
  expect(wire.station.port.belonging(keyOf(1))?.owner).toBe('cli')
  expect(ticketsKept()).toBe(0)
})

test('changing one’s mind a thousand times leaves the last wish', () => {
  for (let times = 0; times < 1000; times++) {
    ask('cli', command())()
    ask('cli', command(1, { typeVersion: 5 }))()
    ask('cli', null)()
    ask('cli', null)()
  }
  answers.splice(0)
  for (let waiter = 0; waiter < 2; waiter++) ask('cli', command())
  expect(ticketsKept()).toBe(1)
  wire.bridge.start()
  wire.clock.advance(3000)
  expect(answers.map(({ outcome }) => outcome)).toEqual(['granted', 'granted'])
})

test('a request that follows another one waits for its own answer', () => {
  wire.bridge.start()
  wire.clock.advance(3000)
  ask('cli', command())
  ask('cli', command(1, { typeVersion: 5 }))
  ask('cli', command())
  wire.clock.advance(3000)
  expect(answers.map(({ outcome, reason }) => [outcome, reason?.code])).toEqual([
    ['refused', 'superseded'],
    ['granted', undefined],
    ['granted', undefined],
  ])
  expect(wire.station.port.findLive(keyOf(1))?.command.typeVersion).toBe(4)
})
