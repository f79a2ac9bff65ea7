/**
 * A frame port without a wire: Ethernet frames in IP datagrams (EtherIP, RFC 3378) to and from one peer, for a station
 * and a switch that are joined by IP only. It carries LLDP and ECP and nothing else; whoever can send IP packets under
 * the peer's address can send frames, so it belongs into a lab.
 */
import {
  decodeEtherIp,
  ETHERIP_HEADER_LENGTH,
  ETHERIP_PROTOCOL,
  encodeEtherIp,
  MAX_ETHERIP_FRAME,
} from '../../protocol/wire/etherip.ts'
import { ETHERTYPE_ECP, ETHERTYPE_LLDP } from '../../protocol/wire/ethernet-frame.ts'
import { parseIpv4, parseIpv6 } from '../../protocol/wire/ip-address.ts'
import type { Clock } from '../runtime/clock.ts'
import { OperationalError } from '../runtime/operational-error.ts'
import { ERRNO } from './errno.ts'
import type { EtherIpPeer } from './etherip-name.ts'
import { type FramePort, type FramePortListeners, zeroFramePortCounters } from './frame-port.ts'
import { ProblemReport, sendProblem } from './port-problem.ts'
import { type OpenRawSocket, openRawSocket, type RawSocket } from './raw-socket.ts'

/** Octets of an IP header at most; longer packets than fit behind it are no frames. */
const MAX_IP_HEADER = 60
const BUFFER_SIZE = MAX_IP_HEADER + ETHERIP_HEADER_LENGTH + MAX_ETHERIP_FRAME + 1
/** Packets that wait to be sent; more are refused. */
const MAX_OUTSTANDING = 256
/** A socket that failed is opened again after this time, and one that is closed has so long to send what waits. */
const REOPEN_DELAY = 1000
const LINGER = 200

export interface EtherIpPortOptions {
  readonly name: string
  readonly peer: EtherIpPeer
  readonly clock: Clock
  readonly open?: OpenRawSocket
}

interface OpenSocket {
  readonly socket: RawSocket
  outstanding: number
  closing: boolean
}

export class EtherIpPort implements FramePort {
  readonly name: string
  readonly counters = zeroFramePortCounters()
  readonly #options: EtherIpPortOptions
  #open: OpenSocket | undefined
  #listeners: FramePortListeners | undefined
  #problems: ProblemReport | undefined
  #reopening: (() => void) | undefined

  constructor(options: EtherIpPortOptions) {
    this.name = options.name
    this.#options = options
  }

  open(listeners: FramePortListeners): void {
    if (this.#listeners) return
    this.#open = this.#openSocket()
    this.#listeners = listeners
    this.#problems = new ProblemReport((error) => this.#listeners?.onProblem?.(error))
  }

  send(octets: Uint8Array): void {
    const open = this.#open
    if (open === undefined) return this.#sendFailed(sendProblem(this.name, ERRNO.ENXIO, octets.length))
    const errno = octets.length > MAX_ETHERIP_FRAME ? ERRNO.EMSGSIZE : ERRNO.ENOBUFS
    if (octets.length > MAX_ETHERIP_FRAME || open.outstanding >= MAX_OUTSTANDING) {
      return this.#sendFailed(sendProblem(this.name, errno, octets.length))
    }
    const packet = Buffer.from(encodeEtherIp(octets))
    open.outstanding++
    open.socket.send(packet, 0, packet.length, this.#options.peer.address, (error) => {
      open.outstanding--
      if (error === null) this.counters.sent++
      else this.#sendFailed(this.#problem(`send on ${this.name}`, error))
      if (open.closing && open.outstanding === 0) open.socket.close()
    })
  }

  /** The last frames, a goodbye among them, are sent all the same. */
  close(): void {
    this.#listeners = undefined
    this.#reopening?.()
    this.#reopening = undefined
    const open = this.#open
    this.#open = undefined
    if (open === undefined) return
    open.socket.removeAllListeners()
    open.socket.on('error', () => {})
    open.socket.on('message', () => {})
    if (open.outstanding === 0) return open.socket.close()
    open.closing = true
    const { clock } = this.#options
    clock.wakeAt(clock.now() + LINGER, () => {
      if (open.outstanding > 0) open.socket.close()
    })
  }

  #openSocket(): OpenSocket {
    const { peer, open = openRawSocket } = this.#options
    const { family } = peer
    const options = { protocol: ETHERIP_PROTOCOL, family, bufferSize: BUFFER_SIZE }
    const socket = open(options, `open ${this.name}`)
    const opened = { socket, outstanding: 0, closing: false }
    socket.on('message', (packet, source) => this.#received(packet, source))
    socket.on('error', (error) => this.#failed(opened, error))
    return opened
  }

  /** Other links of this host see the packet as well: it is this one's when it comes from its peer. */
  #received(packet: Buffer, source: string): void {
    if (octetsOf(source) !== this.#options.peer.octets) return
    const frame = decodeEtherIp(this.#payload(packet))
    const etherType = frame && (frame[12]! << 8) | frame[13]!
    if (frame === undefined || (etherType !== ETHERTYPE_LLDP && etherType !== ETHERTYPE_ECP)) {
      this.counters.dropped++
      return
    }
    this.counters.received++
    try {
      this.#listeners?.onFrames([frame])
    } catch (error) {
      setImmediate(() => {
        throw error
      })
    }
  }

  /** The kernel gives the IP header along with IPv4 only. */
  #payload(packet: Buffer): Uint8Array {
    if (this.#options.peer.family === 6) return packet
    return packet.subarray((packet[0]! & 0x0f) * 4)
  }

  #failed(failed: OpenSocket, error: Error): void {
    if (this.#open !== failed) return
    this.#problems?.tell(this.#problem(`receive on ${this.name}`, error))
    this.#open = undefined
    failed.socket.removeAllListeners()
    failed.socket.on('error', () => {})
    failed.socket.close()
    this.#reopen()
  }

  #reopen(): void {
    const { clock } = this.#options
    this.#reopening = clock.wakeAt(clock.now() + REOPEN_DELAY, () => {
      this.#reopening = undefined
      try {
        this.#open = this.#openSocket()
      } catch (error) {
        if (!(error instanceof OperationalError)) throw error
        this.#problems?.tell(error)
        this.#reopen()
      }
    })
  }

  #sendFailed(error: OperationalError): void {
    this.counters.sendErrors++
    this.#problems?.tell(error)
  }

  #problem(operation: string, cause: Error): OperationalError {
    const hint = `look at the route to ${this.#options.peer.address}, and at packet filters: IP protocol 97`
    return new OperationalError('system-call-failed', cause.message, { operation, hint, cause })
  }
}

function octetsOf(address: string): string | undefined {
  return parseIpv4(address) ?? parseIpv6(address)
}
