/** Sends one frame, in hexadecimal, out of an interface of this network namespace. */
import { PacketPort } from '../../../src/io/packet-port.ts'
import { LinkMonitor } from '../../../src/netlink/link-monitor.ts'

const [name = '', frame = ''] = process.argv.slice(3)
const links = new LinkMonitor()
links.open()
const port = new PacketPort(name, links)
port.open({ onFrames: () => {} })
port.send(Buffer.from(frame, 'hex'))
port.close()
links.close()
