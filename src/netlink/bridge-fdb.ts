/**
 * What a Linux bridge has learned: at which port an address is. Forgotten, frames to it go to all ports again, until
 * it speaks. Asked over rtnetlink. Source: linux/neighbour.h; 802.1Q-2018 §8.8.
 *
 *     family (8) | 0 (24) | interface (32) | state (16) | flags (8) | type (8) | attributes
 */
import type { MacAddress } from '../../protocol/wire/mac-address.ts'
import { fromHex } from '../../protocol/wire/octets.ts'
import { ERRNO, SystemCallError } from '../io/errno.ts'
import { OperationalError } from '../runtime/operational-error.ts'
import { askKernel } from './asking-socket.ts'
import type { Link } from './link.ts'
import { AF_BRIDGE } from './link-message.ts'
import { encodeAttribute, NLM_F_ACK } from './netlink-message.ts'

const RTM_DELNEIGH = 29
const RTM_GETNEIGH = 30
const NDA_LLADDR = 2
const NTF_MASTER = 4
const HEADER = 12
/** NUD_REACHABLE, NUD_STALE: what was learned. What somebody has put there is in other states. */
const LEARNED = 0x02 | 0x04

/**
 * Does nothing when the bridge has the address elsewhere or not at all, or was told of it by somebody. On a bridge that
 * filters VLANs nothing is found. Throws OperationalError.
 */
export function forgetAddress(port: Pick<Link, 'index' | 'name'>, mac: MacAddress): void {
  const request = encodeEntry(port.index, mac)
  try {
    const [entry] = askKernel(RTM_GETNEIGH, NLM_F_ACK, request)
    if (entry === undefined || !isLearnedAt(port.index, entry.payload)) return
    askKernel(RTM_DELNEIGH, NLM_F_ACK, request)
  } catch (error) {
    if (!(error instanceof SystemCallError)) throw error
    if (error.errno === ERRNO.ENOENT || error.errno === ERRNO.ENODEV) return
    const operation = `have the bridge forget ${mac} at ${port.name}`
    throw new OperationalError('system-call-failed', error.message, { operation, cause: error })
  }
}

function encodeEntry(index: number, mac: MacAddress): Buffer {
  const header = Buffer.alloc(HEADER)
  header[0] = AF_BRIDGE
  header.writeInt32LE(index, 4)
  header[10] = NTF_MASTER
  return Buffer.concat([header, encodeAttribute(NDA_LLADDR, fromHex(mac.replaceAll(':', '')))])
}

function isLearnedAt(index: number, payload: Buffer): boolean {
  return payload.readInt32LE(4) === index && (payload.readUInt16LE(8) & LEARNED) !== 0
}
