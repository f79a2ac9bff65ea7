import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { DEFAULT_PORT_CONFIG } from '../../protocol/engine/port-config.ts'
import { decodeLogEntry, type LogEntry } from '../../protocol/trace/event-log.ts'
import { replayLog } from '../../protocol/trace/replay.ts'
import type { MacAddress } from '../../protocol/wire/mac-address.ts'
import { faultRules } from '../../src/control/schema/fault.ts'
import { FaultPort } from '../../src/faults/fault-port.ts'
import { FaultTable } from '../../src/faults/fault-table.ts'
import { MemoryLink } from '../../src/io/memory-port.ts'
import { Driver } from '../../src/runtime/driver.ts'
import { silentLog } from '../../src/runtime/log.ts'
import { Recorder } from '../../src/runtime/recorder.ts'
import { VirtualClock } from '../../src/runtime/virtual-clock.ts'
import { scratchFolder } from '../support/scratch.ts'

const MACS = ['02:00:00:00:00:01', '02:00:00:00:00:02'] as const

const BAD_LINE = [
  { action: 'drop', chance: 0.1 },
  { action: 'corrupt', chance: 0.05 },
  { action: 'delay', milliseconds: 0, jitter: 3 },
]

/** Ten minutes of a station and a bridge on a bad line with a flap, recorded. */
async function record(): Promise<LogEntry[]> {
  const file = join(scratchFolder(), 'events.jsonl')
  const recorder = new Recorder(file)
  const clock = new VirtualClock()
  const link = new MemoryLink({ clock, latency: 1, names: ['host', 'switch'] })
  const drivers = (['station', 'bridge'] as const).map((role, end) => {
    const table = new FaultTable(end)
    table.set(faultRules.parse(BAD_LINE))
    const port = new FaultPort(link.ends[end]!, { clock, table })
    return new Driver({ role, config: DEFAULT_PORT_CONFIG, port, clock, log: silentLog, observer: recorder })
  })
  const setUp = (up: boolean) => {
    link.setUp(up)
    drivers.forEach((driver, end) => {
      driver.submit({ type: 'link.changed', up, mac: MACS[end] as MacAddress })
    })
  }
  for (const driver of drivers) driver.start()
  setUp(true)
  clock.advance(300_000)
  setUp(false)
  clock.advance(1000)
  setUp(true)
  clock.advance(300_000)
  for (const driver of drivers) driver.stop()
  expect(drivers.map(({ incidents }) => incidents.stepFailures)).toEqual([0, 0])
  await recorder.close()
  return readFileSync(file, 'utf8').trimEnd().split('\n').map(decode)
}

function decode(line: string): LogEntry {
  const result = decodeLogEntry(line)
  if (!result.ok) throw new Error(`${result.reason}: ${line}`)
  return result.entry
}

test('a recording of two ports replays to the same effects', async () => {
  const entries = await record()
  const { steps, differences, problems } = replayLog(entries)
  expect(differences).toEqual([])
  expect(problems).toEqual([])
  expect(steps).toBeGreaterThan(50)
  expect(entries.some(({ kind, port }) => kind === 'effect' && port === 'switch')).toBe(true)
})

test('a changed effect, a failure and a gap are found', async () => {
  const entries = await record()
  const changed = entries.findIndex((entry) => entry.kind === 'effect' && entry.effect.type === 'frame.send')
  const { step, port } = entries[changed]!
  const without = replayLog(entries.toSpliced(changed, 1))
  expect(without.differences).toHaveLength(1)
  expect(without.differences[0]).toMatchObject({ step, port, missing: [] })
  expect(without.differences[0]?.unexpected).toHaveLength(1)
  const failed = replayLog([
    ...entries.slice(0, 4),
    { kind: 'failure', port: 'host', step: 2, at: 1, message: 'a bug' },
  ])
  expect(failed.problems).toEqual(['host: step 2: failure, not replayed from here on'])
  expect(replayLog(entries.filter(({ kind }) => kind !== 'start')).problems).toHaveLength(2)
})
