/**
 * The log of the process: pino, written synchronously so that the last lines before an end are not lost; in
 * colour and columns on a terminal, as text with a priority in the journal, one JSON object a line otherwise. Set
 * `log.level` at any time: children made with `log.child()` follow it as long as they have no level of their own.
 */
import { fstatSync } from 'node:fs'
import { isatty } from 'node:tty'
import { type Logger, pino } from 'pino'
import pretty from 'pino-pretty'
import { LogSink, type LogState } from './log-sink.ts'

/** What the parts of qbg ask of a log; a test gives `silentLog`. */
export type Log = Pick<Logger, 'debug' | 'info' | 'warn' | 'error'>

/** A log whose file can be opened again, after it was moved away, and that says how it fares. */
export type DaemonLog = Logger & { readonly reopen: () => void; readonly fate: () => LogState }

export const LOG_LEVELS = ['debug', 'info', 'warn', 'error', 'silent'] as const
export type LogLevel = (typeof LOG_LEVELS)[number]

export interface LogOptions {
  readonly level?: LogLevel
  /** File to append to; standard error when absent. */
  readonly file?: string
}

/** Throws OperationalError when the file cannot be opened. */
export function createLog({ level = 'info', file }: LogOptions = {}): DaemonLog {
  const sink = file === undefined ? errorSink() : new LogSink(file)
  const log = pino({ level, base: null }, sink)
  return Object.assign(log, { reopen: () => sink.reopen(), fate: () => sink.state })
}

export const silentLog: Log = pino({ level: 'silent' })

function errorSink(): LogSink {
  if (isatty(2)) {
    const colours = process.env.NO_COLOR === undefined
    return new LogSink(2, pretty.prettyFactory({ colorize: colours, translateTime: 'SYS:HH:MM:ss.l' }))
  }
  return isJournal(2) ? new LogSink(2, journalLine) : new LogSink(2)
}

/** systemd names the stream it reads by device and inode. Source: systemd.exec(5), $JOURNAL_STREAM. */
function isJournal(fd: number): boolean {
  const { dev, ino } = fstatSync(fd)
  return process.env.JOURNAL_STREAM === `${dev}:${ino}`
}

/** Priorities of syslog by levels of pino. Source: sd-daemon(3). */
const PRIORITIES: Readonly<Record<number, number>> = { 20: 7, 30: 6, 40: 4, 50: 3, 60: 2 }

/** A line of pino's as the journal takes it: it has time and name already; what it cannot know is the priority, `<4>`. */
export function journalLine(line: string): string {
  const { level, time: _, msg, err, ...rest } = JSON.parse(line)
  const values = Object.entries(rest).map(([key, value]) => ` ${key}=${JSON.stringify(value)}`)
  const stack = err?.stack === undefined ? '' : ` ${JSON.stringify(err.stack)}`
  return `<${PRIORITIES[level] ?? 6}>${msg}${values.join('')}${stack}\n`
}
