/** Two veth pairs between a station here and a bridge in a namespace, whose ends are ports of one Linux bridge. */
import { addNamespace, ip, removeLinks } from '../support/namespaces.ts'

const NAMESPACE = 'soak'
export const STATION_PORTS = ['sta0', 'sta1'] as const
export const BRIDGE_PORTS = ['swp0', 'swp1'] as const
export const BRIDGE_NAMESPACE = NAMESPACE

export function buildWires(): void {
  addNamespace(NAMESPACE)
  ip(`-n ${NAMESPACE} link add br0 type bridge stp_state 1`)
  ip(`-n ${NAMESPACE} link set br0 up`)
  for (const [index, name] of STATION_PORTS.entries()) {
    const far = BRIDGE_PORTS[index]!
    ip(`link add ${name} type veth peer name ${far} netns ${NAMESPACE}`)
    ip(`-n ${NAMESPACE} link set ${far} master br0`)
    ip(`-n ${NAMESPACE} link set ${far} up`)
    ip(`link set ${name} up`)
  }
}

export function removeWires(): void {
  removeLinks(...STATION_PORTS)
  ip(`netns del ${NAMESPACE}`)
}

export function setLink(name: string, up: boolean): void {
  ip(`link set ${name} ${up ? 'up' : 'down'}`)
}
