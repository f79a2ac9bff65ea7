/**
 * What of the host keeps libvirt's 802.1Qbg from working, though nothing is wrong with the agent: two faults of
 * libvirt that otherwise nobody would find.
 */
import type { Link } from '../netlink/link.ts'
import { findUnusablePorts, type ProcessTable } from './netlink-table.ts'

export interface HostProblem {
  readonly code: string
  readonly text: string
  readonly hint: string
}

const LIBVIRT = ['libvirtd', 'virtqemud', 'virtlxcd'] as const

/**
 * libvirt takes its own netlink port for an error when it is 2^31 or more, and then asks for nothing. libnl makes that
 * port from the second in which libvirt starts; about half of all seconds are bad, in runs of up to 14 minutes.
 */
export function checkLibvirt(table: ProcessTable): HostProblem[] {
  return findUnusablePorts(table, LIBVIRT).map(({ pid, name, port }) => ({
    code: 'libvirt-event-port',
    text: `${name} (process ${pid}) has the netlink port ${port}, which it takes for an error: every start of a domain with 802.1Qbg fails with "sending of PortProfileRequest failed", and qbg is not even asked`,
    hint: `a fault of libvirt, which depends on the second of its start: restart it (systemctl restart ${name}) until this is gone; after a minute or so when it comes again`,
  }))
}

/** libvirt follows IFLA_LINK to what it takes for the interface below, also when that is the other end of a veth. */
export function checkUplink(link: Link, below: Link | undefined): HostProblem[] {
  const { name, kind, lower, lowerElsewhere } = link
  if (lower === undefined) return []
  if (!lowerElsewhere && (kind === 'vlan' || kind === 'macvlan' || kind === 'macvtap')) {
    const other = below?.name ?? `interface ${lower}`
    const text = `${name} lies on ${other}; libvirt asks for VSIs on the lowest interface, not on ${name}`
    return [{ code: 'libvirt-uplink-below', text, hint: `run qbg on it: qbg station ${other} --libvirt` }]
  }
  return [
    {
      code: 'libvirt-uplink',
      text: `${name} is linked to interface ${lower} (${kind ?? 'no kind'}): libvirt takes that for the interface below and hangs, or fails with "error dumping"`,
      hint: 'a fault of libvirt: use a physical interface, a bond or a TAP as the uplink of 802.1Qbg domains',
    },
  ]
}
