/**
 * A program that watches one interface with a packet socket of its own: every frame, both ways. It counts the
 * probes' frames by their octets, so that one that came in and went out again is known as the same, and the
 * neighbours' LLDP and ECP frames. With a file name it writes what it sees there.
 */
import { ETHERTYPE_ECP, ETHERTYPE_LLDP } from '../../protocol/wire/ethernet-frame.ts'
import { bind, checked, recvfrom, socket, takeSocketError } from '../io/libc.ts'
import { ETH_P_ALL, packetAddress, SOCKADDR_LL_SIZE } from '../io/packet-socket.ts'
import { EPOLLERR, poller } from '../io/poller.ts'
import { requireEthernet } from '../netlink/link-errors.ts'
import { LinkMonitor } from '../netlink/link-monitor.ts'
import { CaptureFile } from './capture-file.ts'
import { answerQuestions } from './part.ts'

const AF_PACKET = 17
const SOCK_RAW = 3
const SOCK_NONBLOCK = 0x800
const PKTTYPE_OFFSET = 10
const PACKET_OUTGOING = 4
const MAX_FRAME = 65_536

export interface Counts {
  readonly in: number
  readonly out: number
}

export interface ProbeCounts extends Counts {
  /** Those that came in and went out by the same interface. */
  readonly turned: number
}

export interface NeighborCounts {
  readonly lldp: Counts
  readonly ecp: Counts
}

const [interfaceName = '', file] = process.argv.slice(2)
const capture = file ? new CaptureFile(file) : undefined
/** Frames of the probes by direction, told apart by their octets, and by the probe's number. */
const probes = { in: new Map<string, Set<string>>(), out: new Map<string, Set<string>>() }
const neighbors = { lldp: { in: 0, out: 0 }, ecp: { in: 0, out: 0 } }
const octets = Buffer.allocUnsafeSlow(MAX_FRAME)
const address = Buffer.alloc(SOCKADDR_LL_SIZE)
const addressLength = Buffer.alloc(4)
const fd = openTap(interfaceName)
poller.watch(fd, (events) => {
  if (events & EPOLLERR) takeSocketError(fd)
  drain()
})

answerQuestions({
  probe: ({ run }: { run: number }) => countProbe(`run=${run} `),
  neighbors: () => {
    drain()
    return neighbors
  },
})

function openTap(name: string): number {
  const links = new LinkMonitor()
  links.open()
  const { index } = requireEthernet(links, name, `watch ${name}`)
  links.close()
  const tap = checked('socket', socket(AF_PACKET, SOCK_RAW | SOCK_NONBLOCK, 0))
  checked('bind', bind(tap, packetAddress(index, ETH_P_ALL), SOCKADDR_LL_SIZE))
  return tap
}

/** Whoever asks is told of everything that has happened until then. */
function drain(): void {
  for (;;) {
    addressLength.writeUInt32LE(SOCKADDR_LL_SIZE)
    const length = recvfrom(fd, octets, MAX_FRAME, 0, address, addressLength)
    if (length < 0) return
    see(octets.subarray(0, length), address[PKTTYPE_OFFSET] === PACKET_OUTGOING ? 'out' : 'in')
  }
}

function see(frame: Buffer, way: 'in' | 'out'): void {
  capture?.write(frame)
  const ethertype = frame.length >= 14 ? frame.readUInt16BE(12) : 0
  if (ethertype === ETHERTYPE_LLDP) neighbors.lldp[way]++
  if (ethertype === ETHERTYPE_ECP) neighbors.ecp[way]++
  const run = /qbg-lab (run=\d+ )/.exec(frame.toString('latin1'))?.[1]
  if (run === undefined) return
  const seen = probes[way].get(run) ?? new Set()
  probes[way].set(run, seen.add(frame.toString('hex')))
}

function countProbe(run: string): ProbeCounts {
  drain()
  const came = probes.in.get(run) ?? new Set()
  const went = probes.out.get(run) ?? new Set()
  return { in: came.size, out: went.size, turned: [...went].filter((frame) => came.has(frame)).length }
}
