/**
 * One qbg on an interface: two would talk over each other. The lock is an abstract unix socket (unix(7)): it
 * belongs to the network namespace, as the interface does, and goes with the process.
 */
import { createServer } from 'node:net'
import type { Link } from '../netlink/link.ts'
import { OperationalError } from '../runtime/operational-error.ts'

/** Resolves with what gives the lock back. Rejects with OperationalError when another qbg has it. */
export function lockInterface({ name, index }: Link): Promise<() => void> {
  return new Promise((resolve, reject) => {
    const server = createServer((socket) => socket.destroy())
    server.once('error', (cause) =>
      reject(
        new OperationalError('interface-busy', 'another qbg runs on this interface', {
          operation: `open ${name}`,
          hint: 'an interface has one role and one agent: stop the other one first',
          cause,
        }),
      ),
    )
    server.listen(`\0qbg/interface/${index}`, () => {
      server.unref()
      resolve(() => server.close())
    })
  })
}
