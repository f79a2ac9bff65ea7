/**
 * The far end of a bridge port, as a wire: frames of any address, VLAN and ethertype go in, and those that come out
 * are collected. A frame carries a mark that is unique, so that one that came is known as the one that was sent.
 */
import type { MacAddress } from '../../protocol/wire/mac-address.ts'
import { fromHex } from '../../protocol/wire/octets.ts'
import { bind, checked, close, recvfrom, sendto, socket } from '../../src/io/libc.ts'
import { ETH_P_ALL, packetAddress, SOCKADDR_LL_SIZE } from '../../src/io/packet-socket.ts'
import { poller } from '../../src/io/poller.ts'
import { requireEthernet } from '../../src/netlink/link-errors.ts'
import { LinkMonitor } from '../../src/netlink/link-monitor.ts'
import { Collected } from './deadline.ts'

const AF_PACKET = 17
const SOCK_RAW = 3
const SOCK_NONBLOCK = 0x800
const PKTTYPE_OFFSET = 10
const PACKET_OUTGOING = 4
/** Local experimental. Source: 802-2014 §9.2.3. */
const ETHERTYPE = 0x88b5
const MARK = /probe-\d+\./
const LENGTH = 100

export interface ProbeFrame {
  readonly from: MacAddress | string
  readonly to: MacAddress | string
  /** Tagged, with this VID. */
  readonly vid?: number
  readonly ethertype?: number
  /** Octets without FCS. */
  readonly length?: number
}

let marks = 0

export class FrameSegment {
  /** Marks of the frames that came out. */
  readonly seen = new Collected<string>()
  readonly #fd: number
  readonly #address: Buffer
  readonly #unwatch: () => void
  readonly #octets = Buffer.alloc(65_536)

  constructor(name: string) {
    const links = new LinkMonitor()
    links.open()
    const { index } = requireEthernet(links, name, `watch ${name}`)
    links.close()
    this.#address = packetAddress(index, 0)
    this.#fd = checked('socket', socket(AF_PACKET, SOCK_RAW | SOCK_NONBLOCK, 0))
    checked('bind', bind(this.#fd, packetAddress(index, ETH_P_ALL), SOCKADDR_LL_SIZE))
    this.#unwatch = poller.watch(this.#fd, () => this.#drain())
  }

  /** Returns the frame's mark. */
  send(frame: ProbeFrame): string {
    const mark = `probe-${++marks}.`
    const octets = encode(frame, mark)
    this.#address.writeUInt16BE(octets.readUInt16BE(12), 2)
    checked('sendto', sendto(this.#fd, octets, octets.length, 0, this.#address, SOCKADDR_LL_SIZE))
    return mark
  }

  has(mark: string): boolean {
    return this.seen.items.includes(mark)
  }

  async until(mark: string): Promise<void> {
    await this.seen.until(`frame ${mark}`, (items) => items.includes(mark))
  }

  close(): void {
    this.#unwatch()
    close(this.#fd)
  }

  #drain(): void {
    const sender = Buffer.alloc(SOCKADDR_LL_SIZE)
    for (;;) {
      const length = recvfrom(
        this.#fd,
        this.#octets,
        this.#octets.length,
        0,
        sender,
        Buffer.from([20, 0, 0, 0]),
      )
      if (length < 0) return
      if (sender[PKTTYPE_OFFSET] === PACKET_OUTGOING) continue
      const mark = MARK.exec(this.#octets.toString('latin1', 0, length))?.[0]
      if (mark !== undefined) this.seen.add(mark)
    }
  }
}

function encode({ from, to, vid, ethertype = ETHERTYPE, length = LENGTH }: ProbeFrame, mark: string): Buffer {
  const addresses = [to, from].map((mac) => Buffer.from(fromHex(mac.replaceAll(':', ''))))
  const tag = vid === undefined ? [] : [be16(0x8100), be16(vid)]
  const octets = Buffer.concat([...addresses, ...tag, be16(ethertype), Buffer.from(mark)])
  return Buffer.concat([octets, Buffer.alloc(Math.max(0, length - octets.length))])
}

function be16(value: number): Buffer {
  const octets = Buffer.alloc(2)
  octets.writeUInt16BE(value)
  return octets
}
