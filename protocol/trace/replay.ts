/**
 * Replays a recording: the inputs of each step go through the protocol again, at their recorded times, and the
 * effects are held against the recorded ones. A difference is a change of behaviour since the recording.
 */
import type { Effect } from '../engine/effect.ts'
import type { Input } from '../engine/input.ts'
import { createPort, type PortState, stepAll } from '../engine/step.ts'
import { encodeLogEntry, type LogEntry } from './event-log.ts'

export interface RecordedStep {
  readonly port: string
  readonly step: number
  readonly at: number
  readonly inputs: Input[]
  readonly effects: Effect[]
  /** The step threw when it was recorded. */
  failure?: string
}

/** A step whose effects are not the recorded ones. Each effect is its line of the event log. */
export interface Difference {
  readonly port: string
  readonly step: number
  readonly at: number
  readonly missing: readonly string[]
  readonly unexpected: readonly string[]
}

export interface ReplayResult {
  readonly steps: number
  readonly differences: readonly Difference[]
  /** Why some of the recording could not be replayed. */
  readonly problems: readonly string[]
}

/** The steps of a recording, in order; entries of several ports may be mixed. */
export function gatherSteps(entries: readonly LogEntry[]): RecordedStep[] {
  const steps = new Map<string, RecordedStep>()
  for (const entry of entries) {
    if (entry.kind === 'start' || entry.kind === 'gap') continue
    const { port, step, at } = entry
    const key = `${step} ${port}`
    const recorded = steps.get(key) ?? { port, step, at, inputs: [], effects: [] }
    steps.set(key, recorded)
    if (entry.kind === 'input') recorded.inputs.push(entry.input)
    else if (entry.kind === 'effect') recorded.effects.push(entry.effect)
    else recorded.failure = entry.message
  }
  return [...steps.values()]
}

/** After a gap, or a step that threw, a port's state is not known: the rest of that port is left out. */
export function replayLog(entries: readonly LogEntry[]): ReplayResult {
  const ports = new Map<string, PortState>()
  const problems: string[] = []
  const broken = new Map<string, number>()
  for (const entry of entries) {
    if (entry.kind === 'start') ports.set(entry.port, createPort(entry.role, entry.config))
    else if (entry.kind === 'gap' || entry.kind === 'failure') {
      if (!broken.has(entry.port)) broken.set(entry.port, entry.step)
      problems.push(`${entry.port}: step ${entry.step}: ${entry.kind}, not replayed from here on`)
    }
  }
  const differences: Difference[] = []
  let steps = 0
  for (const recorded of gatherSteps(entries)) {
    const state = ports.get(recorded.port)
    if (state === undefined) {
      if (recorded.step === 1) problems.push(`${recorded.port}: no start entry, not replayed`)
      continue
    }
    if (recorded.step >= (broken.get(recorded.port) ?? Number.POSITIVE_INFINITY)) continue
    const { state: next, effects } = stepAll(state, recorded.inputs, recorded.at)
    ports.set(recorded.port, next)
    steps++
    const difference = compare(recorded, effects)
    if (difference) differences.push(difference)
  }
  return { steps, differences, problems }
}

function compare(recorded: RecordedStep, effects: readonly Effect[]): Difference | undefined {
  const { port, step, at } = recorded
  const line = (effect: Effect) => encodeLogEntry({ kind: 'effect', port, step, at, effect })
  const wanted = recorded.effects.map(line)
  const got = effects.map(line)
  if (wanted.length === got.length && wanted.every((text, index) => text === got[index])) return undefined
  return {
    port,
    step,
    at,
    missing: wanted.filter((text) => !got.includes(text)),
    unexpected: got.filter((text) => !wanted.includes(text)),
  }
}
