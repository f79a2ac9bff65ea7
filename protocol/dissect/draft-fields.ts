/** The fields of ECP and VDP in draft 0.2. Source: reference.md 4.7, 6.1. */
import { DRAFT_ECP_CLAUSE } from '../ecp/draft-ecpdu.ts'
import { DRAFT_VDP_CLAUSE } from '../vdp/draft-association-tlv.ts'
import { group, plain, uint, uintBits } from './field.ts'
import { type Placed, tlvHeaderFields } from './tlv-header.ts'

export const DRAFT_OUI = 0x001b3f

export const DRAFT_ECP = group('ecp-draft', 'Edge Control Protocol, draft 0.2', DRAFT_ECP_CLAUSE)
export const DRAFT_ECP_MODE = uint('ecp-draft.mode', 'mode', DRAFT_ECP_CLAUSE, {
  0: 'request',
  1: 'acknowledgement',
})
export const DRAFT_ECP_SEQUENCE = uint('ecp-draft.sequence', 'sequence number', DRAFT_ECP_CLAUSE)
export const DRAFT_ECP_HEADER: readonly Placed[] = [
  [plain('oui', 'ecp-draft.oui', 'OUI', DRAFT_ECP_CLAUSE), 0, 3],
  [uint('ecp-draft.protocol', 'protocol', DRAFT_ECP_CLAUSE), 3, 2],
  [uint('ecp-draft.subtype', 'subtype', DRAFT_ECP_CLAUSE, { 0: 'ECP' }), 5, 1],
  [DRAFT_ECP_MODE, 6, 1],
  [DRAFT_ECP_SEQUENCE, 7, 2],
]

export const DRAFT_TLV = tlvHeaderFields('vdp-draft', DRAFT_VDP_CLAUSE)
export const DRAFT_END = group('vdp-draft.end', 'End TLV', DRAFT_VDP_CLAUSE)
export const DRAFT_UNKNOWN = group('vdp-draft.unknown', 'unknown TLV', DRAFT_VDP_CLAUSE)
export const DRAFT_VDP = group('vdp-draft', 'VDP, draft 0.2', DRAFT_VDP_CLAUSE)

export const DRAFT_VDP_ORGANIZATION: readonly Placed[] = [
  [plain('oui', 'vdp-draft.oui', 'OUI', DRAFT_VDP_CLAUSE), 0, 3],
  [uint('vdp-draft.subtype', 'subtype', DRAFT_VDP_CLAUSE, { 2: 'VDP' }), 3, 1],
]

export const DRAFT_VDP_MODE = uint('vdp-draft.mode', 'mode', DRAFT_VDP_CLAUSE, {
  0: 'Pre-Associate',
  1: 'Pre-Associate RR',
  2: 'Associate',
  3: 'De-Associate',
})
export const DRAFT_VDP_RESPONSE = uint('vdp-draft.response', 'response', DRAFT_VDP_CLAUSE, {
  0: 'success, or a request',
  1: 'invalid format',
  2: 'insufficient resources',
  3: 'unused VTID',
  4: 'VTID violation',
  5: 'VTID version violation',
  6: 'out of sync',
})
export const DRAFT_INSTANCE = plain('uuid', 'vdp-draft.vsi-id', 'VSI instance ID', DRAFT_VDP_CLAUSE)

export const DRAFT_VDP_FIELDS: readonly Placed[] = [
  [DRAFT_VDP_MODE, 0, 1],
  [DRAFT_VDP_RESPONSE, 1, 1],
  [uint('vdp-draft.manager', 'manager ID', DRAFT_VDP_CLAUSE), 2, 1],
  [uint('vdp-draft.type-id', 'VSI type ID', DRAFT_VDP_CLAUSE), 3, 3],
  [uint('vdp-draft.type-version', 'VSI type version', DRAFT_VDP_CLAUSE), 6, 1],
  [DRAFT_INSTANCE, 7, 16],
  [
    uint('vdp-draft.filter-format', 'filter format', DRAFT_VDP_CLAUSE, {
      1: 'VID',
      2: 'MAC/VLAN',
      3: 'GroupID/VID',
      4: 'GroupID/MAC/VID',
    }),
    23,
    1,
  ],
  [uint('vdp-draft.entries', 'number of entries', DRAFT_VDP_CLAUSE), 24, 2],
]

export const DRAFT_ENTRY = group('vdp-draft.entry', 'entry', DRAFT_VDP_CLAUSE)
export const DRAFT_MAC = plain('mac', 'vdp-draft.mac', 'MAC address', DRAFT_VDP_CLAUSE)
export const DRAFT_VLAN = uintBits('vdp-draft.vlan', 'VLAN', DRAFT_VDP_CLAUSE, [11, 0])
export const DRAFT_ENTRY_FIELDS: readonly Placed[] = [
  [DRAFT_MAC, 0, 6],
  [DRAFT_VLAN, 6, 2],
]
