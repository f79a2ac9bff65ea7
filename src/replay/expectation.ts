/**
 * What a capture is expected to show: a small file of YAML (or JSON) beside it. Only what it says is compared, so that a
 * person can strike out what does not matter; findings it does not name are not allowed.
 */
import { createTwoFilesPatch } from 'diff'
import { type Document, isMap, parseDocument, stringify } from 'yaml'
import * as z from 'zod'
import { ReplayError } from './replay-error.ts'
import type { Verdict, VsiVerdict } from './verdict.ts'

const side = z.strictObject({
  role: z.enum(['station', 'bridge', 'unknown']).optional(),
  requests: z.int().optional(),
  transmissions: z.int().optional(),
  acknowledgements: z.int().optional(),
})

const vsi = z.strictObject({
  state: z.enum(['none', 'preassociated', 'preassociated-rr', 'associated']).optional(),
  /** `associate`, `granted`, `keep-alive x3`, ...; `*` stands for anything. */
  path: z.array(z.string()).optional(),
})

export const expectationSchema = z.strictObject({
  /** Of the format of this file. */
  qbg: z.literal(1),
  frames: z.record(z.string(), z.int()).optional(),
  sides: z.record(z.string(), side).optional(),
  operating: z.strictObject({ r: z.int(), rte: z.int(), rwd: z.int(), rka: z.int() }).partial().optional(),
  relay: z.enum(['on', 'off', 'unknown']).optional(),
  vsis: z.record(z.string(), vsi).optional(),
  /** How many VSIs went each way: `associate > granted; associated`. All of them. */
  lives: z.record(z.string(), z.int()).optional(),
  /** How often each is allowed, by its code; any other finding that is no note is a mismatch. */
  findings: z.record(z.string(), z.int().min(0)).default({}),
})

export type Expectation = z.infer<typeof expectationSchema>

/** Throws ReplayError, which names the place. */
export function parseExpectation(text: string, file: string): Expectation {
  const document = parseDocument(text)
  const [broken] = document.errors
  if (broken) throw unusable(file, broken.message.split('\n')[0]!)
  if (!isMap(document.contents)) throw unusable(file, 'it has to be a mapping')
  const result = expectationSchema.safeParse(contentOf(document, file))
  if (result.success) return result.data
  const [issue] = result.error.issues
  throw unusable(file, `${issue!.path.join('.') || 'file'}: ${issue!.message}`)
}

/** An alias without an anchor, and more of them than anybody means, are found only here. */
function contentOf(document: Document, file: string): unknown {
  try {
    return document.toJS()
  } catch (error) {
    throw unusable(file, (error as Error).message)
  }
}

function unusable(file: string, why: string): ReplayError {
  return new ReplayError(`${file} is no expectation: ${why}`, {
    hint: 'qbg replay CAPTURE --update writes one from what the capture shows',
  })
}

/** More VSIs than a person wants to read are told by how many went each way. */
const MANY = 20

/** What a capture shows, as a file that can be read. */
export function newExpectation(verdict: Verdict): Expectation {
  const { lives, vsis, findings, ...rest } = expectationOf(verdict)
  const many = Object.keys(vsis ?? {}).length > MANY
  return { ...rest, ...(many ? { lives } : { vsis }), findings }
}

/** All that can be expected of a capture, as it is. */
function expectationOf(verdict: Verdict): Expectation {
  const [wire] = verdict.wires
  const sides = verdict.wires.flatMap((each) => each.sides)
  const vsis = verdict.wires.flatMap((each) => each.vsis)
  return {
    qbg: 1,
    frames: { ...verdict.frames },
    sides: Object.fromEntries(sides.map((each) => [each.mac, sideOf(each)])),
    ...(wire?.operating && { operating: wire.operating }),
    ...(wire && { relay: wire.relay }),
    vsis: Object.fromEntries(vsis.map(({ id, state, path }) => [id, { state, path: [...path] }])),
    lives: countLives(vsis),
    findings: countFindings(verdict),
  }
}

function countLives(vsis: readonly VsiVerdict[]): Record<string, number> {
  const counts: Record<string, number> = {}
  for (const { path, state } of vsis) {
    const life = `${path.join(' > ')}; ${state}`
    counts[life] = (counts[life] ?? 0) + 1
  }
  return counts
}

function sideOf({ role, ecp }: Verdict['wires'][number]['sides'][number]) {
  const { requests, transmissions, acknowledgements } = ecp
  return { role, requests, transmissions, acknowledgements }
}

function countFindings({ findings }: Verdict): Record<string, number> {
  const counts: Record<string, number> = {}
  for (const { code, severity } of findings) {
    if (severity !== 'note') counts[code] = (counts[code] ?? 0) + 1
  }
  return counts
}

export function formatExpectation(expectation: Expectation): string {
  return stringify(expectation, { lineWidth: 110 })
}

/** A unified diff from what is expected to what is; undefined when they agree. */
export function compareExpectation(
  expectation: Expectation,
  verdict: Verdict,
  file: string,
): string | undefined {
  const all = expectationOf(verdict)
  const actual = project(all, expectation) as Expectation
  const expected = formatExpectation(expectation)
  const whole = { ...(expectation.lives && { lives: all.lives }), findings: countsOf(expectation, verdict) }
  const found = formatExpectation({ ...actual, ...whole })
  if (expected === found || sameExpectation(expectation, found, file)) return undefined
  return createTwoFilesPatch('expected', 'found', expected, found, file, verdict.file, { context: 3 })
}

/** What is expected not to be there, and is not, is said with its 0 as well. */
function countsOf({ findings }: Expectation, verdict: Verdict): Record<string, number> {
  const none = Object.keys(findings).filter((code) => findings[code] === 0)
  return { ...Object.fromEntries(none.map((code) => [code, 0])), ...countFindings(verdict) }
}

/** The order of keys is nobody's business. */
function sameExpectation(expectation: Expectation, found: string, file: string): boolean {
  return canonical(expectation) === canonical(parseExpectation(found, file))
}

function canonical(value: unknown): string {
  return JSON.stringify(value, (_key, inner: unknown) =>
    inner !== null && typeof inner === 'object' && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  )
}

/** Of `actual` what `wanted` speaks of; a path that fits one with `*` is written as that. */
function project(actual: unknown, wanted: unknown): unknown {
  if (Array.isArray(wanted) && Array.isArray(actual)) return fits(actual, wanted) ? wanted : actual
  if (!isRecord(wanted) || !isRecord(actual)) return actual
  const keys = Object.keys(wanted).filter((key) => key in actual)
  return Object.fromEntries(keys.map((key) => [key, project(actual[key], wanted[key])]))
}

/** A row of the table for each step of the pattern: which beginnings of the path it fits. Never more than their product. */
function fits(path: readonly string[], pattern: readonly string[]): boolean {
  let row = [true, ...path.map(() => false)]
  for (const step of pattern) {
    const before = row
    row = [step === '*' && before[0]!]
    for (let end = 1; end <= path.length; end++) {
      row.push(step === '*' ? before[end]! || row[end - 1]! : before[end - 1]! && path[end - 1] === step)
    }
  }
  return row.at(-1)!
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
