/**
 * The number libvirt shows when a request fails: `error 112 during port-profile setlink on interface eth0 (2)`. What
 * the switch said is its VDP error, 1 to 15 (802.1Q-2018 §41.2.3); what was found out here is the number of a Linux
 * error that comes near. Never 0 or 0x100, which mean success to libvirt, nor 0x101, which means go on waiting.
 */
import type { Reason, ReasonCode } from '../../protocol/engine/reason.ts'

export const SUCCESS = 0

export const RESPONSES: Readonly<Record<ReasonCode, number>> = {
  'invalid-format': 1,
  'insufficient-resources': 2,
  'manager-unreachable': 3,
  'other-failure': 4,
  'invalid-filter': 5,
  'too-many-vsis': 28, // ENOSPC
  'response-mismatch': 74, // EBADMSG
  'mtu-too-small': 90, // EMSGSIZE
  'group-ids-not-agreed': 95, // EOPNOTSUPP
  'same-role-neighbor': 71, // EPROTO
  'link-down': 100, // ENETDOWN
  'no-evb-bridge': 101, // ENETUNREACH
  'deassociated-by-bridge': 104, // ECONNRESET
  withdrawn: 104,
  'type-withdrawn': 104,
  moved: 104,
  'queue-full': 105, // ENOBUFS
  'shut-down': 108, // ESHUTDOWN
  'no-response': 110, // ETIMEDOUT
  'keep-alive-timeout': 110,
  'ecp-no-acknowledgement': 112, // EHOSTDOWN
  'unknown-vsi': 125, // ECANCELED
  superseded: 125,
  'released-by-station': 125,
}

/** The reserved VDP errors 6 to 15 are passed on as they are. */
export function responseTo({ code, vdpError }: Reason): number {
  return vdpError ?? RESPONSES[code]
}
