/** `qbg send`: frames of a capture, onto a wire. */
import { type MacAddress, parseMacAddress } from '../../protocol/wire/mac-address.ts'
import { ControlError, EXIT } from '../control/control-error.ts'
import type { SentAnswer } from '../control/schema/sent.ts'
import { ReplayError } from '../replay/replay-error.ts'
import { type Pace, type Played, play, schedule } from '../send/playback.ts'
import { type RecordedFrame, type RecordedSide, readSide } from '../send/recorded-side.ts'
import { type Wire, withWire } from '../send/wire.ts'
import { readNumber } from './number-option.ts'
import { printJson, printLines } from './output.ts'

export interface SendOptions {
  readonly port?: string
  readonly from?: string
  readonly speed: string
  readonly rate: string
  readonly limit: string
  readonly rewriteSource?: boolean
  readonly dryRun?: boolean
  readonly json?: boolean
}

const ERASE_LINE = '\r\u001b[K'

/** 0; 1 when frames could not leave, or it was interrupted. */
export async function send(file: string, options: SendOptions): Promise<number> {
  const pace = { speed: readSpeed(options.speed), rate: readNumber(options.rate, '--rate', 1, 1_000_000) }
  const limit = readNumber(options.limit, '--limit', 1, 1_000_000)
  const { port } = options
  if (port === undefined && !options.dryRun)
    throw new ControlError('bad-usage', 'onto which interface?', { hint: '--port INTERFACE, or --dry-run' })
  const side = await readRecorded(file, options.from, limit)
  if (port === undefined || options.dryRun) return showPlan(file, side, pace, options)
  return withWire(port, (wire) => sendOn(wire, file, side, pace, options))
}

async function sendOn(
  wire: Wire,
  file: string,
  side: RecordedSide,
  pace: Pace,
  { rewriteSource, json }: SendOptions,
): Promise<number> {
  const { frames } = side
  const interrupted = new AbortController()
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => interrupted.abort())
  if (!json) printLines([describe(file, side, pace)])
  const played = await play(frames, {
    ...pace,
    ...wire,
    source: rewriteSource ? wire.mac : undefined,
    signal: interrupted.signal,
    onSent: json ? undefined : progress(frames.length),
  })
  const { problem, failed } = wire.trouble()
  const answer = toAnswer(file, side, { ...played, frames: played.frames - failed }, wire.port.name, failed)
  if (json) printJson(answer)
  else printLines(summary(answer))
  if (problem !== undefined) throw problem
  return answer.sent === frames.length ? EXIT.ok : EXIT.refused
}

function showPlan(file: string, side: RecordedSide, pace: Pace, { json }: SendOptions): number {
  const plan = schedule(side.frames, pace)
  const duration = plan.at(-1) ?? 0
  if (json) printJson(toAnswer(file, side, { frames: 0, duration, late: 0 }, null, 0))
  else printLines([describe(file, side, pace), ...side.frames.map((frame, i) => planLine(frame, plan[i]!))])
  return EXIT.ok
}

const seconds = (milliseconds: number) => `${(milliseconds / 1000).toFixed(3)} s`

function planLine({ number, kind, octets }: RecordedFrame, due: number): string {
  return `${seconds(due).padStart(12)}  frame ${String(number).padEnd(6)}  ${kind.padEnd(6)}  ${octets.length} octets`
}

function describe(file: string, { mac, role, frames, cut, left }: RecordedSide, pace: Pace): string {
  const whose = role === 'unknown' ? mac : `${role} ${mac}`
  const less = [
    ...(cut > 0 ? [`${cut} are not whole and cannot be sent`] : []),
    ...(left > 0 ? [`${left} are behind --limit`] : []),
  ]
  const also = less.length > 0 ? `; ${less.join(', ')}` : ''
  return `${frames.length} frames of ${whose} in ${file}, ${seconds(schedule(frames, pace).at(-1) ?? 0)}${also}`
}

function summary({ sent, failed, left, port, duration, late }: SentAnswer): string[] {
  const refused = failed > 0 ? `, ${failed} could not leave` : ''
  const rest = left > 0 ? `, ${left} not sent` : ''
  return [
    `sent ${sent} on ${port} in ${seconds(duration)}, at most ${late.toFixed(1)} ms late${refused}${rest}`,
  ]
}

function toAnswer(
  file: string,
  { mac, role, frames, cut, left }: RecordedSide,
  played: Played,
  port: string | null,
  failed: number,
): SentAnswer {
  const { duration, late } = played
  const missing = port === null ? 0 : frames.length - played.frames - failed
  const counts = { sent: played.frames, failed, cut, left: left + missing, duration, late }
  return { schema: 'qbg/v1/sent', file, port, from: { mac, role }, ...counts }
}

/** On a terminal, five times a second. */
function progress(all: number): ((sent: number) => void) | undefined {
  if (!process.stderr.isTTY) return undefined
  let next = 0
  return (sent) => {
    const now = performance.now()
    if (sent === all) process.stderr.write(ERASE_LINE)
    else if (now >= next) process.stderr.write(`${ERASE_LINE}${sent} of ${all} frames`)
    if (now >= next) next = now + 200
  }
}

async function readRecorded(file: string, from: string | undefined, limit: number): Promise<RecordedSide> {
  try {
    return await readSide(file, { from: readFrom(from), limit })
  } catch (error) {
    if (!(error instanceof ReplayError)) throw error
    throw new ControlError('bad-capture', error.message, {
      hint: error.hint ?? 'qbg send --help',
      cause: error,
    })
  }
}

function readFrom(text: string | undefined): 'station' | 'bridge' | MacAddress | undefined {
  if (text === undefined || text === 'station' || text === 'bridge') return text
  const mac = parseMacAddress(text)
  if (mac !== undefined) return mac
  throw new ControlError('bad-usage', `--from "${text}" is neither station, bridge nor a MAC address`)
}

function readSpeed(text: string): number {
  if (text === 'max') return Number.POSITIVE_INFINITY
  const speed = /^\d+(\.\d+)?$/.test(text) ? Number(text) : Number.NaN
  if (speed >= 0.001 && speed <= 1_000_000) return speed
  throw new ControlError('bad-usage', `--speed has to be a number from 0.001, or max, not "${text}"`)
}
