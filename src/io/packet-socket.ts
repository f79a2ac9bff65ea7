/**
 * One AF_PACKET socket bound to one interface: its options and group memberships. What it is used for is
 * in `packet-port.ts`. Source: packet(7), socket(7), linux/if_packet.h, linux/filter.h.
 */
import {
  type MacAddress,
  NEAREST_BRIDGE,
  NEAREST_CUSTOMER_BRIDGE,
  NEAREST_NON_TPMR_BRIDGE,
} from '../../protocol/wire/mac-address.ts'
import { fromHex } from '../../protocol/wire/octets.ts'
import { SystemCallError } from './errno.ts'
import { bind, checked, close, getsockopt, setIntOption, setsockopt, socket } from './libc.ts'
import { attachFilter, type PacketFilter } from './packet-filter.ts'

const AF_PACKET = 17
const SOCK_RAW = 3
const SOCK_NONBLOCK = 0x800
const SOCK_CLOEXEC = 0x80000
const SOL_SOCKET = 1
const SO_RCVBUF = 8
const SO_PRIORITY = 12
const SO_RCVBUFFORCE = 33
const SOL_PACKET = 263
const PACKET_ADD_MEMBERSHIP = 1
const PACKET_STATISTICS = 6
const PACKET_AUXDATA = 8
const PACKET_IGNORE_OUTGOING = 23
const PACKET_MR_MULTICAST = 0
/** Network control, as other LLDP agents have it: ahead of data in a full transmit queue. */
const TC_PRIO_CONTROL = 7
const RECEIVE_BUFFER_OCTETS = 4 * 1024 * 1024

export const ETH_P_ALL = 0x0003
export const SOCKADDR_LL_SIZE = 20

const GROUPS: readonly MacAddress[] = [NEAREST_CUSTOMER_BRIDGE, NEAREST_NON_TPMR_BRIDGE, NEAREST_BRIDGE]

/** struct sockaddr_ll for an interface; `protocol` is an ethertype or ETH_P_ALL. */
export function packetAddress(index: number, protocol: number): Buffer {
  const address = Buffer.alloc(SOCKADDR_LL_SIZE)
  address.writeUInt16LE(AF_PACKET, 0)
  address.writeUInt16BE(protocol, 2)
  address.writeInt32LE(index, 4)
  return address
}

/** A bound, non-blocking packet socket. Throws SystemCallError; nothing is left open then. */
export function openPacketSocket(index: number, protocol: number, filter: PacketFilter): number {
  // Protocol 0: nothing arrives before the filter is in place and the socket is bound.
  const fd = checked('socket', socket(AF_PACKET, SOCK_RAW | SOCK_NONBLOCK | SOCK_CLOEXEC, 0))
  try {
    attachFilter(fd, filter)
    setIntOption(fd, SOL_PACKET, PACKET_AUXDATA, 1)
    optional(() => setIntOption(fd, SOL_PACKET, PACKET_IGNORE_OUTGOING, 1)) // Linux 4.20; else dropped on receipt
    optional(() => setIntOption(fd, SOL_SOCKET, SO_PRIORITY, TC_PRIO_CONTROL))
    enlargeReceiveBuffer(fd)
    checked('bind', bind(fd, packetAddress(index, protocol), SOCKADDR_LL_SIZE))
    for (const group of GROUPS) joinGroup(fd, index, group)
    return fd
  } catch (error) {
    close(fd)
    throw error
  }
}

/** Frames the kernel had no room for since this was last asked. */
export function takeDropCount(fd: number): number {
  const statistics = Buffer.alloc(8)
  const length = Buffer.from([8, 0, 0, 0])
  return getsockopt(fd, SOL_PACKET, PACKET_STATISTICS, statistics, length) < 0
    ? 0
    : statistics.readUInt32LE(4)
}

/** Beyond the system's limit needs CAP_NET_ADMIN; without it the limit has to do. */
function enlargeReceiveBuffer(fd: number): void {
  if (!optional(() => setIntOption(fd, SOL_SOCKET, SO_RCVBUFFORCE, RECEIVE_BUFFER_OCTETS))) {
    optional(() => setIntOption(fd, SOL_SOCKET, SO_RCVBUF, RECEIVE_BUFFER_OCTETS))
  }
}

function joinGroup(fd: number, index: number, group: MacAddress): void {
  const request = Buffer.alloc(16)
  request.writeInt32LE(index, 0)
  request.writeUInt16LE(PACKET_MR_MULTICAST, 4)
  request.writeUInt16LE(6, 6)
  request.set(fromHex(group.replaceAll(':', '')), 8)
  checked('setsockopt', setsockopt(fd, SOL_PACKET, PACKET_ADD_MEMBERSHIP, request, 16))
}

/** For what is better with and works without; false when the kernel refused. */
function optional(attempt: () => void): boolean {
  try {
    attempt()
    return true
  } catch (error) {
    if (error instanceof SystemCallError) return false
    throw error
  }
}
