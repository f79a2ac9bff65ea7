/**
 * One qbg on an interface: two would talk over each other. The lock is an abstract unix socket (unix(7)): it
 * belongs to the network namespace, as the interface does, and goes with the process. It is held by name, as the
 * interface is followed by name when it goes and comes back.
 */
import { readFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { OperationalError } from '../runtime/operational-error.ts'

const PREFIX = 'qbg/interface/'

/** Resolves with what gives the lock back. Rejects with OperationalError when another qbg has it. */
export function lockInterface(name: string): Promise<() => void> {
  return new Promise((resolve, reject) => {
    const server = createServer((socket) => socket.destroy())
    server.once('error', (error: NodeJS.ErrnoException) => reject(explain(name, error)))
    server.listen(`\0${PREFIX}${name}`, () => {
      server.unref()
      resolve(() => server.close())
    })
  })
}

/** Interfaces that some qbg has locked; undefined when the kernel does not tell. Source: proc(5), /proc/net/unix. */
export function lockedInterfaces(): Set<string> | undefined {
  try {
    const sockets = readFileSync('/proc/net/unix', 'utf8')
    return new Set(Array.from(sockets.matchAll(/ @qbg\/interface\/([^@\n]+)/g), ([, name]) => name!))
  } catch {
    return undefined
  }
}

function explain(name: string, cause: NodeJS.ErrnoException): OperationalError {
  const operation = `open ${name}`
  if (cause.code !== 'EADDRINUSE') {
    return new OperationalError('system-call-failed', `cannot lock it: ${cause.code}`, { operation })
  }
  return new OperationalError('interface-busy', 'another qbg runs on this interface', {
    operation,
    hint: 'an interface has one role and one agent: stop the other one first',
  })
}
