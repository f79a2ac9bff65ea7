/** What a frame is, as far as rules ask: LLDP or ECP, its number, and the VSI TLVs in it with their places. */
import { decodeEcpHeader, ECP_HEADER_LENGTH, ECP_OPS, ECP_SUBTYPES } from '../../protocol/ecp/ecpdu.ts'
import { decodeAssociationTlv, isAssociationType } from '../../protocol/vdp/association-tlv.ts'
import { formatVsiId, type VsiKey } from '../../protocol/vdp/vsi-id.ts'
import {
  decodeEthernetHeader,
  ETHERNET_HEADER_LENGTH,
  ETHERTYPE_ECP,
  ETHERTYPE_LLDP,
} from '../../protocol/wire/ethernet-frame.ts'
import { type TlvSpan, walkTlvs } from '../../protocol/wire/tlv.ts'
import type { Mode } from '../control/schema/vsi-request.ts'

const MODES: Readonly<Record<number, Mode>> = {
  1: 'preassociate',
  2: 'preassociate-rr',
  3: 'associate',
  4: 'deassociate',
}

/** Where the ULPDU of an ECPDU begins. */
export const ULPDU_START = ETHERNET_HEADER_LENGTH + ECP_HEADER_LENGTH

/** A VSI TLV. Absent values could not be read. */
export interface VsiTlvView {
  readonly span: TlvSpan
  readonly mode: Mode
  readonly vsi?: VsiKey
  readonly typeId?: number
  readonly typeVersion?: number
}

export interface FrameView {
  readonly kind: 'lldp' | 'vdp' | 'ack' | 'other'
  /** Of ECP. */
  readonly sequence?: number
  readonly tlvs: readonly VsiTlvView[]
}

const OTHER: FrameView = { kind: 'other', tlvs: [] }

/** Never throws: what cannot be read is `other`, or a TLV without its values. */
export function viewFrame(octets: Uint8Array): FrameView {
  const header = decodeEthernetHeader(octets)
  if (!header.ok) return OTHER
  if (header.value.etherType === ETHERTYPE_LLDP) return { kind: 'lldp', tlvs: [] }
  if (header.value.etherType !== ETHERTYPE_ECP) return OTHER
  const ecp = decodeEcpHeader(octets, ETHERNET_HEADER_LENGTH)
  if (!ecp.ok) return OTHER
  const { op, subtype, sequence } = ecp.value
  if (op === ECP_OPS.acknowledge) return { kind: 'ack', sequence, tlvs: [] }
  if (subtype !== ECP_SUBTYPES.vdp) return { ...OTHER, sequence }
  return { kind: 'vdp', sequence, tlvs: vsiTlvs(octets) }
}

function vsiTlvs(octets: Uint8Array): VsiTlvView[] {
  const { tlvs } = walkTlvs(octets, ULPDU_START)
  return tlvs.filter(({ type }) => isAssociationType(type)).map((span) => viewTlv(octets, span))
}

function viewTlv(octets: Uint8Array, span: TlvSpan): VsiTlvView {
  const mode = MODES[span.type]!
  const tlv = decodeAssociationTlv(octets, span)
  if (!tlv.ok)
    return 'unreadable' in tlv ? { span, mode, vsi: formatVsiId(tlv.unreadable.vsiId) } : { span, mode }
  const { vsiId, typeId, typeVersion } = tlv.value
  return { span, mode, vsi: formatVsiId(vsiId), typeId, typeVersion }
}

/** `ECPDU 17 with associate 6b9a54c4-...`: for events. */
export function describeFrame({ kind, sequence, tlvs }: FrameView): string {
  if (kind === 'lldp') return 'LLDPDU'
  if (kind === 'ack') return `acknowledgement ${sequence}`
  if (kind === 'other') return sequence === undefined ? 'frame' : `ECPDU ${sequence}`
  const [first] = tlvs
  const more = tlvs.length > 1 ? ` and ${tlvs.length - 1} more` : ''
  return `ECPDU ${sequence}${first ? ` with ${first.mode} ${first.vsi ?? 'unreadable'}${more}` : ''}`
}
