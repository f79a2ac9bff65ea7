/**
 * Makes the control socket: mode 0600, in a directory of mode 0700 when that has to be made. The socket a dead
 * process left behind is replaced; one that answers is not.
 */
import { chmodSync, lstatSync, unlinkSync } from 'node:fs'
import { connect, type Server } from 'node:net'
import { dirname } from 'node:path'
import { makeDirectory } from '../runtime/make-directory.ts'
import { ControlError } from './control-error.ts'

/** Throws ControlError when the path cannot be had. */
export async function listenOn(server: Server, path: string): Promise<void> {
  makeDirectoryFor(path)
  try {
    await bind(server, path)
  } catch (error) {
    if (!isCode(error, 'EADDRINUSE')) throw unusable(path, error)
    await removeStale(path)
    await bind(server, path).catch((cause) => {
      throw isCode(cause, 'EADDRINUSE') ? busy(path) : unusable(path, cause)
    })
  }
}

function makeDirectoryFor(path: string): void {
  try {
    makeDirectory(dirname(path))
  } catch (cause) {
    throw unusable(path, cause)
  }
}

/** The umask covers the moment between bind and chmod; Node binds a path before `listen` returns. */
function bind(server: Server, path: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const umask = process.umask(0o177)
    try {
      server.once('error', reject)
      server.listen(path, () => {
        server.off('error', reject)
        chmodSync(path, 0o600)
        resolve()
      })
    } finally {
      process.umask(umask)
    }
  })
}

async function removeStale(path: string): Promise<void> {
  if (!lstatSync(path).isSocket()) {
    throw new ControlError('control-path', `${path} exists and is not a socket`, {
      hint: 'choose another path with --control, or remove it',
    })
  }
  if (await answers(path)) throw busy(path)
  try {
    unlinkSync(path)
  } catch (cause) {
    throw unusable(path, cause)
  }
}

/** Anything but a refusal means that somebody is there. */
function answers(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(path)
    socket.once('connect', () => {
      socket.destroy()
      resolve(true)
    })
    socket.once('error', (error) => resolve(!isCode(error, 'ECONNREFUSED')))
  })
}

function busy(path: string): ControlError {
  return new ControlError('control-busy', `another qbg answers on ${path}`, {
    hint: 'choose another control socket with --control PATH, or stop the other one',
  })
}

function unusable(path: string, cause: unknown): ControlError {
  const reason = cause instanceof Error ? cause.message : String(cause)
  return new ControlError('control-path', `cannot make the control socket ${path}: ${reason}`, {
    hint: 'choose a path in a directory you may write to, with --control PATH',
    cause,
  })
}

function isCode(error: unknown, code: string): boolean {
  return error instanceof Error && (error as NodeJS.ErrnoException).code === code
}
