/**
 * Floods an interface with LLDP and ECP frames to the nearest customer bridge, from everywhere: random octets behind
 * the ethertype, for every other a header that looks right. `flood IFACE COUNT [SECONDS]`: so many frames, or as many as go
 * in that time; prints how many left. Half of them are LLDP, half ECP.
 */
import { lastErrno, sendto, socket } from '../../../src/io/libc.ts'
import { packetAddress, SOCKADDR_LL_SIZE } from '../../../src/io/packet-socket.ts'
import { LinkMonitor } from '../../../src/netlink/link-monitor.ts'

const [name = '', count = '0', seconds = '600'] = process.argv.slice(3)
const links = new LinkMonitor()
links.open()
const { index } = links.find(name)!
links.close()

const AF_PACKET = 17
const SOCK_RAW = 3
const ENOBUFS = 105
const VARIANTS = 512
const LLDP = [0x88, 0xcc]
const ECP = [0x89, 0x40]
/** A chassis ID and a port ID, as an LLDPDU begins; an ECP request with a VDP manager ID. */
const LLDP_HEAD = [0x02, 0x07, 0x04, 2, 0, 0, 0, 9, 9, 0x04, 0x07, 0x03, 2, 0, 0, 0, 9, 9, 0x06, 2, 0, 120]
const ECP_HEAD = [0x10, 0x01, 0, 7, 0x0a, 0x10]

let state = 1
/** Numerical Recipes' generator: the same frames each time. */
const random = () => {
  state = (Math.imul(state, 1664525) + 1013904223) >>> 0
  return state >>> 24
}

const frames = Array.from({ length: VARIANTS }, (_, number) => {
  const octets = Buffer.from(Array.from({ length: 60 + (number % 200) }, random))
  octets.set([0x01, 0x80, 0xc2, 0, 0, 0, 0x02, random(), random(), random(), random(), random()])
  octets.set(number % 2 === 0 ? LLDP : ECP, 12)
  if (number % 4 >= 2) octets.set(number % 2 === 0 ? LLDP_HEAD : ECP_HEAD, 14)
  return octets
})

const fd = socket(AF_PACKET, SOCK_RAW, 0)
const address = packetAddress(index, 0)
const end = performance.now() + Number(seconds) * 1000
let sent = 0
for (let tried = 0; sent < Number(count) && (tried % 1024 !== 0 || performance.now() < end); tried++) {
  const frame = frames[tried % VARIANTS]!
  if (sendto(fd, frame, frame.length, 0, address, SOCKADDR_LL_SIZE) > 0) sent++
  else if (lastErrno() !== ENOBUFS) throw new Error(`sendto: errno ${lastErrno()}`)
}
console.log(sent)
