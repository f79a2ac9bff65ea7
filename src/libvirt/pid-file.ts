/**
 * The file in which libvirt looks for lldpad's netlink port: a decimal number and a newline, at most ten octets,
 * because libvirt reads so many into memory it did not clear. It is never taken from an agent that lives.
 */
import { randomBytes } from 'node:crypto'
import {
  lstatSync,
  readFileSync,
  readlinkSync,
  renameSync,
  statSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs'
import { dirname, resolve } from 'node:path'
import { OperationalError } from '../runtime/operational-error.ts'
import { findOwner, type ProcessTable } from './netlink-table.ts'

/** Where libvirt looks; compiled into it. */
export const DEFAULT_PID_FILE = '/var/run/lldpad.pid'

export class PidFile {
  readonly path: string
  readonly #number: number
  readonly #table: ProcessTable

  constructor(path: string, number: number, table: ProcessTable) {
    this.path = path
    this.#number = number
    this.#table = table
  }

  /** Throws OperationalError when another agent lives, or the file cannot be written. */
  claim(): void {
    this.#refuseForeign()
    const found = this.read()
    if (found !== undefined && found !== this.#number) this.#refuseLiving(found)
    this.#write()
  }

  /** The number in the file; undefined when there is none. */
  read(): number | undefined {
    try {
      const number = /^\s*(\d{1,10})(?:[\s\0]|$)/.exec(readFileSync(this.path, 'latin1'))?.[1]
      return Number(number) || undefined
    } catch {
      return undefined
    }
  }

  /** Takes the file away, if it is still ours. */
  remove(): void {
    if (this.read() !== this.#number) return
    try {
      unlinkSync(targetOf(this.path))
    } catch {
      // gone, or not ours to take away: the number in it is nobody's soon, which libvirt notices
    }
  }

  /** A file that is there and holds no number is somebody's, and would be gone. */
  #refuseForeign(): void {
    const there = statSync(this.path, { throwIfNoEntry: false })
    if (there === undefined || (there.isFile() && (there.size === 0 || this.read() !== undefined))) return
    throw new OperationalError('file-not-writable', 'there is something else, which is no pid file', {
      operation: `write ${this.path}`,
      hint: 'name another file with --libvirt-pid-file, or take this one away',
    })
  }

  #refuseLiving(number: number): void {
    const owner = findOwner(number, this.#table)
    if (owner === undefined) return
    const who = owner.name === undefined ? `netlink port ${number}` : `${owner.name}, process ${owner.pid}`
    throw new OperationalError('agent-running', `another agent serves libvirt: ${who}`, {
      operation: `write ${this.path}`,
      hint: stopping(owner),
    })
  }

  /** In one move: libvirt must not find half a number. */
  #write(): void {
    const target = targetOf(this.path)
    const beside = `${target}.${randomBytes(4).toString('hex')}`
    try {
      writeFileSync(beside, `${this.#number}\n`, { mode: 0o644, flag: 'wx' })
      renameSync(beside, target)
    } catch (cause) {
      const hint =
        'libvirt looks nowhere else; run as root, or make it a symbolic link into a directory of the user qbg runs as'
      const operation = `write ${this.path}`
      throw new OperationalError('file-not-writable', 'cannot be written', { operation, hint, cause })
    }
  }
}

function stopping({ pid, name }: { pid?: number; name?: string }): string {
  if (name === 'lldpad') return `stop it: systemctl stop lldpad.socket lldpad.service, or: kill ${pid}`
  return pid === undefined ? 'find its process with: ss -f netlink -p' : `stop it first: kill ${pid}`
}

/** Where the octets are: /var/run/lldpad.pid may be a link into a directory that an ordinary user may write to. */
function targetOf(path: string): string {
  try {
    return lstatSync(path).isSymbolicLink() ? resolve(dirname(path), readlinkSync(path)) : path
  } catch {
    return path
  }
}
