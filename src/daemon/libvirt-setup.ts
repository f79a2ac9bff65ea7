/** Puts the agent for libvirt on the machine: the real socket, /proc, the pid file that is asked for. */

import { processTable } from '../libvirt/netlink-table.ts'
import { DEFAULT_PID_FILE } from '../libvirt/pid-file.ts'
import { RequestSocket } from '../libvirt/request-socket.ts'
import type { LinkSource } from '../netlink/link.ts'
import { systemClock } from '../runtime/clock.ts'
import type { Log } from '../runtime/log.ts'
import type { Daemon, DaemonPlan } from './compose.ts'
import { LibvirtService } from './libvirt.ts'

/** Undefined when it is not wanted. Has to come before every other netlink socket. Throws OperationalError. */
export function openLibvirtSocket({ role, settings }: DaemonPlan): RequestSocket | undefined {
  const { enabled = false, port = process.pid } = settings.libvirt ?? {}
  return role === 'station' && enabled ? new RequestSocket(port) : undefined
}

export function createLibvirtService(
  { settings }: DaemonPlan,
  socket: RequestSocket,
  daemon: Daemon,
  { links, log }: { readonly links: LinkSource; readonly log: Log },
): LibvirtService {
  const pidFile = settings.libvirt?.pidFile ?? DEFAULT_PID_FILE
  const { portSet: ports, agent } = daemon
  const service = new LibvirtService({
    socket,
    pidFile,
    table: processTable,
    ports,
    links,
    clock: systemClock,
    log,
  })
  agent.libvirt = () => service.status()
  return service
}
