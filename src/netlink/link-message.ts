/**
 * RTM_NEWLINK and RTM_DELLINK: what the kernel says of interfaces, as values. Source: rtnetlink(7), linux/if_link.h,
 * linux/if_bridge.h.
 *
 *     ifinfomsg  family (8) | 0 (8) | ARPHRD type (16) | index (32) | flags (32) | changed flags (32) | attributes
 *
 * Under family AF_BRIDGE the same messages speak of a bridge's port: a DELLINK then means that the interface left
 * the bridge, not that it is gone.
 */
import { readMacAddress, ZERO_MAC } from '../../protocol/wire/mac-address.ts'
import { BRIDGE_PORT_STATES, type BridgePort, type Link } from './link.ts'
import {
  type Attributes,
  attributeNumber,
  attributeText,
  encodeAttribute,
  type NetlinkMessage,
  readAttributes,
  uint32,
} from './netlink-message.ts'

export const RTM_NEWLINK = 16
export const RTM_DELLINK = 17
export const RTM_GETLINK = 18
export const RTM_SETLINK = 19
export const RTMGRP_LINK = 1
export const AF_UNSPEC = 0
export const AF_BRIDGE = 7

export const IFLA_PROTINFO = 12
export const IFLA_BRPORT_MODE = 4
const IFLA_BRPORT_STATE = 1
const IFLA_ADDRESS = 1
const IFLA_IFNAME = 3
const IFLA_MTU = 4
const IFLA_LINK = 5
const IFLA_MASTER = 10
const IFLA_LINKINFO = 18
const IFLA_EXT_MASK = 29
const IFLA_LINK_NETNSID = 37
const IFLA_INFO_KIND = 1
const IFLA_INFO_SLAVE_KIND = 4
const IFLA_INFO_SLAVE_DATA = 5
/** Counters are most of a link's description and of no use here. */
const RTEXT_FILTER_SKIP_STATS = 8

const IFINFOMSG_SIZE = 16
const ARPHRD_ETHER = 1
const IFF_UP = 0x1
/** Operational state up, or not known; set after the transmit queue works, which a carrier alone does not say. */
const IFF_RUNNING = 0x40
const IFF_LOWER_UP = 0x10000
const PASSING = IFF_UP | IFF_RUNNING | IFF_LOWER_UP

export type LinkChange =
  | { readonly type: 'present'; readonly link: Link }
  | { readonly type: 'gone'; readonly index: number }
  | { readonly type: 'bridge-port'; readonly index: number; readonly bridgePort: BridgePort }

/** What a message says; undefined when it says nothing that is kept here. */
export function decodeLinkMessage({
  type,
  payload,
}: Pick<NetlinkMessage, 'type' | 'payload'>): LinkChange | undefined {
  if ((type !== RTM_NEWLINK && type !== RTM_DELLINK) || payload.length < IFINFOMSG_SIZE) return undefined
  const index = payload.readInt32LE(4)
  if (payload[0] === AF_BRIDGE) return type === RTM_NEWLINK ? decodeBridgePort(index, payload) : undefined
  if (payload[0] !== AF_UNSPEC) return undefined
  return type === RTM_DELLINK
    ? { type: 'gone', index }
    : { type: 'present', link: decodeLink(index, payload) }
}

function decodeLink(index: number, payload: Buffer): Link {
  const attributes = readAttributes(payload, IFINFOMSG_SIZE)
  const flags = payload.readUInt32LE(8)
  const address = attributes.get(IFLA_ADDRESS)
  const lower = attributeNumber(attributes.get(IFLA_LINK))
  const master = attributeNumber(attributes.get(IFLA_MASTER))
  return {
    index,
    name: attributeText(attributes.get(IFLA_IFNAME)) ?? '',
    mac: address?.length === 6 ? readMacAddress(address, 0) : ZERO_MAC,
    ethernet: payload.readUInt16LE(2) === ARPHRD_ETHER,
    adminUp: (flags & IFF_UP) !== 0,
    up: (flags & PASSING) === PASSING,
    mtu: attributeNumber(attributes.get(IFLA_MTU)) ?? 0,
    lowerElsewhere: attributes.has(IFLA_LINK_NETNSID),
    ...(lower !== undefined && lower !== 0 && { lower }),
    ...(master !== undefined && { master }),
    ...decodeLinkInfo(attributes.get(IFLA_LINKINFO)),
  }
}

function decodeLinkInfo(
  octets: Buffer | undefined,
): Partial<Pick<Link, 'kind' | 'masterKind' | 'bridgePort'>> {
  if (octets === undefined) return {}
  const info = readAttributes(octets)
  const kind = attributeText(info.get(IFLA_INFO_KIND))
  const masterKind = attributeText(info.get(IFLA_INFO_SLAVE_KIND))
  const data = info.get(IFLA_INFO_SLAVE_DATA)
  return {
    ...(kind !== undefined && { kind }),
    ...(masterKind !== undefined && { masterKind }),
    ...(masterKind === 'bridge' && data !== undefined && { bridgePort: portOf(readAttributes(data)) }),
  }
}

function decodeBridgePort(index: number, payload: Buffer): LinkChange | undefined {
  const port = readAttributes(payload, IFINFOMSG_SIZE).get(IFLA_PROTINFO)
  return port && { type: 'bridge-port', index, bridgePort: portOf(readAttributes(port)) }
}

function portOf(attributes: Attributes): BridgePort {
  return {
    state: BRIDGE_PORT_STATES[attributeNumber(attributes.get(IFLA_BRPORT_STATE)) ?? 0] ?? 'disabled',
    hairpin: attributeNumber(attributes.get(IFLA_BRPORT_MODE)) === 1,
  }
}

/** Payload of a request about one link, or about all with index 0. */
export function encodeLinkRequest(
  family: number,
  index: number,
  ...attributes: readonly Uint8Array[]
): Buffer {
  const header = Buffer.alloc(IFINFOMSG_SIZE)
  header[0] = family
  header.writeInt32LE(index, 4)
  return Buffer.concat([header, ...attributes])
}

/** To be added to RTM_GETLINK. */
export const WITHOUT_STATISTICS: Uint8Array = encodeAttribute(IFLA_EXT_MASK, uint32(RTEXT_FILTER_SKIP_STATS))
