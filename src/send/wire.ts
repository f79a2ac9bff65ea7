/** The interface that frames are sent on: it has to be there, and up. */
import type { MacAddress } from '../../protocol/wire/mac-address.ts'
import type { FramePort } from '../io/frame-port.ts'
import { PacketPort } from '../io/packet-port.ts'
import { requirePort } from '../netlink/link-errors.ts'
import { LinkMonitor } from '../netlink/link-monitor.ts'
import { type Clock, systemClock } from '../runtime/clock.ts'
import { OperationalError } from '../runtime/operational-error.ts'

export interface Wire {
  readonly port: FramePort
  /** Of the interface. */
  readonly mac: MacAddress
  readonly clock: Clock
  /** Frames that did not leave, and why the first of them did not. */
  readonly trouble: () => { readonly failed: number; readonly problem: OperationalError | undefined }
}

/** Throws OperationalError when the interface cannot be used. Whatever happens, it is let go. */
export async function withWire<T>(name: string, use: (wire: Wire) => Promise<T>): Promise<T> {
  const links = new LinkMonitor()
  links.open()
  const port = new PacketPort(name, links)
  let problem: OperationalError | undefined
  try {
    const operation = `send on ${name}`
    const { mac, up } = requirePort(links, name, operation)
    if (!up) {
      const hint = `ip link set ${name} up; and its other end`
      throw new OperationalError('interface-down', `${name} is down`, { operation, hint })
    }
    port.open({
      onFrames: () => {},
      onProblem: (error) => {
        problem ??= error
      },
    })
    return await use({
      port,
      mac,
      clock: systemClock,
      trouble: () => ({ failed: port.counters.sendErrors, problem }),
    })
  } finally {
    port.close()
    links.close()
  }
}
