/** What a port on the network says when it cannot do its work, and how often it says so. */
import { OperationalError } from '../runtime/operational-error.ts'
import { ERRNO, SystemCallError } from './errno.ts'

/** The same problem is told again after this time at the earliest; the counters have every case. Milliseconds. */
const QUIET_TIME = 10_000

export class ProblemReport {
  readonly #tell: (error: OperationalError) => void
  readonly #told = new Map<string, number>()

  constructor(tell: (error: OperationalError) => void) {
    this.#tell = tell
  }

  tell(error: OperationalError): void {
    const now = performance.now()
    if (now - (this.#told.get(error.code) ?? Number.NEGATIVE_INFINITY) < QUIET_TIME) return
    this.#told.set(error.code, now)
    this.#tell(error)
  }
}

export function notPermitted(operation: string, cause: unknown): OperationalError {
  const hint =
    'grant CAP_NET_RAW and CAP_NET_ADMIN: run as root, or AmbientCapabilities= in a systemd unit, or setcap cap_net_raw,cap_net_admin+ep on a copy of node'
  return new OperationalError('not-permitted', 'not permitted', { operation, hint, cause })
}

export function framesLost(name: string, count: number): OperationalError {
  return new OperationalError('frames-lost', `${count} frames were lost: more come than can be taken`, {
    operation: `receive on ${name}`,
    hint: 'look for who floods 01-80-C2-00-00-00 on this link; the frames of the EVB neighbour have room of their own',
  })
}

export function sendProblem(name: string, errno: number, octets: number): OperationalError {
  const operation = `send on ${name}`
  const cause = new SystemCallError('sendto', errno)
  switch (errno) {
    case ERRNO.ENETDOWN:
      return new OperationalError('interface-down', 'the interface is down', { operation, cause })
    case ERRNO.ENXIO:
    case ERRNO.ENODEV:
      return new OperationalError('no-such-interface', 'the interface is gone', { operation, cause })
    case ERRNO.ENOBUFS:
    case ERRNO.EAGAIN:
      return new OperationalError('interface-busy', 'the transmit queue is full', { operation, cause })
    case ERRNO.EMSGSIZE: {
      const hint = 'the MTU must be at least 1500'
      return new OperationalError('system-call-failed', `${octets} octets do not fit`, {
        operation,
        hint,
        cause,
      })
    }
    default:
      return new OperationalError('system-call-failed', cause.message, { operation, cause })
  }
}
