/**
 * Takes frames off packet sockets, many with one system call, and sorts out those that are not this port's.
 * Source: packet(7), recvmmsg(2), linux/if_packet.h.
 *
 * The kernel strips the outermost VLAN tag before it shows a frame. On a socket for all protocols the tag is in
 * the auxiliary data; on a socket for one ethertype it is gone from there too, and such a frame is marked as
 * another host's. VLAN 0 is a priority tag and means untagged (802.1Q-2018 §6.9.1).
 */
import { addressOf, lastErrno, recvmmsg } from './libc.ts'

const SLOTS = 64
/** Frames taken with one system call. */
export const FRAMES_AT_ONCE = SLOTS
/** More than any LLDP or ECP frame: what is cut off at this length is too long anyway. */
const SLOT_OCTETS = 2048

const MMSGHDR = {
  size: 64,
  name: 0,
  nameLength: 8,
  iov: 16,
  iovLength: 24,
  control: 32,
  controlLength: 40,
  length: 56,
}
const IOVEC_SIZE = 16
const SOCKADDR_LL_SIZE = 20
const PKTTYPE_OFFSET = 10
const PACKET_OTHERHOST = 3
const PACKET_OUTGOING = 4
/** One cmsg with struct tpacket_auxdata: header 16, auxdata 20, padded to 40. */
const CONTROL_SIZE = 40
const SOL_PACKET = 263
const PACKET_AUXDATA = 8
const TP_STATUS_OFFSET = 16
const TP_VLAN_TCI_OFFSET = 32
const TP_STATUS_VLAN_VALID = 1 << 4
const MSG_DONTWAIT = 0x40

export interface Received {
  readonly frames: Uint8Array[]
  /** Frames that were tagged for a VLAN, another host's, or our own going out. */
  readonly dropped: number
  /** What ended it: 0 or the error number of the last call. */
  readonly errno: number
}

/** One for the whole process: receiving is synchronous and frames are copied out before anybody sees them. */
class PacketReceiver {
  // Each part is referred to by address from another; all live as long as this object.
  readonly #messages = Buffer.allocUnsafeSlow(SLOTS * MMSGHDR.size).fill(0)
  readonly #iovecs = Buffer.allocUnsafeSlow(SLOTS * IOVEC_SIZE)
  readonly #names = Buffer.allocUnsafeSlow(SLOTS * SOCKADDR_LL_SIZE)
  readonly #controls = Buffer.allocUnsafeSlow(SLOTS * CONTROL_SIZE)
  /** No Buffer: its `slice` shares memory, and a frame is given away for good. */
  readonly #octets = new Uint8Array(Buffer.allocUnsafeSlow(SLOTS * SLOT_OCTETS).buffer)

  constructor() {
    const names = addressOf(this.#names)
    const iovecs = addressOf(this.#iovecs)
    const controls = addressOf(this.#controls)
    const octets = addressOf(this.#octets)
    for (let slot = 0; slot < SLOTS; slot++) {
      const message = slot * MMSGHDR.size
      const iovec = slot * IOVEC_SIZE
      this.#messages.writeBigUInt64LE(names + BigInt(slot * SOCKADDR_LL_SIZE), message + MMSGHDR.name)
      this.#messages.writeBigUInt64LE(iovecs + BigInt(iovec), message + MMSGHDR.iov)
      this.#messages.writeBigUInt64LE(1n, message + MMSGHDR.iovLength)
      this.#messages.writeBigUInt64LE(controls + BigInt(slot * CONTROL_SIZE), message + MMSGHDR.control)
      this.#iovecs.writeBigUInt64LE(octets + BigInt(slot * SLOT_OCTETS), iovec)
      this.#iovecs.writeBigUInt64LE(BigInt(SLOT_OCTETS), iovec + 8)
      this.#prepare(slot)
    }
  }

  receive(fd: number, rounds: number): Received {
    const frames: Uint8Array[] = []
    let dropped = 0
    for (let round = 0; round < rounds; round++) {
      const count = recvmmsg(fd, this.#messages, SLOTS, MSG_DONTWAIT, null)
      if (count < 0) return { frames, dropped, errno: lastErrno() }
      for (let slot = 0; slot < count; slot++) {
        if (this.#isOurs(slot)) frames.push(this.#copy(slot))
        else dropped++
        this.#prepare(slot)
      }
      if (count < SLOTS) break
    }
    return { frames, dropped, errno: 0 }
  }

  /** The kernel shortens these lengths to what it wrote. */
  #prepare(slot: number): void {
    this.#messages.writeUInt32LE(SOCKADDR_LL_SIZE, slot * MMSGHDR.size + MMSGHDR.nameLength)
    this.#messages.writeUInt32LE(CONTROL_SIZE, slot * MMSGHDR.size + MMSGHDR.controlLength)
  }

  #copy(slot: number): Uint8Array {
    const length = this.#messages.readUInt32LE(slot * MMSGHDR.size + MMSGHDR.length)
    const start = slot * SLOT_OCTETS
    return this.#octets.slice(start, start + length)
  }

  #isOurs(slot: number): boolean {
    const type = this.#names[slot * SOCKADDR_LL_SIZE + PKTTYPE_OFFSET]
    return type !== PACKET_OTHERHOST && type !== PACKET_OUTGOING && this.#vlan(slot) === 0
  }

  #vlan(slot: number): number {
    if (this.#messages.readUInt32LE(slot * MMSGHDR.size + MMSGHDR.controlLength) === 0) return 0
    const control = slot * CONTROL_SIZE
    if (this.#controls.readInt32LE(control + 8) !== SOL_PACKET) return 0
    if (this.#controls.readInt32LE(control + 12) !== PACKET_AUXDATA) return 0
    const status = this.#controls.readUInt32LE(control + TP_STATUS_OFFSET)
    return status & TP_STATUS_VLAN_VALID
      ? this.#controls.readUInt16LE(control + TP_VLAN_TCI_OFFSET) & 0xfff
      : 0
  }
}

let receiver: PacketReceiver | undefined

/**
 * Takes what waits on a packet socket that was opened with PACKET_AUXDATA, `rounds` times FRAMES_AT_ONCE at most: a
 * flood leaves the event loop room for everything else.
 */
export function receiveFrames(fd: number, rounds: number): Received {
  receiver ??= new PacketReceiver()
  return receiver.receive(fd, rounds)
}
