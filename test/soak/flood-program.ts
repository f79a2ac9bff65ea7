/**
 * Floods an interface with frames that are all different and all look right: `flood-program IFACE PEER SECONDS ROLE RATE STRANGERS`.
 *
 * STRANGERS a second, or as many as go: LLDPDUs of new neighbours, some with a broken EVB TLV, and ECPDUs with new VSIs of strangers. At RATE
 * a second, because nothing tells them from those of the neighbour itself: ECPDUs with new VSIs, and some with new numbers
 * only, under the address of PEER. ROLE: of the daemon at the other end. Prints how many frames left.
 */
import koffi from 'koffi'
import { encodeEcpdu } from '../../protocol/ecp/ecpdu.ts'
import { encodeUlpdu } from '../../protocol/vdp/ulpdu.ts'
import type { MacAddress } from '../../protocol/wire/mac-address.ts'
import { addressOf, bind, lastErrno, socket } from '../../src/io/libc.ts'
import { packetAddress, SOCKADDR_LL_SIZE } from '../../src/io/packet-socket.ts'
import { LinkMonitor } from '../../src/netlink/link-monitor.ts'
import { evbFrame } from '../support/lldp.ts'
import { longEvbFrame } from '../support/mutated-frames.ts'
import { command, tlv } from '../support/vdp.ts'

const AF_PACKET = 17
const SOCK_RAW = 3
const ENOBUFS = 105
const BATCH = 60
/** Octets of struct mmsghdr and struct iovec. */
const MESSAGE = 64
const VECTOR = 16
/** Where a frame has the source address's last four octets, the chassis ID's, an ECPDU's number, a VSIID's last four. */
const SOURCE = 8
const CHASSIS = 19
const PORT_ID = 28
const SEQUENCE = 16
const VSI_ID = 14 + 4 + 18 + 2 + 6 + 12
const DISTINCT = 100_000

const [name = '', peer = '', seconds = '60', role = 'bridge', rate = '300', most = 'Infinity'] =
  process.argv.slice(3)
const status = role === 'bridge' ? 0 : 0x40
const stranger = '02:00:00:00:00:00' as MacAddress

const ecp = (from: string) => {
  const item = { association: tlv(command(1), status), organizational: [] }
  const ecpdu = encodeEcpdu({ op: 0, subtype: 1, sequence: 0 }, encodeUlpdu('0'.repeat(32), [item]))
  const head = Buffer.from(`0180c2000000${from.replaceAll(':', '')}8940`, 'hex')
  return Buffer.concat([head, ecpdu])
}
const lldp = (frame: Uint8Array) => Buffer.from(frame)

type Kind = readonly [frame: () => Buffer, change: (frame: Buffer, number: number) => void]
const asNeighbor = (frame: Buffer, number: number) => {
  frame.writeUInt32BE(number, SOURCE)
  frame.writeUInt32BE(number, CHASSIS)
  frame.writeUInt32BE(number, PORT_ID)
}
const STRANGERS: readonly Kind[] = [
  [() => lldp(evbFrame('03006e5414', { from: stranger })), asNeighbor],
  [
    () => ecp(stranger),
    (frame, number) => {
      frame.writeUInt32BE(number, SOURCE)
      frame.writeUInt32BE(number, VSI_ID)
    },
  ],
  [() => lldp(longEvbFrame()), asNeighbor],
]
const newVsi: Kind = [
  () => ecp(peer),
  (frame, number) => {
    frame.writeUInt16BE(number & 0xffff, SEQUENCE)
    frame.writeUInt32BE(number, VSI_ID)
  },
]
const newNumber: Kind = [
  () => ecp(peer),
  (frame, number) => frame.writeUInt16BE((number + 0x8000) & 0xffff, SEQUENCE),
]
const PEERS: readonly Kind[] = [newVsi, newVsi, newVsi, newVsi, newNumber]

const links = new LinkMonitor()
links.open()
const { index } = links.find(name)!
links.close()
const fd = socket(AF_PACKET, SOCK_RAW, 0)
if (bind(fd, packetAddress(index, 0), SOCKADDR_LL_SIZE) < 0) throw new Error(`bind: errno ${lastErrno()}`)
const sendmmsg: (fd: number, messages: Uint8Array, count: number, flags: number) => number = koffi
  .load(null)
  .func('int sendmmsg(int, void *, uint, int)')

/** Frames for one call. Each part is referred to by address from another; all live as long as this object. */
class Batch {
  sent = 0
  readonly #kinds: readonly Kind[]
  readonly #frames: readonly Buffer[]
  readonly #messages = Buffer.allocUnsafeSlow(BATCH * MESSAGE).fill(0)
  readonly #vectors = Buffer.allocUnsafeSlow(BATCH * VECTOR)
  #number = 1000

  constructor(kinds: readonly Kind[]) {
    this.#kinds = Array.from({ length: BATCH }, (_, place) => kinds[place % kinds.length]!)
    this.#frames = this.#kinds.map(([frame]) => frame())
    const vectors = addressOf(this.#vectors)
    for (const [place, frame] of this.#frames.entries()) {
      this.#vectors.writeBigUInt64LE(addressOf(frame), place * VECTOR)
      this.#vectors.writeBigUInt64LE(BigInt(frame.length), place * VECTOR + 8)
      this.#messages.writeBigUInt64LE(vectors + BigInt(place * VECTOR), place * MESSAGE + 16)
      this.#messages.writeBigUInt64LE(1n, place * MESSAGE + 24)
    }
  }

  send(): void {
    for (const [place, frame] of this.#frames.entries())
      this.#kinds[place]![1](frame, this.#number++ % (DISTINCT + 1000))
    const count = sendmmsg(fd, this.#messages, BATCH, 0)
    if (count > 0) this.sent += count
    else if (lastErrno() !== ENOBUFS) throw new Error(`sendmmsg: errno ${lastErrno()}`)
    if (this.#vectors.length === 0) throw new Error('never: it is kept for the kernel')
  }
}

const [strangers, peers] = [new Batch(STRANGERS), new Batch(PEERS)]
const start = performance.now()
for (let now = start; now < start + Number(seconds) * 1000; now = performance.now()) {
  const passed = (now - start) / 1000
  if (strangers.sent < passed * Number(most)) strangers.send()
  if (peers.sent < passed * Number(rate)) peers.send()
}
console.log(JSON.stringify({ strangers: strangers.sent, peers: peers.sent }))
