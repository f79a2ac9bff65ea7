/**
 * Why a VSI did not get, or lost, what was asked: in words, with what a person can do about it.
 * The codes are those of `protocol/engine/reason.ts`; a test holds this table complete.
 */
import type { Reason, ReasonCode } from '../../protocol/engine/reason.ts'

export interface ReasonText {
  readonly text: string
  readonly hint: string
}

export const REASON_TEXTS: Readonly<Record<ReasonCode, ReasonText>> = {
  'invalid-format': {
    text: 'the switch could not read the request (VDP error 1, invalid format)',
    hint: 'the switch may not know this VSI ID format or filter format; a UUID and MAC/VID are the most common ones',
  },
  'insufficient-resources': {
    text: 'the switch has no resources for this VSI (VDP error 2, insufficient resources)',
    hint: 'try again later, or look at the limits of the switch; some switches say this to anything they dislike',
  },
  'manager-unreachable': {
    text: 'the switch could not reach the VSI manager (VDP error 3)',
    hint: 'check --manager and that the switch reaches the server behind it; then try again',
  },
  'other-failure': {
    text: 'the switch refused without naming a cause (VDP error 4, other failure)',
    hint: 'check that the switch knows the VSI type and version; its own log says more',
  },
  'invalid-filter': {
    text: 'the switch does not accept a VID, group ID or MAC address of the filter (VDP error 5)',
    hint: 'choose another VID, or leave it to the switch with VID "any"',
  },
  'deassociated-by-bridge': {
    text: 'the switch de-associated the VSI',
    hint: 'the log of the switch says why; associate again when that is settled',
  },
  'ecp-no-acknowledgement': {
    text: 'the neighbour acknowledged none of the transmissions (ECP)',
    hint: 'check that the switch runs EVB on this port and that nothing between swallows frames to 01-80-C2-00-00-00',
  },
  'no-response': {
    text: 'the switch acknowledged the request and then never answered it (VDP)',
    hint: 'the switch may be waiting for its VSI manager; try again, or look at its log',
  },
  'response-mismatch': {
    text: 'the switch answered with other parameters than were asked for',
    hint: 'a fault of the switch, or two stations using one VSI ID; record the frames with --record to see it',
  },
  'keep-alive-timeout': {
    text: 'the station was silent for longer than toutKeepAlive',
    hint: 'the station is gone, or frames from it are lost',
  },
  'link-down': {
    text: 'the link is down',
    hint: '"qbg status" says whether the interface is set down, has no carrier, or is gone; what is asked for stays asked for',
  },
  'no-evb-bridge': {
    text: 'no EVB bridge has been heard on this port',
    hint: 'enable LLDP with the EVB TLV for the nearest customer bridge address (01-80-C2-00-00-00) on the switch port',
  },
  'same-role-neighbor': {
    text: 'the neighbour has the same EVB role as this port',
    hint: 'one side has to be the station and the other the bridge: "qbg station" on the host, "qbg bridge" on the switch',
  },
  'group-ids-not-agreed': {
    text: 'group IDs are not agreed with the neighbour',
    hint: 'start both sides with --group-ids, or write the filter without group:',
  },
  'mtu-too-small': {
    text: 'the request does not fit a frame of this interface: its MTU is too small',
    hint: 'set the MTU to 1500, on both sides: ip link set dev IFACE mtu 1500; or ask with fewer filter entries',
  },
  'queue-full': {
    text: 'too many requests wait for transmission on this port',
    hint: 'wait for answers before asking for more, or raise vdp.maxQueued',
  },
  'too-many-vsis': {
    text: 'this port has as many VSIs as it may have',
    hint: 'de-associate some, or raise vdp.maxVsis',
  },
  'unknown-vsi': {
    text: 'this port has no such VSI',
    hint: '"qbg vsi list" shows the VSIs there are',
  },
  superseded: {
    text: 'a newer request for the same VSI took its place',
    hint: 'the newer request gets the answer',
  },
  withdrawn: {
    text: 'the operator of the switch withdrew the VSI',
    hint: 'ask the operator of the switch, then associate again',
  },
  'type-withdrawn': {
    text: 'the VSI type is withdrawn, or no longer allows what the VSI has',
    hint: 'look at the VSI type: "qbg type show" on the switch side',
  },
  moved: {
    text: 'the VSI was associated on another port of the switch',
    hint: 'nothing to do after a migration; otherwise two stations use one VSI ID',
  },
  'released-by-station': {
    text: 'the station de-associated the VSI',
    hint: 'nothing to do: this is how a VSI ends in order',
  },
  'shut-down': {
    text: 'qbg was stopped',
    hint: 'start it again and repeat the request',
  },
}

/** The reason as a person reads it, without the hint. */
export function describeReason(reason: Reason): string {
  if (reason.detail !== undefined) return describeDetail(reason, reason.detail)
  const reserved = reason.code === 'other-failure' && (reason.vdpError ?? 4) !== 4
  const text = reserved
    ? `the switch refused with the reserved VDP error ${reason.vdpError}`
    : REASON_TEXTS[reason.code].text
  return reason.hard === true ? `${text}; it will not accept the same request later` : text
}

/** On the bridge itself, whose own switch said why. */
function describeDetail({ vdpError, hard }: Reason, detail: string): string {
  if (vdpError === undefined) return detail
  return `${detail} (VDP error ${vdpError}${hard === true ? ', Hard' : ''})`
}
