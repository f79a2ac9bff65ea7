/**
 * What libvirt asks of lldpad over rtnetlink, octets to values: RTM_SETLINK with a port profile, RTM_GETLINK to poll
 * for its outcome. Source: linux/if_link.h, libvirt's virnetdevvportprofile.c. The answers are `answer.ts`.
 *
 *     nlmsghdr   length (32) | type (16) | flags (16) | sequence (32) | port (32)
 *     ifinfomsg  family (8) | 0 (8) | type (16) | index (32) | flags (32) | changed flags (32) | attributes
 *
 *     IFLA_IFNAME              uplink
 *     IFLA_VFINFO_LIST > IFLA_VF_INFO > IFLA_VF_MAC   vf (32) | MAC (6, in 32 octets)
 *                                       IFLA_VF_VLAN  vf (32) | VID (32) | QoS (32)
 *     IFLA_VF_PORTS > IFLA_VF_PORT > IFLA_PORT_VSI_TYPE       manager (8) | type (24, little-endian) | version (8)
 *                                    IFLA_PORT_INSTANCE_UUID  16 octets in text order
 *                                    IFLA_PORT_REQUEST        operation (8)
 */
import { FILTER_FORMATS } from '../../protocol/vdp/filter-info.ts'
import { isIndividual, type MacAddress, readMacAddress } from '../../protocol/wire/mac-address.ts'
import { type Attributes, attributeText, readAttributes } from '../netlink/netlink-message.ts'

export const HEADER_SIZE = 16
export const IFINFOMSG_SIZE = 16
export const RTM_GETLINK = 18
export const RTM_SETLINK = 19
/** Smaller types are answers and marks, not requests: answering them could go on for ever. */
const FIRST_REQUEST_TYPE = 16
/** Requests of a datagram that are served. One answer tells all VSIs of a port, so two thousand of them are seconds. */
const MAX_SERVED = 4

export const IFLA = { ifname: 3, vfinfoList: 22, vfPorts: 24 } as const
export const VF = { info: 1, mac: 1, vlan: 2 } as const
export const PORT = { port: 1, vf: 1, vsiType: 3, instanceUuid: 4, request: 6, response: 7 } as const

/** IFLA_PORT_REQUEST. */
export const OPERATIONS = ['preassociate', 'preassociate-rr', 'associate', 'deassociate'] as const
export type Operation = (typeof OPERATIONS)[number]

/** Error numbers that a request is refused with. */
export const REFUSALS = { fault: 5, noDevice: 19, invalid: 22, notSupported: 95 } as const

export interface RequestHeader {
  readonly type: number
  readonly sequence: number
  /** libvirtd's long-lived socket, where events go; not the address that the answer goes to. */
  readonly eventPort: number
  /** The 16 octets as they came: an acknowledgement repeats them. */
  readonly octets: Buffer
}

/** The VSI as libvirt describes it. Plain JSON. */
export interface Profile {
  readonly mac: MacAddress
  /** 0: the bridge chooses. */
  readonly vlan: number
  readonly managerId: number
  readonly typeId: number
  readonly typeVersion: number
}

/** The interface a request is about. Index 0: not said. */
export interface Device {
  readonly index: number
  readonly name: string | undefined
}

export type Request =
  | {
      readonly kind: 'set'
      readonly header: RequestHeader
      readonly device: Device
      readonly operation: Operation
      /** 32 lower-case hexadecimal digits. */
      readonly uuid: string
      /** Null only when the VSI is to end. */
      readonly profile: Profile | null
    }
  | { readonly kind: 'get'; readonly header: RequestHeader; readonly device: Device }
  | {
      readonly kind: 'unusable'
      readonly header: RequestHeader
      readonly errno: number
      readonly why: string
    }

export interface Datagram {
  readonly requests: readonly Request[]
  /** Messages that are no requests. */
  readonly notRequests: number
  /** Octets are left that are no message. */
  readonly broken: boolean
}

/** Every request of a datagram; libvirt sends one in each, and of more than a few the others are refused unread. */
export function readDatagram(octets: Buffer): Datagram {
  const requests: Request[] = []
  let notRequests = 0
  let at = 0
  while (at + HEADER_SIZE <= octets.length) {
    const length = octets.readUInt32LE(at)
    if (length < HEADER_SIZE || length > octets.length - at) break
    const header = readHeader(octets.subarray(at, at + HEADER_SIZE))
    if (header.type < FIRST_REQUEST_TYPE) notRequests++
    else if (requests.length >= MAX_SERVED) requests.push(oneTooMany(header))
    else requests.push(decodeRequest(header, octets.subarray(at + HEADER_SIZE, at + length)))
    at += (length + 3) & ~3
  }
  return { requests, notRequests, broken: at < octets.length }
}

function readHeader(octets: Buffer): RequestHeader {
  return {
    type: octets.readUInt16LE(4),
    sequence: octets.readUInt32LE(8),
    eventPort: octets.readUInt32LE(12),
    octets,
  }
}

function oneTooMany(header: RequestHeader): Request {
  return { kind: 'unusable', header, errno: REFUSALS.invalid, why: `more than ${MAX_SERVED} in a datagram` }
}

function decodeRequest(header: RequestHeader, payload: Buffer): Request {
  const refuse = (errno: number, why: string): Request => ({ kind: 'unusable', header, errno, why })
  if (header.type !== RTM_SETLINK && header.type !== RTM_GETLINK) {
    return refuse(REFUSALS.notSupported, `message type ${header.type}`)
  }
  if (payload.length < IFINFOMSG_SIZE) return refuse(REFUSALS.invalid, 'shorter than its header')
  const attributes = readAttributes(payload, IFINFOMSG_SIZE)
  const device = { index: payload.readInt32LE(4), name: attributeText(attributes.get(IFLA.ifname)) }
  if (header.type === RTM_GETLINK) return { kind: 'get', header, device }
  const asked = decodeProfile(attributes)
  return typeof asked === 'string'
    ? refuse(REFUSALS.invalid, asked)
    : { kind: 'set', header, device, ...asked }
}

/** What is asked for, or what is wrong with it. */
function decodeProfile(
  attributes: Attributes,
): string | { readonly operation: Operation; readonly uuid: string; readonly profile: Profile | null } {
  const port = nested(nested(attributes, IFLA.vfPorts), PORT.port)
  const uuid = port.get(PORT.instanceUuid)
  const operation = OPERATIONS[port.get(PORT.request)?.[0] ?? -1]
  if (uuid?.length !== 16 || !uuid.some((octet) => octet !== 0)) return 'no instance UUID'
  if (operation === undefined) return 'no known operation'
  const info = nested(nested(attributes, IFLA.vfinfoList), VF.info)
  const profile = readProfile(info, port.get(PORT.vsiType))
  if (typeof profile === 'string' && operation !== 'deassociate') return profile
  return { operation, uuid: uuid.toString('hex'), profile: typeof profile === 'string' ? null : profile }
}

function readProfile(info: Attributes, type: Buffer | undefined): string | Profile {
  const address = info.get(VF.mac)
  const tag = info.get(VF.vlan)
  if (address === undefined || address.length < 10) return 'no MAC address'
  if (tag === undefined || tag.length < 8) return 'no VLAN'
  if (type === undefined || type.length < 5) return 'no VSI type'
  const mac = readMacAddress(address, 4)
  const vlan = tag.readUInt32LE(4)
  if (!isIndividual(mac)) return 'a MAC address that is none of one interface'
  if (vlan >= 0xfff) return `VLAN ${vlan}`
  return { mac, vlan, managerId: type[0]!, typeId: type.readUIntLE(1, 3), typeVersion: type[4]! }
}

/** The kernel's users set NLA_F_NESTED or not; types are masked in any case. */
function nested(attributes: Attributes, type: number): Attributes {
  const octets = attributes.get(type)
  return octets === undefined ? new Map() : readAttributes(octets)
}

/** The filter that a profile stands for. */
export function filterOf({ mac, vlan }: Profile) {
  return { format: FILTER_FORMATS.macVid, entries: [{ mac, vid: vlan }] } as const
}
