/**
 * The log of the process: pino, written synchronously so that the last lines before an end are not lost; in
 * colour and columns on a terminal, one JSON object a line otherwise. Set `log.level` at any time: children made
 * with `log.child()` follow it as long as they have no level of their own.
 */
import { destination, type Logger, pino } from 'pino'
import pretty from 'pino-pretty'
import { OperationalError } from './operational-error.ts'

/** What the parts of qbg ask of a log; a test gives `silentLog`. */
export type Log = Pick<Logger, 'debug' | 'info' | 'warn' | 'error'>

export const LOG_LEVELS = ['debug', 'info', 'warn', 'error', 'silent'] as const
export type LogLevel = (typeof LOG_LEVELS)[number]

export interface LogOptions {
  readonly level?: LogLevel
  /** File to append to; standard error when absent. */
  readonly file?: string
}

/** Throws OperationalError when the file cannot be opened. */
export function createLog({ level = 'info', file }: LogOptions = {}): Logger {
  return pino({ level, base: null }, file === undefined ? terminalStream() : fileStream(file))
}

export const silentLog: Log = pino({ level: 'silent' })

function terminalStream() {
  if (!process.stderr.isTTY) return destination({ dest: 2, sync: true })
  return pretty({ destination: 2, sync: true, ignore: 'pid,hostname', translateTime: 'SYS:HH:MM:ss.l' })
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
