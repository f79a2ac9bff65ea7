/**
 * A Linux bridge with STP off forwards frames to 01-80-C2-00-00-00 like any multicast, so that LLDP and ECP of a
 * neighbour reach its other ports, where they would be taken for a neighbour's. With STP on it does not.
 * Measured: reference.md 1.2.
 */
import type { Problem } from '../control/schema/status.ts'
import type { Link } from '../netlink/link.ts'

/** Whether a bridge runs STP; undefined when that cannot be known. */
export type ReadStp = (bridge: Link) => boolean | undefined

/** The problem, when `bridge` has STP off and more than one port, or a hairpin, which sends a frame back. */
export function findLeak(bridge: Link, links: readonly Link[], readStp: ReadStp): Problem | undefined {
  const ports = links.filter(({ master }) => master === bridge.index)
  const hairpin = ports.some(({ bridgePort }) => bridgePort?.hairpin)
  if ((ports.length < 2 && !hairpin) || readStp(bridge) !== false) return undefined
  return {
    code: 'neighbor-frames-forwarded',
    text: `bridge ${bridge.name} has STP off and forwards its neighbours' LLDP and ECP frames${hairpin ? ', back to whoever sent them as well' : ' to its other ports'}`,
    hint: `ip link set dev ${bridge.name} type bridge stp_state 1; or drop them: nft 'table bridge qbg { chain pre { type filter hook prerouting priority -300; ether daddr 01:80:c2:00:00:00 ether type { 0x88cc, 0x8940 } drop; }; }'`,
  }
}
