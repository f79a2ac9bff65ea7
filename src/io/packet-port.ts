/**
 * The frame port on a Linux network interface. It follows the interface by name: through going down, through
 * disappearing and coming back with another index, and into and out of a bridge.
 *
 * An interface of its own gets one socket for each ethertype, so that its data traffic never touches us. A port of
 * a bridge, Open vSwitch or the like gets one socket for all protocols with a filter: such a master takes frames
 * off the interface before ethertype sockets see them. See reference.md 1.2.
 */
import { ETHERTYPE_ECP, ETHERTYPE_LLDP } from '../../protocol/wire/ethernet-frame.ts'
import type { Link, LinkSource } from '../netlink/link.ts'
import { requireEthernet } from '../netlink/link-errors.ts'
import { OperationalError } from '../runtime/operational-error.ts'
import { ERRNO, SystemCallError } from './errno.ts'
import { type FramePort, type FramePortListeners, zeroFramePortCounters } from './frame-port.ts'
import { close, lastErrno, sendto, takeSocketError } from './libc.ts'
import { receiveFrames } from './packet-receiver.ts'
import {
  ETH_P_ALL,
  openPacketSocket,
  packetAddress,
  SOCKADDR_LL_SIZE,
  takeDropCount,
} from './packet-socket.ts'
import { EPOLLERR, poller } from './poller.ts'
import { notPermitted, ProblemReport, sendProblem } from './port-problem.ts'

interface Attachment {
  readonly index: number
  /** Bound to all protocols instead of the two ethertypes. */
  readonly tap: boolean
  readonly sockets: readonly { readonly fd: number; readonly unwatch: () => void }[]
  readonly address: Buffer
}

export class PacketPort implements FramePort {
  readonly name: string
  readonly #links: LinkSource
  readonly #counters = zeroFramePortCounters()
  #attachment: Attachment | undefined
  #listeners: FramePortListeners | undefined
  #problems: ProblemReport | undefined
  #unwatch: (() => void) | undefined

  constructor(name: string, links: LinkSource) {
    this.name = name
    this.#links = links
  }

  get counters() {
    for (const { fd } of this.#attachment?.sockets ?? []) this.#counters.dropped += takeDropCount(fd)
    return { ...this.#counters }
  }

  open(listeners: FramePortListeners): void {
    if (this.#listeners) return
    const link = requireEthernet(this.#links, this.name, `open ${this.name}`)
    this.#attach(link)
    this.#listeners = listeners
    this.#problems = new ProblemReport((error) => this.#listeners?.onProblem?.(error))
    this.#unwatch = this.#links.watch(this.name, (now) => this.#follow(now))
  }

  send(octets: Uint8Array): void {
    const attachment = this.#attachment
    if (attachment === undefined) return this.#sendFailed(ERRNO.ENXIO, octets)
    // The ethertype goes along: a socket for all protocols would send under that protocol otherwise.
    attachment.address[2] = octets[12] ?? 0
    attachment.address[3] = octets[13] ?? 0
    const { fd } = attachment.sockets[0]!
    if (sendto(fd, octets, octets.length, 0, attachment.address, SOCKADDR_LL_SIZE) < 0) {
      this.#sendFailed(lastErrno(), octets)
    } else {
      this.#counters.sent++
    }
  }

  close(): void {
    this.#listeners = undefined
    this.#unwatch?.()
    this.#unwatch = undefined
    this.#detach()
  }

  #follow(link: Link | null): void {
    if (link?.ethernet && this.#fits(link)) return
    this.#detach()
    try {
      this.#attach(requireEthernet(this.#links, this.name, `follow ${this.name}`))
    } catch (error) {
      if (!(error instanceof OperationalError)) throw error
      this.#problems?.tell(error)
    }
  }

  #fits(link: Link): boolean {
    return this.#attachment?.index === link.index && this.#attachment.tap === hasMaster(link)
  }

  #attach(link: Link): void {
    const tap = hasMaster(link)
    const sockets: { fd: number; unwatch: () => void }[] = []
    try {
      for (const protocol of tap ? [ETH_P_ALL] : [ETHERTYPE_LLDP, ETHERTYPE_ECP]) {
        sockets.push(this.#openSocket(link.index, protocol))
      }
    } catch (error) {
      closeAll(sockets)
      throw openProblem(this.name, error)
    }
    this.#attachment = { index: link.index, tap, sockets, address: packetAddress(link.index, 0) }
  }

  #openSocket(index: number, protocol: number): { fd: number; unwatch: () => void } {
    const fd = openPacketSocket(index, protocol)
    try {
      return { fd, unwatch: poller.watch(fd, (events) => this.#ready(fd, events)) }
    } catch (error) {
      close(fd)
      throw error
    }
  }

  #detach(): void {
    const attachment = this.#attachment
    if (attachment === undefined) return
    for (const { fd } of attachment.sockets) this.#counters.dropped += takeDropCount(fd)
    this.#attachment = undefined
    closeAll(attachment.sockets)
  }

  /** An error here says that the interface went down or away. The link monitor tells more; the socket lives on. */
  #ready(fd: number, events: number): void {
    if (events & EPOLLERR) takeSocketError(fd)
    const { frames, dropped } = receiveFrames(fd)
    this.#counters.dropped += dropped
    if (frames.length === 0) return
    this.#counters.received += frames.length
    this.#listeners?.onFrames(frames)
  }

  #sendFailed(errno: number, octets: Uint8Array): void {
    this.#counters.sendErrors++
    this.#problems?.tell(sendProblem(this.name, errno, octets.length))
  }
}

function hasMaster(link: Link): boolean {
  return link.master !== undefined
}

function closeAll(sockets: Attachment['sockets']): void {
  for (const { fd, unwatch } of sockets) {
    unwatch()
    close(fd)
  }
}

function openProblem(name: string, error: unknown): unknown {
  if (!(error instanceof SystemCallError)) return error
  const operation = `open ${name}`
  if (error.errno === ERRNO.EPERM || error.errno === ERRNO.EACCES) return notPermitted(operation, error)
  if (error.errno === ERRNO.ENODEV || error.errno === ERRNO.ENXIO) {
    return new OperationalError('no-such-interface', 'it has just gone', { operation, cause: error })
  }
  return new OperationalError('system-call-failed', error.message, { operation, cause: error })
}
