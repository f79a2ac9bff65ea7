/** The TLVs of LLDP that Edge Virtual Bridging adds: EVB, CDCP, and the EVB TLV of draft 0.2. */
import {
  CDCP_CLAUSE,
  CDCP_ENTRY_LENGTH,
  CDCP_FIXED_LENGTH,
  CDCP_SUBTYPE,
  DEFAULT_CHANNEL,
  isCdcpLength,
} from '../cdcp/cdcp-tlv.ts'
import {
  DRAFT_CAPABILITIES,
  DRAFT_EVB_CLAUSE,
  DRAFT_EVB_DATA_LENGTH,
  DRAFT_EVB_SUBTYPE,
  DRAFT_FORWARDING,
} from '../evb/draft-evb-tlv.ts'
import { EVB_DATA_LENGTH, EVB_SUBTYPE } from '../evb/evb-tlv.ts'
import type { Dissection } from './dissection.ts'
import { DOT1_OUI } from './dot1-tlvs.ts'
import { bits, flag, group, uint, uintBits } from './field.ts'
import type { OrganizationalKind } from './organizational-kind.ts'
import { addPlaced, DATA, type Placed } from './tlv-header.ts'

const DRAFT_OUI = 0x001b3f
const EVB_CLAUSE = '802.1Q-2018 §D.2.12'
const evb = (section: number) => `${EVB_CLAUSE}.${section}`
const OPERATING = { 0: "the sender's own value", 1: "the partner's value" }

export const EVB = group('evb', 'EVB', EVB_CLAUSE)
export const EVB_RRCAP = flag('evb.rrcap', 'RRCAP: can do reflective relay', evb(3), 1)
export const EVB_RRCTR = flag('evb.rrctr', 'RRCTR: reflective relay is on', evb(3), 0)
export const EVB_RRREQ = flag('evb.rrreq', 'RRREQ: asks for reflective relay', evb(4), 2)
export const EVB_RRSTAT = uintBits('evb.rrstat', 'RRSTAT: sees RRCTR', evb(4), [1, 0], {
  0: 'off',
  1: 'on',
  2: 'unknown',
  3: 'unknown',
})
export const EVB_R = uintBits('evb.r', 'R: ECP retries', evb(5), [7, 5])
export const EVB_RTE = uintBits('evb.rte', 'RTE: ECP acknowledgement timer, 10 us x 2^n', evb(6), [4, 0])
export const EVB_MODE = uintBits('evb.mode', 'mode', evb(7), [7, 6], {
  0: 'EVB not supported',
  1: 'EVB bridge',
  2: 'EVB station',
  3: 'NVO3',
})
export const EVB_RWD = uintBits('evb.rwd', 'RWD: resource wait, 10 us x 2^n', evb(8), [4, 0])
export const EVB_RKA = uintBits('evb.rka', 'RKA: keep-alive, 10 us x 2^n', evb(9), [4, 0])

const EVB_FIELDS: readonly Placed[] = [
  [flag('evb.bgid', 'BGID: bridge uses group IDs', evb(3), 2), 0, 1],
  [EVB_RRCAP, 0, 1],
  [EVB_RRCTR, 0, 1],
  [flag('evb.sgid', 'SGID: station uses group IDs', evb(4), 3), 1, 1],
  [EVB_RRREQ, 1, 1],
  [EVB_RRSTAT, 1, 1],
  [EVB_R, 2, 1],
  [EVB_RTE, 2, 1],
  [EVB_MODE, 3, 1],
  [uintBits('evb.rwd-rol', 'ROL: RWD is', evb(8), [5, 5], OPERATING), 3, 1],
  [EVB_RWD, 3, 1],
  [uintBits('evb.rka-rol', 'ROL: RKA is', evb(9), [5, 5], OPERATING), 4, 1],
  [EVB_RKA, 4, 1],
]

export const CDCP = group('cdcp', 'CDCP', CDCP_CLAUSE)
export const CDCP_ROLE = uintBits('cdcp.role', 'role', CDCP_CLAUSE, [31, 31], { 0: 'bridge', 1: 'station' })
export const CDCP_CHNCAP = uintBits('cdcp.chncap', 'S-channels supported', CDCP_CLAUSE, [11, 0])
const CDCP_FIELDS: readonly Placed[] = [
  [CDCP_ROLE, 0, 4],
  [flag('cdcp.scomp', 'S-component present', CDCP_CLAUSE, 27), 0, 4],
  [CDCP_CHNCAP, 0, 4],
]
export const CDCP_CHANNEL = group('cdcp.channel', 'S-channel', CDCP_CLAUSE)
export const CDCP_SCID = uintBits('cdcp.scid', 'SCID', CDCP_CLAUSE, [23, 12])
export const CDCP_SVID = uintBits('cdcp.svid', 'SVID', CDCP_CLAUSE, [11, 0], { 0: 'to be assigned' })

const MODES = {
  [DRAFT_FORWARDING.standard]: 'standard bridging',
  [DRAFT_FORWARDING.reflectiveRelay]: 'reflective relay',
}
const CAPABILITIES = {
  [DRAFT_CAPABILITIES.rte]: 'RTE',
  [DRAFT_CAPABILITIES.ecp]: 'ECP',
  [DRAFT_CAPABILITIES.vdp]: 'VDP',
}
export const DRAFT_EVB = group('evb-draft', 'EVB, draft 0.2', DRAFT_EVB_CLAUSE)
export const DRAFT_EVB_SUPPORTED = bits(
  'evb-draft.smode',
  'supported forwarding modes',
  DRAFT_EVB_CLAUSE,
  MODES,
)
export const DRAFT_EVB_CONFIGURED = bits(
  'evb-draft.cmode',
  'configured forwarding mode',
  DRAFT_EVB_CLAUSE,
  MODES,
)
export const DRAFT_EVB_CCAP = bits(
  'evb-draft.ccap',
  'configured capabilities',
  DRAFT_EVB_CLAUSE,
  CAPABILITIES,
)
const DRAFT_EVB_FIELDS: readonly Placed[] = [
  [DRAFT_EVB_SUPPORTED, 0, 1],
  [bits('evb-draft.scap', 'supported capabilities', DRAFT_EVB_CLAUSE, CAPABILITIES), 1, 1],
  [DRAFT_EVB_CONFIGURED, 2, 1],
  [DRAFT_EVB_CCAP, 3, 1],
  [uint('evb-draft.svsi', 'supported VSIs', DRAFT_EVB_CLAUSE), 4, 2],
  [uint('evb-draft.cvsi', 'configured VSIs', DRAFT_EVB_CLAUSE), 6, 2],
  [uint('evb-draft.rte', 'RTE: retransmission exponent', DRAFT_EVB_CLAUSE), 8, 1],
]

/** A length other than `length` is a fault, at the data. */
function exactly(length: number, clause: string, placed: readonly Placed[]): OrganizationalKind['dissect'] {
  return (d, data, end) => {
    d.addRest(DATA, data + addPlaced(d, placed, data, end), end)
    if (end - data !== length) d.fault('evb-length', data, clause)
  }
}

function dissectCdcp(d: Dissection, data: number, end: number): void {
  let at = data + addPlaced(d, CDCP_FIELDS, data, end)
  if (!isCdcpLength(end - data)) d.fault('cdcp-length', data, CDCP_CLAUSE)
  else if (d.uint24(data + CDCP_FIXED_LENGTH) !== DEFAULT_CHANNEL)
    d.fault('cdcp-default-channel', data + CDCP_FIXED_LENGTH, CDCP_CLAUSE)
  while (at >= data + CDCP_FIXED_LENGTH && end - at >= CDCP_ENTRY_LENGTH) {
    const channel = d.open(CDCP_CHANNEL, at)
    d.add(CDCP_SCID, at, at + CDCP_ENTRY_LENGTH)
    d.add(CDCP_SVID, at, at + CDCP_ENTRY_LENGTH)
    at += CDCP_ENTRY_LENGTH
    d.close(channel, at)
  }
  d.addRest(DATA, at, end)
}

export const EDGE_TLVS: readonly OrganizationalKind[] = [
  {
    oui: DOT1_OUI,
    subtype: EVB_SUBTYPE,
    group: EVB,
    once: true,
    dissect: exactly(EVB_DATA_LENGTH, EVB_CLAUSE, EVB_FIELDS),
  },
  { oui: DOT1_OUI, subtype: CDCP_SUBTYPE, group: CDCP, once: true, dissect: dissectCdcp },
  {
    oui: DRAFT_OUI,
    subtype: DRAFT_EVB_SUBTYPE,
    group: DRAFT_EVB,
    once: true,
    dissect: exactly(DRAFT_EVB_DATA_LENGTH, DRAFT_EVB_CLAUSE, DRAFT_EVB_FIELDS),
  },
]
