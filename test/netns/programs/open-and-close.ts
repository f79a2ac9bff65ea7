/** Opens and closes what keeps a process alive, also the ways that fail; then has nothing left to do. */
import { PacketPort } from '../../../src/io/packet-port.ts'
import { poller } from '../../../src/io/poller.ts'
import { LinkMonitor } from '../../../src/netlink/link-monitor.ts'

const links = new LinkMonitor()
links.open()
for (const name of ['lo', 'nowhere0']) {
  try {
    new PacketPort(name, links).open({ onFrames: () => {} })
  } catch (error) {
    console.log((error as { code: string }).code)
  }
}
try {
  poller.watch(987_654, () => {})
} catch (error) {
  console.log((error as { code: string }).code)
}
links.close()
try {
  poller.watch(987_654, () => {}) // the handle exists when this fails
} catch (error) {
  console.log((error as { code: string }).code)
}
