/**
 * The wire of a measurement: a veth pair, the station's end here, the bridge's end in a namespace of its own, as a port of
 * a Linux bridge with STP, so that neither side's frames are forwarded to anybody else.
 */
import { addNamespace, ip, removeLinks } from '../support/namespaces.ts'

export interface Place {
  /** Empty: that of this process. */
  readonly namespace: string
  readonly iface: string
  readonly role: 'station' | 'bridge'
}

const NAMESPACE = 'bench'
export const STATION: Place = { namespace: '', iface: 'bench0', role: 'station' }
export const BRIDGE: Place = { namespace: NAMESPACE, iface: 'bench1', role: 'bridge' }

export function buildLink(): void {
  addNamespace(NAMESPACE)
  ip(`link add ${STATION.iface} type veth peer name ${BRIDGE.iface} netns ${NAMESPACE}`)
  ip(`-n ${NAMESPACE} link add br0 type bridge stp_state 1`)
  ip(`-n ${NAMESPACE} link set ${BRIDGE.iface} master br0`)
  ip(`-n ${NAMESPACE} link set br0 up`)
  ip(`-n ${NAMESPACE} link set ${BRIDGE.iface} up`)
  ip(`link set ${STATION.iface} up`)
}

export function removeLink(): void {
  removeLinks(STATION.iface)
  ip(`netns del ${NAMESPACE}`)
}

export function setStationLink(up: boolean): void {
  ip(`link set ${STATION.iface} ${up ? 'up' : 'down'}`)
}
