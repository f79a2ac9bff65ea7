/** What `qbg decode` makes of a long capture, beside tshark on the same one, each run after the other. */
import { spawn, spawnSync } from 'node:child_process'
import { closeSync, mkdtempSync, openSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { writeGeneratedCapture } from '../support/generated-capture.ts'
import { cpuTime, peakMemory } from './process-usage.ts'
import type { Measurement } from './report.ts'
import { type Summary, summarize } from './statistics.ts'

export interface CaptureRow {
  readonly work: string
  readonly frames: number
  /** Milliseconds from start to end. */
  readonly time: Summary
  /** User and system time. Milliseconds. */
  readonly cpu: Summary
  /** Largest that was seen. Octets. */
  readonly memory: number
  /** How many times faster than the work of tshark that it is compared with. */
  readonly faster: number | null
}

const FRAMES = 200_000
/** To see whether memory grows with the file. */
const MANY = 10 * FRAMES
const QBG = [
  process.execPath,
  fileURLToPath(new URL('../../dist/src/cli/main.js', import.meta.url)),
  'decode',
]
const TSHARK = ['tshark', '-n', '-r']
/** Often enough for the peak of a process that grows at its start. */
const POLL = 10

/** Ours, and tshark's that does the same or less. */
const PAIRS = [
  { ours: '--json', theirs: ['-T', 'json'] },
  { ours: '--stats', theirs: ['-T', 'fields', '-e', 'ecp.op'] },
] as const

export const capture: Measurement<CaptureRow> = {
  name: 'capture',
  title: '(h) a capture of LLDP and ECP frames decoded: milliseconds',
  columns: ['work', 'frames', 'median', 'min', 'max', 'CPU', 'MB', 'faster'],
  row: ({ work, frames, time, cpu, memory, faster }) => [
    work,
    frames,
    ...[time.median, time.min, time.max, cpu.median].map(Math.round),
    (memory / 1e6).toFixed(1),
    faster === null ? '-' : faster.toFixed(1),
  ],
  async *measure({ repeat }) {
    const folder = mkdtempSync(join(tmpdir(), 'qbg-bench-'))
    try {
      const file = join(folder, 'frames.pcap')
      writeGeneratedCapture(file, FRAMES)
      for (const { ours, theirs } of PAIRS) yield* compare(file, ours, theirs, repeat)
      writeGeneratedCapture(file, MANY)
      for (const { ours } of PAIRS) {
        const run = await runOnce([...QBG, ours, file])
        yield row(`qbg decode ${ours}`, MANY, [run], null)
      }
    } finally {
      rmSync(folder, { recursive: true })
    }
  },
}

/** In turns, so that what else the machine does falls on both. */
async function* compare(
  file: string,
  ours: string,
  theirs: readonly string[],
  repeat: number,
): AsyncIterable<CaptureRow> {
  const tshark = spawnSync('tshark', ['--version']).error === undefined
  const own: Run[] = []
  const their: Run[] = []
  for (let turn = 0; turn < repeat; turn++) {
    own.push(await runOnce([...QBG, ours, file]))
    if (tshark) their.push(await runOnce([...TSHARK, file, ...theirs]))
  }
  const name = `tshark ${theirs.join(' ')}`
  const ratio = tshark ? medianTime(their) / medianTime(own) : null
  yield row(`qbg decode ${ours}`, FRAMES, own, ratio)
  if (tshark) yield row(name, FRAMES, their, null)
}

interface Run {
  readonly time: number
  readonly cpu: number
  readonly memory: number
}

/** Standard output goes nowhere. Throws when the program does not end with 0. */
async function runOnce([program = '', ...argv]: readonly string[]): Promise<Run> {
  const nowhere = openSync('/dev/null', 'w')
  const started = performance.now()
  const child = spawn(program, argv, { stdio: ['ignore', nowhere, 'ignore'] })
  closeSync(nowhere)
  const ended = new Promise<{ status: number | null; time: number }>((resolve) => {
    child.once('exit', (status) => resolve({ status, time: performance.now() - started }))
  })
  let usage = { cpu: 0, memory: 0 }
  let done: { status: number | null; time: number } | undefined
  while (done === undefined) {
    done = await Promise.race([ended, setTimeout(POLL).then(() => undefined)])
    if (done === undefined) usage = usageOf(child.pid!) ?? usage
  }
  if (done.status !== 0) throw new Error(`${program} ${argv.join(' ')} ended with ${done.status}`)
  return { time: done.time, ...usage }
}

/** Undefined when it has ended. */
function usageOf(pid: number): { cpu: number; memory: number } | undefined {
  try {
    const memory = peakMemory(pid)
    return Number.isNaN(memory) ? undefined : { cpu: cpuTime(pid), memory }
  } catch {
    return undefined
  }
}

function row(work: string, frames: number, runs: readonly Run[], faster: number | null): CaptureRow {
  const memory = Math.max(...runs.map((run) => run.memory))
  const [time, cpu] = [runs.map((run) => run.time), runs.map((run) => run.cpu)]
  return { work, frames, time: summarize(time), cpu: summarize(cpu), memory, faster }
}

function medianTime(runs: readonly Run[]): number {
  return summarize(runs.map(({ time }) => time)).median
}
