/** One capture from file to verdict. */
import { existsSync, writeFileSync } from 'node:fs'
import { CaptureReader } from '../pcap/capture-reader.ts'
import { CaptureError, ETHERNET } from '../pcap/captured-packet.ts'
import { explainUnread, readWholeSync } from '../runtime/whole-file.ts'
import { compareSides, type Difference } from './comparison.ts'
import {
  compareExpectation,
  type Expectation,
  formatExpectation,
  newExpectation,
  parseExpectation,
} from './expectation.ts'
import type { Observation } from './observation.ts'
import { configOf, OurSide } from './our-side.ts'
import { inOrder } from './packet-order.ts'
import { Reconstruction } from './reconstruction.ts'
import { ReplayError } from './replay-error.ts'
import { toVerdict, type Verdict } from './verdict.ts'

export interface ReplayOptions {
  /** Our machine plays this side. */
  readonly as?: 'station' | 'bridge' | undefined
  /** Instead of the file beside the capture. */
  readonly expect?: string | undefined
  /** Write the expectation from what there is. */
  readonly update?: boolean | undefined
  /** Warnings fail as well. Counts only without an expectation. */
  readonly strict?: boolean | undefined
}

/** `pass`, `fail`, or `unusable`: the capture could not be read to its end. */
export type Result = 'pass' | 'fail' | 'unusable'

export interface Replayed {
  readonly verdict: Verdict
  readonly result: Result
  /** The expectation that was held against it, or written. */
  readonly expectation: string | null
  readonly updated: boolean
  /** Unified diff from expected to found. */
  readonly mismatch: string | null
  /** With `as`: what our machine did otherwise. */
  readonly differences: readonly Difference[]
  /** Why there is no verdict: the file cannot be read at all, nor the expectation, or it lacks the side to play. */
  readonly problem: Problem | null
}

export interface Problem {
  readonly message: string
  readonly hint: string | null
}

/** Longer than any answer takes. Milliseconds. */
const AFTERMATH = 500

/** With `as`. Milliseconds. */
const LONGEST_SILENCE = 24 * 3_600_000

/** What cannot be used is a result as well: the other captures of a folder are replayed. */
export async function replayFile(file: string, options: ReplayOptions = {}): Promise<Replayed> {
  try {
    return await judge(file, options)
  } catch (error) {
    if (!(error instanceof ReplayError)) throw error
    return withoutVerdict(file, { message: error.message, hint: error.hint ?? null })
  }
}

function withoutVerdict(file: string, problem: Problem): Replayed {
  return {
    verdict: toVerdict(file, new Reconstruction()),
    result: 'unusable',
    expectation: null,
    updated: false,
    mismatch: null,
    differences: [],
    problem,
  }
}

/** Throws ReplayError when the capture cannot be opened, or the expectation not be read. */
async function judge(file: string, options: ReplayOptions): Promise<Replayed> {
  const { reconstruction, observations, broken } = await read(file, options.as !== undefined)
  const verdict = toVerdict(file, reconstruction, broken)
  const sidecar = options.expect ?? expectationPath(file)
  if (options.update) writeExpectation(sidecar, verdict)
  const known = existsSync(sidecar)
  if (!known && options.expect)
    throw new ReplayError(`there is no ${sidecar}`, { hint: '--update writes it' })
  const mismatch = known ? compareExpectation(readExpectation(sidecar), verdict, sidecar) : undefined
  const differences = options.as ? compareAs(options.as, observations, reconstruction) : []
  const fine = known ? mismatch === undefined : isClean(verdict, options.strict ?? false)
  return {
    verdict,
    result: broken ? 'unusable' : fine && differences.length === 0 ? 'pass' : 'fail',
    expectation: known ? sidecar : null,
    updated: options.update ?? false,
    mismatch: mismatch ?? null,
    differences,
    problem: null,
  }
}

function writeExpectation(sidecar: string, verdict: Verdict): void {
  try {
    writeFileSync(sidecar, formatExpectation(newExpectation(verdict)))
  } catch (error) {
    throw new ReplayError(`${sidecar} cannot be written: ${(error as Error).message}`, { cause: error })
  }
}

function readExpectation(sidecar: string): Expectation {
  let text: string
  try {
    text = readWholeSync(sidecar)
  } catch (error) {
    const { reason, hint } = explainUnread(error)
    throw new ReplayError(`${sidecar} cannot be read: ${reason}`, {
      ...(hint !== undefined && { hint }),
      cause: error,
    })
  }
  return parseExpectation(text, sidecar)
}

/** `run.pcapng.gz` has its expectation in `run.expect.yaml`. */
export function expectationPath(capture: string): string {
  return `${capture.replace(/(\.(pcap|pcapng|cap|gz))+$/, '')}.expect.yaml`
}

function isClean({ counts }: Verdict, strict: boolean): boolean {
  return counts.error === 0 && (!strict || counts.warning === 0)
}

async function read(file: string, keep: boolean) {
  const reconstruction = new Reconstruction()
  const observations: { observation: Observation; fresh: boolean }[] = []
  let broken: CaptureError | undefined
  /** Ethernet if any packet was; of a file without packets nothing is known. */
  let linkType: number | undefined
  try {
    for await (const packets of new CaptureReader(file).packets()) {
      for (const packet of inOrder(packets)) {
        linkType = packet.interface.linkType === ETHERNET ? ETHERNET : (linkType ?? packet.interface.linkType)
        const octets = keep ? packet.octets.slice() : packet.octets
        const observation = reconstruction.add({ ...packet, octets })
        if (keep && observation)
          observations.push({ observation, fresh: isFresh(reconstruction, observation) })
      }
    }
  } catch (error) {
    if (!(error instanceof CaptureError)) throw error
    if (reconstruction.frames.packets === 0) throw new ReplayError(error.message, { cause: error })
    broken = error
  }
  reconstruction.end()
  if (linkType !== undefined && linkType !== ETHERNET && broken === undefined) {
    throw new ReplayError(`it holds no Ethernet frames: link type ${linkType}`, {
      hint: 'capture on the interface itself, not on "any"',
    })
  }
  return { reconstruction, observations, broken }
}

/** Whether it is a request that was not sent before. */
function isFresh({ wires }: Reconstruction, { interface: index, source, number }: Observation): boolean {
  const side = wires.get(index)?.conversation.sides.get(source)
  return side?.request?.sent[0]?.frame === number
}

function compareAs(
  role: 'station' | 'bridge',
  observations: readonly { readonly observation: Observation; readonly fresh: boolean }[],
  { wires, duration }: Reconstruction,
): Difference[] {
  const recorded = observations.map(({ observation }) => observation)
  return [...wires.values()].flatMap(({ conversation }) => {
    const side = [...conversation.sides.values()].find((each) => each.role === role)
    if (side === undefined) {
      throw new ReplayError(`the capture shows no ${role}`, {
        hint: 'qbg replay without --as says who is who',
      })
    }
    const ours = new OurSide(role, side.mac, configOf(recorded, side.mac))
    const here = observations.filter(({ observation }) => observation.interface === conversation.interface)
    refuseLongSilence(here.map(({ observation }) => observation))
    for (const { observation, fresh } of here) ours.observe(observation, fresh)
    ours.finish(duration + AFTERMATH)
    return compareSides(
      here.map(({ observation }) => observation),
      side.mac,
      ours.sent,
    )
  })
}

/** Our machine lives through every second of it; a clock that was set wrong would keep it busy for years. */
function refuseLongSilence(observations: readonly Observation[]): void {
  for (const [index, { at, number }] of observations.entries()) {
    const silence = at - (observations[index - 1]?.at ?? 0)
    if (silence > LONGEST_SILENCE)
      throw new ReplayError(
        `nothing is heard for ${Math.round(silence / 3_600_000)} h before frame ${number}`,
        {
          hint: 'with --as the times of a capture have to go on: cut it there',
        },
      )
  }
}
