import { readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { DEFAULT_PORT_CONFIG } from '../../protocol/engine/port-config.ts'
import { decodeLogEntry, type LogEntry } from '../../protocol/trace/event-log.ts'
import { ETHERTYPE_ECP } from '../../protocol/wire/ethernet-frame.ts'
import type { OperationalError } from '../../src/runtime/operational-error.ts'
import { Recorder } from '../../src/runtime/recorder.ts'
import { testFrame } from '../support/frames.ts'
import { scratchFolder } from '../support/scratch.ts'

const scratch = () => join(scratchFolder(), 'events.jsonl')
const input = { type: 'frame.received', octets: testFrame(ETHERTYPE_ECP, 1) } as const
const effect = { type: 'timer.cancel', timer: 't' } as const

function read(file: string): LogEntry[] {
  const lines = readFileSync(file, 'utf8').trimEnd().split('\n')
  return lines.map((line) => {
    const result = decodeLogEntry(line)
    if (!result.ok) throw new Error(`${result.reason}: ${line}`)
    return result.entry
  })
}

test('every step is in the file when the recorder is closed, readable by its owner only', async () => {
  const file = scratch()
  const recorder = new Recorder(file)
  recorder.started('a', 1, 'station', DEFAULT_PORT_CONFIG)
  for (let step = 0; step < 1000; step++) recorder.stepped('a', step, [input, input], [effect])
  recorder.failed('a', 2000, [input], new Error('a bug'))
  await recorder.close()
  await recorder.close()
  recorder.stepped('a', 3000, [input], [])
  const entries = read(file)
  expect(entries).toHaveLength(1 + 3000 + 2)
  expect(entries[0]).toMatchObject({ kind: 'start', role: 'station', step: 0 })
  expect(entries.at(-3)).toEqual({ kind: 'effect', port: 'a', step: 1000, at: 999, effect })
  expect(entries.at(-1)).toEqual({
    kind: 'failure',
    port: 'a',
    step: 1001,
    at: 2000,
    message: 'Error: a bug',
  })
  expect(statSync(file).mode & 0o777).toBe(0o600)
})

test('what the disk cannot take is left out by whole steps, and said to be missing', async () => {
  const file = scratch()
  const recorder = new Recorder(file, { limit: 1000 })
  for (let step = 1; step <= 100; step++) recorder.stepped('a', step, [input], [effect])
  await recorder.close()
  const entries = read(file)
  const steps = new Set(entries.map(({ step }) => step))
  const missing = entries.reduce((sum, entry) => sum + (entry.kind === 'gap' ? entry.missing : 0), 0)
  expect(missing).toBeGreaterThan(0)
  expect(entries.at(-1)).toMatchObject({ kind: 'gap', step: 101, at: 100 })
  expect(steps.size - 1 + missing).toBe(100)
})

test('a file that cannot be written is told at once, or once', async () => {
  expect(() => new Recorder('/nowhere/at/all')).toThrow(/record to \/nowhere\/at\/all/)
  const problems: OperationalError[] = []
  const recorder = new Recorder('/dev/full', { onProblem: (error) => problems.push(error) })
  recorder.stepped('a', 1, [input], [effect])
  while (problems.length === 0) await new Promise(setImmediate)
  recorder.stepped('a', 2, [input], [effect])
  await recorder.close()
  expect(problems.map(({ code }) => code)).toEqual(['file-not-writable'])
})
