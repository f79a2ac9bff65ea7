/** A packet port at one end of a veth pair, with what it needs, for the tests of real sockets. */
import type { FramePort } from '../../src/io/frame-port.ts'
import { PacketPort } from '../../src/io/packet-port.ts'
import { LinkMonitor } from '../../src/netlink/link-monitor.ts'
import type { OperationalError } from '../../src/runtime/operational-error.ts'
import { Collected } from './deadline.ts'
import { removeLinks } from './namespaces.ts'

export interface PacketRig {
  readonly links: LinkMonitor
  /** Opens a packet port and collects what it says. */
  readonly port: (name: string) => {
    readonly port: FramePort
    readonly frames: Collected<Uint8Array>
    readonly problems: OperationalError[]
  }
}

/** Runs `body`, then closes every port and takes every interface away that came since. */
export async function withPackets(body: (rig: PacketRig) => Promise<void> | void): Promise<void> {
  const links = new LinkMonitor()
  links.open()
  const before = new Set(links.list().map(({ name }) => name))
  const ports: FramePort[] = []
  try {
    await body({
      links,
      port: (name) => {
        const frames = new Collected<Uint8Array>()
        const problems: OperationalError[] = []
        const port = new PacketPort(name, links)
        ports.push(port)
        port.open({ onFrames: frames.addAll, onProblem: (error) => problems.push(error) })
        return { port, frames, problems }
      },
    })
  } finally {
    for (const port of ports) port.close()
    links.close()
    const after = new LinkMonitor()
    after.open()
    removeLinks(
      ...after
        .list()
        .map(({ name }) => name)
        .filter((name) => !before.has(name)),
    )
    after.close()
  }
}

/** Waits until the monitor says so of the interface. */
export async function untilLink(
  links: LinkMonitor,
  name: string,
  what: string,
  enough: (link: ReturnType<LinkMonitor['find']>) => boolean,
): Promise<void> {
  const seen = new Collected<ReturnType<LinkMonitor['find']>>()
  const end = links.watch(name, (link) => seen.add(link ?? undefined))
  try {
    await seen.until(what, (items) => enough(items.at(-1)))
  } finally {
    end()
  }
}
