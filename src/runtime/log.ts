/**
 * The log of the process: pino, written synchronously so that the last lines before an end are not lost; in
 * colour and columns on a terminal, as text with a priority in the journal, one JSON object a line otherwise. Set
 * `log.level` at any time: children made with `log.child()` follow it as long as they have no level of their own.
 */
import { fstatSync, writeSync } from 'node:fs'
import { type DestinationStream, destination, type Logger, pino } from 'pino'
import pretty from 'pino-pretty'
import { OperationalError } from './operational-error.ts'

/** What the parts of qbg ask of a log; a test gives `silentLog`. */
export type Log = Pick<Logger, 'debug' | 'info' | 'warn' | 'error'>

/** A log whose file can be opened again, after it was moved away. */
export type DaemonLog = Logger & { readonly reopen: () => void }

export const LOG_LEVELS = ['debug', 'info', 'warn', 'error', 'silent'] as const
export type LogLevel = (typeof LOG_LEVELS)[number]

export interface LogOptions {
  readonly level?: LogLevel
  /** File to append to; standard error when absent. */
  readonly file?: string
}

/** Throws OperationalError when the file cannot be opened. */
export function createLog({ level = 'info', file }: LogOptions = {}): DaemonLog {
  const stream = file === undefined ? undefined : fileStream(file)
  const log = pino({ level, base: null }, stream ?? errorStream())
  return Object.assign(log, { reopen: () => stream?.reopen() })
}

export const silentLog: Log = pino({ level: 'silent' })

function errorStream() {
  if (process.stderr.isTTY)
    return pretty({ destination: 2, sync: true, ignore: 'pid,hostname', translateTime: 'SYS:HH:MM:ss.l' })
  return isJournal(2) ? journalStream() : destination({ dest: 2, sync: true })
}

/** systemd names the stream it reads by device and inode. Source: systemd.exec(5), $JOURNAL_STREAM. */
function isJournal(fd: number): boolean {
  const { dev, ino } = fstatSync(fd)
  return process.env.JOURNAL_STREAM === `${dev}:${ino}`
}

/** Priorities of syslog by levels of pino. Source: sd-daemon(3). */
const PRIORITIES: Readonly<Record<number, number>> = { 20: 7, 30: 6, 40: 4, 50: 3, 60: 2 }

/** The journal has time and name already; what it cannot know of a line is its priority: `<4>` at the start. */
function journalStream(): DestinationStream {
  return { write: (line) => void writeSync(2, journalLine(line)) }
}

/** A line of pino's as the journal takes it. */
export function journalLine(line: string): string {
  const { level, time: _, msg, err, ...rest } = JSON.parse(line)
  const values = Object.entries(rest).map(([key, value]) => ` ${key}=${JSON.stringify(value)}`)
  const stack = err?.stack === undefined ? '' : ` ${JSON.stringify(err.stack)}`
  return `<${PRIORITIES[level] ?? 6}>${msg}${values.join('')}${stack}\n`
}

function fileStream(file: string) {
  try {
    return destination({ dest: file, sync: true, append: true })
  } catch (cause) {
    const hint = 'name a file in a directory that exists and may be written to'
    throw new OperationalError('file-not-writable', 'cannot be opened', {
      operation: `log to ${file}`,
      hint,
      cause,
    })
  }
}
