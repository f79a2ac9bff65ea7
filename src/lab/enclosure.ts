/**
 * The lab's inner process: started under `unshare` as the first process of its own process namespace, so that its
 * end, however it comes, ends every other process of the lab, and with them the namespaces. It ends when this
 * process goes, too: the channel between the two closes then.
 *
 * It has a session of its own: Ctrl-C reaches this process only, which asks the other one to leave in order.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { constants } from 'node:os'
import { OperationalError } from '../runtime/operational-error.ts'
import type { FromInside, ToInside } from './inside-message.ts'
import type { LabOptions } from './options.ts'
import { scriptPath } from './part.ts'

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const
/** For leaving in order. Milliseconds. */
const PATIENCE = 5000
const STARTER_WATCH = 500

export interface InsideOptions extends LabOptions {
  readonly directory: string
  /** The directory goes with the lab. */
  readonly temporary: boolean
  readonly userNamespace: boolean
}

/** Resolves with the exit status. Throws OperationalError. */
export async function runEnclosed(
  options: InsideOptions,
  unshare: readonly string[],
  early: EarlySignals,
): Promise<number> {
  const inside = [process.execPath, '--enable-source-maps', scriptPath('inside'), JSON.stringify(options)]
  const child = spawn('unshare', [...unshare, '--', ...inside], {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    detached: true,
  })
  const leave = leaveInOrder(child)
  const release = onLeaving(leave.start)
  const before = early.release()
  if (before !== undefined) leave.start(before)
  try {
    const { status, error } = await untilEnd(child)
    if (error) throw error
    return leave.status() ?? status
  } finally {
    release()
    leave.end()
  }
}

export interface EarlySignals {
  /** Signals are left to others from now on; the one that has come, if any. */
  readonly release: () => NodeJS.Signals | undefined
}

/** From now on a signal waits for somebody who can leave in order, instead of ending the process at once. */
export function holdSignals(): EarlySignals {
  let came: NodeJS.Signals | undefined
  const note = (signal: NodeJS.Signals) => {
    came ??= signal
  }
  for (const signal of SIGNALS) process.on(signal, note)
  const release = () => {
    for (const signal of SIGNALS) process.off(signal, note)
    return came
  }
  return { release }
}

interface End {
  readonly status: number
  readonly error?: Error
}

function untilEnd(child: ChildProcess): Promise<End> {
  return new Promise((resolve) => {
    let error: Error | undefined
    child.on('message', (message) => {
      error = toError(message as FromInside)
    })
    child.on('error', (cause) => resolve({ status: 1, error: cause }))
    child.on('exit', (code, signal) => {
      const status = code ?? 128 + constants.signals[signal ?? 'SIGKILL']
      resolve({ status, ...(error && { error }) })
    })
  })
}

function toError({ code, operation, reason, hint, stack }: FromInside): Error {
  if (code === undefined) return Object.assign(new Error(reason), { stack })
  return new OperationalError(code, reason, { operation: operation ?? 'run the lab', ...(hint && { hint }) })
}

/** The first signal asks the lab to leave; whoever does not follow in time is ended. */
function leaveInOrder(child: ChildProcess) {
  let status: number | undefined
  let patience: NodeJS.Timeout | undefined
  return {
    status: () => status,
    start: (signal: NodeJS.Signals) => {
      if (status !== undefined) return
      status = 128 + constants.signals[signal]
      child.send({ type: 'leave', status } satisfies ToInside, () => {})
      patience = setTimeout(() => child.kill('SIGKILL'), PATIENCE)
    },
    end: () => clearTimeout(patience),
  }
}

function onLeaving(leave: (signal: NodeJS.Signals) => void): () => void {
  for (const signal of SIGNALS) process.on(signal, leave)
  const stopWatching = watchStarter(() => leave('SIGHUP'))
  return () => {
    stopWatching()
    for (const signal of SIGNALS) process.off(signal, leave)
  }
}

/** npm that is killed tells nobody. The shell between it and us gets another parent then, or we do. */
function watchStarter(gone: () => void): () => void {
  if (process.env.npm_lifecycle_event === undefined) return () => {}
  const starter = parentOf(process.ppid)
  const watch = setInterval(() => {
    if (parentOf(process.ppid) !== starter) gone()
  }, STARTER_WATCH)
  return () => clearInterval(watch)
}

/** Undefined when there is no such process. Source: proc(5), /proc/PID/status. */
function parentOf(pid: number): string | undefined {
  try {
    return /^PPid:\s*(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]
  } catch {
    return undefined
  }
}
