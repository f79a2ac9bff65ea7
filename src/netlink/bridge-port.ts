/**
 * Reflective relay in the data path of a Linux bridge: the hairpin flag of one of its ports, set and read over
 * rtnetlink. Each call is over, and acknowledged by the kernel, when it returns. Source: linux/if_bridge.h.
 */
import { ERRNO, SystemCallError } from '../io/errno.ts'
import { notPermitted } from '../io/port-problem.ts'
import { OperationalError } from '../runtime/operational-error.ts'
import { askKernel } from './asking-socket.ts'
import type { Link } from './link.ts'
import {
  AF_BRIDGE,
  AF_UNSPEC,
  decodeLinkMessage,
  encodeLinkRequest,
  IFLA_BRPORT_MODE,
  IFLA_PROTINFO,
  RTM_GETLINK,
  RTM_SETLINK,
  WITHOUT_STATISTICS,
} from './link-message.ts'
import { encodeAttribute, encodeNested, NLM_F_ACK } from './netlink-message.ts'

type PortOfBridge = Pick<Link, 'index' | 'name'>

/** Throws OperationalError: not-a-bridge-port, no-such-interface, not-permitted. */
export function setHairpin(port: PortOfBridge, enabled: boolean): void {
  const operation = `set hairpin ${enabled ? 'on' : 'off'} on ${port.name}`
  readHairpin(port, operation)
  const mode = encodeAttribute(IFLA_BRPORT_MODE, Uint8Array.of(enabled ? 1 : 0))
  ask(operation, RTM_SETLINK, encodeLinkRequest(AF_BRIDGE, port.index, encodeNested(IFLA_PROTINFO, mode)))
}

/** The flag as the kernel has it now. Throws OperationalError: not-a-bridge-port, no-such-interface. */
export function readHairpin(port: PortOfBridge, operation = `read hairpin of ${port.name}`): boolean {
  const answer = ask(operation, RTM_GETLINK, encodeLinkRequest(AF_UNSPEC, port.index, WITHOUT_STATISTICS))
  const change = answer.map(decodeLinkMessage).find((said) => said?.type === 'present')
  const bridgePort = change?.type === 'present' ? change.link.bridgePort : undefined
  if (bridgePort === undefined) {
    const hint = `put it into a bridge: ip link set ${port.name} master BRIDGE`
    throw new OperationalError('not-a-bridge-port', 'it is not a port of a Linux bridge', { operation, hint })
  }
  return bridgePort.hairpin
}

function ask(operation: string, type: number, payload: Uint8Array) {
  try {
    return askKernel(type, NLM_F_ACK, payload)
  } catch (error) {
    throw error instanceof SystemCallError ? explain(operation, error) : error
  }
}

function explain(operation: string, cause: SystemCallError): OperationalError {
  switch (cause.errno) {
    case ERRNO.EPERM:
    case ERRNO.EACCES:
      return notPermitted(operation, cause)
    case ERRNO.ENODEV:
      return new OperationalError('no-such-interface', 'the interface is gone', { operation, cause })
    default:
      return new OperationalError('system-call-failed', cause.message, { operation, cause })
  }
}
