import { PacketPort } from '../../src/io/packet-port.ts'
import { LinkMonitor } from '../../src/netlink/link-monitor.ts'
import { ip, removeLinks, veth } from '../support/namespaces.ts'
import { requires } from '../support/requirements.ts'
import { describeFramePort, type Rig } from './frame-port.ts'

function makeRig(...bridgePorts: readonly string[]): Rig {
  veth('near0', 'far0')
  for (const name of bridgePorts) {
    ip('link add br0 type bridge')
    ip('link set br0 up')
    ip(`link set ${name} master br0`)
  }
  const links = new LinkMonitor()
  links.open()
  return {
    near: new PacketPort('near0', links),
    far: new PacketPort('far0', links),
    settle: () => {},
    end: () => {
      links.close()
      removeLinks('near0', 'br0')
    },
  }
}

describeFramePort('packet port', requires('namespaces'), makeRig)
describeFramePort('packet port on a port of a bridge', requires('namespaces', 'bridge'), () =>
  makeRig('far0'),
)
