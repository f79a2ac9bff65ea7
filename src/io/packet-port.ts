/**
 * The frame port on a Linux network interface. It follows the interface by name: through going down, through
 * disappearing and coming back with another index, and into and out of a bridge.
 *
 * LLDP and ECP have a socket each, and so has, as soon as it is known, the neighbour that is preferred: each has its
 * own receive buffer, so that a flood of one does not take the room of the others. The sockets of an interface of its
 * own are bound to one ethertype, so that its data traffic never touches us; those of a port of a bridge, Open vSwitch
 * or the like are bound to all protocols, with a filter: such a master takes frames off the interface before ethertype
 * sockets see them. See reference.md 1.2.
 */
import { ETHERTYPE_ECP, ETHERTYPE_LLDP } from '../../protocol/wire/ethernet-frame.ts'
import type { MacAddress } from '../../protocol/wire/mac-address.ts'
import type { Link, LinkSource } from '../netlink/link.ts'
import { requireEthernet } from '../netlink/link-errors.ts'
import { OperationalError } from '../runtime/operational-error.ts'
import { ERRNO, SystemCallError } from './errno.ts'
import { type FramePort, type FramePortListeners, zeroFramePortCounters } from './frame-port.ts'
import { close, lastErrno, sendto, takeSocketError } from './libc.ts'
import { attachFilter, type PacketFilter } from './packet-filter.ts'
import { FRAMES_AT_ONCE, receiveFrames } from './packet-receiver.ts'
import {
  ETH_P_ALL,
  openPacketSocket,
  packetAddress,
  SOCKADDR_LL_SIZE,
  takeDropCount,
} from './packet-socket.ts'
import { EPOLLERR, poller } from './poller.ts'
import { framesLost, notPermitted, ProblemReport, sendProblem } from './port-problem.ts'

interface Lane {
  readonly fd: number
  readonly etherTypes: readonly number[]
  readonly unwatch: () => void
}

interface Attachment {
  readonly index: number
  /** Bound to all protocols instead of the two ethertypes. */
  readonly tap: boolean
  /** For anybody's frames, or, beside those of the preferred neighbour, for those of all others. */
  readonly common: readonly Lane[]
  readonly preferred: Lane[]
  readonly address: Buffer
}

const BOTH = [ETHERTYPE_LLDP, ETHERTYPE_ECP]
/** Times FRAMES_AT_ONCE that are taken at one wake-up: of the neighbour's, and of those of anybody. */
const PREFERRED_ROUNDS = 4
const COMMON_ROUNDS = 1

export class PacketPort implements FramePort {
  readonly name: string
  readonly #links: LinkSource
  readonly #counters = zeroFramePortCounters()
  #attachment: Attachment | undefined
  #listeners: FramePortListeners | undefined
  #problems: ProblemReport | undefined
  #unwatch: (() => void) | undefined
  #preferred: MacAddress | null = null

  constructor(name: string, links: LinkSource) {
    this.name = name
    this.#links = links
  }

  get counters() {
    for (const lane of lanesOf(this.#attachment)) this.#countLost(lane)
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
    const { fd } = attachment.common[0]!
    if (sendto(fd, octets, octets.length, 0, attachment.address, SOCKADDR_LL_SIZE) < 0) {
      this.#sendFailed(lastErrno(), octets)
    } else {
      this.#counters.sent++
    }
  }

  prefer(address: MacAddress | null): void {
    if (address === this.#preferred) return
    this.#preferred = address
    if (this.#attachment === undefined) return
    this.#closePreferred()
    if (address !== null) this.#openPreferred(address)
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
    const { index } = link
    const tap = hasMaster(link)
    const common: Lane[] = []
    try {
      for (const type of BOTH) common.push(this.#openLane(index, tap, { etherTypes: [type] }))
    } catch (error) {
      closeAll(common)
      throw openProblem(this.name, error)
    }
    this.#attachment = { index, tap, common, preferred: [], address: packetAddress(index, 0) }
    if (this.#preferred !== null) this.#openPreferred(this.#preferred)
  }

  #openLane(index: number, tap: boolean, filter: PacketFilter): Lane {
    const { etherTypes } = filter
    const fd = openPacketSocket(index, tap ? ETH_P_ALL : etherTypes[0]!, filter)
    try {
      const lane: Lane = { fd, etherTypes, unwatch: poller.watch(fd, (events) => this.#ready(lane, events)) }
      return lane
    } catch (error) {
      close(fd)
      throw error
    }
  }

  /** Its own lanes first, then none of its frames in the others: a frame may come twice meanwhile, but is not missed. */
  #openPreferred(from: MacAddress): void {
    const { index, tap, preferred, common } = this.#attachment!
    const groups = tap ? [BOTH] : BOTH.map((type) => [type])
    try {
      for (const etherTypes of groups) preferred.push(this.#openLane(index, tap, { etherTypes, from }))
      for (const { fd, etherTypes } of common) attachFilter(fd, { etherTypes, notFrom: from })
    } catch (error) {
      this.#closePreferred()
      this.#problems?.tell(openProblem(this.name, error) as OperationalError)
    }
  }

  #closePreferred(): void {
    const { preferred, common } = this.#attachment!
    for (const { fd, etherTypes } of common) attachFilter(fd, { etherTypes })
    for (const lane of preferred) this.#countLost(lane)
    closeAll(preferred.splice(0))
  }

  #detach(): void {
    const attachment = this.#attachment
    if (attachment === undefined) return
    for (const lane of lanesOf(attachment)) this.#countLost(lane)
    this.#attachment = undefined
    closeAll(lanesOf(attachment))
  }

  /**
   * The neighbour's frames are taken first, whoever's wake-up it is. An error here says that the interface went down or
   * away. The link monitor tells more; the socket lives on.
   */
  #ready(lane: Lane, events: number): void {
    if (events & EPOLLERR) takeSocketError(lane.fd)
    const preferred = this.#attachment?.preferred ?? []
    const frames = preferred.flatMap((one) => this.#take(one, PREFERRED_ROUNDS))
    if (!preferred.includes(lane)) frames.push(...this.#take(lane, COMMON_ROUNDS))
    if (frames.length > 0) this.#listeners?.onFrames(frames)
  }

  /** Where many are taken at once, some may have been lost. */
  #take(lane: Lane, rounds: number): readonly Uint8Array[] {
    const { frames, dropped } = receiveFrames(lane.fd, rounds)
    this.#counters.dropped += dropped
    this.#counters.received += frames.length
    if (frames.length + dropped >= FRAMES_AT_ONCE) this.#countLost(lane)
    return frames
  }

  #countLost({ fd }: Lane): void {
    const lost = takeDropCount(fd)
    if (lost === 0) return
    this.#counters.lost += lost
    this.#problems?.tell(framesLost(this.name, this.#counters.lost))
  }

  #sendFailed(errno: number, octets: Uint8Array): void {
    this.#counters.sendErrors++
    this.#problems?.tell(sendProblem(this.name, errno, octets.length))
  }
}

function hasMaster(link: Link): boolean {
  return link.master !== undefined
}

function lanesOf(attachment: Attachment | undefined): readonly Lane[] {
  return attachment === undefined ? [] : [...attachment.preferred, ...attachment.common]
}

function closeAll(lanes: readonly Lane[]): void {
  for (const { fd, unwatch } of lanes) {
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
