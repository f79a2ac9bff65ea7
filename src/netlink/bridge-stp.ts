/**
 * Whether a Linux bridge runs the spanning tree protocol: it then keeps frames to 01-80-C2-00-00-00 to itself.
 * Asked over rtnetlink, because /sys may show another network namespace. Source: linux/if_link.h, IFLA_BR_*.
 */
import { SystemCallError } from '../io/errno.ts'
import { askKernel } from './asking-socket.ts'
import type { Link } from './link.ts'
import { AF_UNSPEC, encodeLinkRequest, RTM_GETLINK, RTM_NEWLINK, WITHOUT_STATISTICS } from './link-message.ts'
import { attributeNumber, NLM_F_ACK, readAttributes } from './netlink-message.ts'

const IFINFOMSG_SIZE = 16
const IFLA_LINKINFO = 18
const IFLA_INFO_DATA = 2
const IFLA_BR_STP_STATE = 5

/** Undefined when it is no bridge, or gone. */
export function readStp({ index }: Pick<Link, 'index'>): boolean | undefined {
  const info = read(index)?.get(IFLA_LINKINFO)
  const data = info && readAttributes(info).get(IFLA_INFO_DATA)
  const state = data && attributeNumber(readAttributes(data).get(IFLA_BR_STP_STATE))
  return state === undefined ? undefined : state !== 0
}

function read(index: number) {
  try {
    const answer = askKernel(RTM_GETLINK, NLM_F_ACK, encodeLinkRequest(AF_UNSPEC, index, WITHOUT_STATISTICS))
    const link = answer.find(({ type }) => type === RTM_NEWLINK)
    return link && readAttributes(link.payload, IFINFOMSG_SIZE)
  } catch (error) {
    if (error instanceof SystemCallError) return undefined
    throw error
  }
}
