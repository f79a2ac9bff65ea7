/**
 * lldpad and qbg do the same work: both on one interface would answer each other's neighbours, and libvirt can have
 * one of them only. lldpad shows itself by its control socket, an abstract one, which belongs to a network namespace.
 */
import { readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { OperationalError } from '../runtime/operational-error.ts'

const CONTROL_SOCKET = '@/com/intel/lldpad'

/** Throws OperationalError when lldpad runs in the network namespace of this process. */
export function refuseLldpad(proc = '/proc'): void {
  if (!lldpadListens(proc)) return
  const pid = findLldpad(proc)
  const kill = pid === undefined ? '' : ` (or: kill ${pid})`
  throw new OperationalError('lldpad-runs', 'lldpad runs here', {
    operation: 'start a station',
    hint: `stop it first: systemctl disable --now lldpad.socket lldpad.service${kill}; or, when it has other interfaces, start with --allow-lldpad`,
  })
}

function lldpadListens(proc: string): boolean {
  try {
    const rows = readFileSync(`${proc}/self/net/unix`, 'latin1').split('\n')
    return rows.some((row) => row.endsWith(` ${CONTROL_SOCKET}`))
  } catch {
    return false
  }
}

/** Undefined when it cannot be told, or when systemd only holds its socket. */
function findLldpad(proc: string): string | undefined {
  const ours = namespaceOf(proc, 'self')
  const pids = readdirSync(proc).filter((name) => /^\d+$/.test(name))
  return pids.find((pid) => {
    const there = namespaceOf(proc, pid)
    return nameOf(proc, pid) === 'lldpad' && (there === undefined || there === ours)
  })
}

function nameOf(proc: string, pid: string): string | undefined {
  try {
    return readFileSync(`${proc}/${pid}/comm`, 'utf8').trim()
  } catch {
    return undefined
  }
}

function namespaceOf(proc: string, pid: string): string | undefined {
  try {
    return readlinkSync(`${proc}/${pid}/ns/net`)
  } catch {
    return undefined
  }
}
