/**
 * What the agent says to libvirt, values to octets: acknowledgements, the outcome of requests, and the event that a
 * VSI has lost its association. Source: linux/netlink.h, linux/if_link.h, libvirt's virnetdevvportprofile.c and
 * virnetdevmacvlan.c. libvirt reads one message of a datagram only, so nothing is split.
 */
import { encodeAttribute, encodeNested, NLMSG_DONE, NLMSG_ERROR, uint32 } from '../netlink/netlink-message.ts'
import {
  HEADER_SIZE,
  IFINFOMSG_SIZE,
  IFLA,
  OPERATIONS,
  PORT,
  type Profile,
  type RequestHeader,
  RTM_SETLINK,
  VF,
} from './request.ts'

/** PORT_SELF_VF: the profile belongs to no virtual function. libvirt looks for it. */
const SELF_VF = uint32(0xffffffff)
/** IFLA_VF_MAC has room for 32 octets of address. */
const VF_MAC_SIZE = 4 + 32
const VF_VLAN_SIZE = 12
const VSI_TYPE_SIZE = 8
/** Octets of an answer at most; libvirt reads what it gets into memory of that size, and looks at one VSI of it. */
export const MAX_ANSWER = 16 * 1024

/** A VSI and how far libvirt's request for it is. */
export interface VsiOutcome {
  /** 32 hexadecimal digits. */
  readonly uuid: string
  /** Null while the request has no outcome yet. */
  readonly response: number | null
}

/** NLMSG_ERROR with `errno`, a positive error number or 0 for a yes, and the request's header. */
export function encodeAcknowledgement(header: RequestHeader, errno: number): Buffer {
  const payload = Buffer.alloc(4 + HEADER_SIZE)
  payload.writeInt32LE(-errno, 0)
  payload.set(header.octets, 4)
  return encode(NLMSG_ERROR, header.sequence, header.eventPort, payload)
}

/**
 * The answer to RTM_GETLINK: one IFLA_VF_PORT for each VSI, in their order, as many as fit. Without any, the list is
 * left out. It is of type NLMSG_DONE, which is what lldpad answers with and libvirt accepts since ever.
 */
export function encodeOutcomes(header: RequestHeader, index: number, vsis: readonly VsiOutcome[]): Buffer {
  const ports: Buffer[] = []
  let room = MAX_ANSWER - HEADER_SIZE - IFINFOMSG_SIZE - 4
  for (const vsi of vsis) {
    const port = encodeOutcome(vsi)
    if (port.length > room) break
    room -= port.length
    ports.push(port)
  }
  const list = ports.length === 0 ? [] : [encodeNested(IFLA.vfPorts, ...ports)]
  return encode(NLMSG_DONE, header.sequence, header.eventPort, Buffer.concat([linkHeader(index), ...list]))
}

function encodeOutcome({ uuid, response }: VsiOutcome): Buffer {
  const known = response === null ? [] : [encodeAttribute(PORT.response, uint16(response))]
  const id = encodeAttribute(PORT.instanceUuid, Buffer.from(uuid, 'hex'))
  return encodeNested(PORT.port, id, encodeAttribute(PORT.vf, SELF_VF), ...known)
}

export interface LossEvent {
  /** Our own port: libvirt compares it with the number in the pid file. */
  readonly agentPort: number
  readonly sequence: number
  readonly index: number
  readonly name: string
  readonly uuid: string
  readonly profile: Profile
}

/** RTM_SETLINK to libvirt: the VSI was de-associated. libvirt finds its interface by the MAC address. */
export function encodeLossEvent({ agentPort, sequence, index, name, uuid, profile }: LossEvent): Buffer {
  const mac = Buffer.alloc(VF_MAC_SIZE)
  mac.set(SELF_VF)
  mac.set(Buffer.from(profile.mac.replaceAll(':', ''), 'hex'), 4)
  const vlan = Buffer.alloc(VF_VLAN_SIZE)
  vlan.set(SELF_VF)
  vlan.writeUInt32LE(profile.vlan, 4)
  const type = Buffer.alloc(VSI_TYPE_SIZE)
  type[0] = profile.managerId
  type.writeUIntLE(profile.typeId, 1, 3)
  type[4] = profile.typeVersion
  const info = encodeNested(VF.info, encodeAttribute(VF.mac, mac), encodeAttribute(VF.vlan, vlan))
  const port = encodeNested(
    PORT.port,
    encodeAttribute(PORT.vsiType, type),
    encodeAttribute(PORT.instanceUuid, Buffer.from(uuid, 'hex')),
    encodeAttribute(PORT.vf, SELF_VF),
    encodeAttribute(PORT.request, Uint8Array.of(OPERATIONS.indexOf('deassociate'))),
  )
  const payload = Buffer.concat([
    linkHeader(index),
    encodeAttribute(IFLA.ifname, Buffer.from(`${name}\0`)),
    encodeNested(IFLA.vfinfoList, info),
    encodeNested(IFLA.vfPorts, port),
  ])
  return encode(RTM_SETLINK, sequence, agentPort, payload)
}

function encode(type: number, sequence: number, port: number, payload: Buffer): Buffer {
  const header = Buffer.alloc(HEADER_SIZE)
  header.writeUInt32LE(HEADER_SIZE + payload.length, 0)
  header.writeUInt16LE(type, 4)
  header.writeUInt32LE(sequence, 8)
  header.writeUInt32LE(port, 12)
  return Buffer.concat([header, payload])
}

function linkHeader(index: number): Buffer {
  const header = Buffer.alloc(IFINFOMSG_SIZE)
  header.writeInt32LE(index, 4)
  return header
}

function uint16(value: number): Buffer {
  const octets = Buffer.alloc(2)
  octets.writeUInt16LE(value)
  return octets
}
