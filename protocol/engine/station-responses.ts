/**
 * What the bridge says of the VSIs of a station port: which TLVs answer what was asked, which end a VSI, and which are
 * ignored. Source: 802.1Q-2018 §41.5 (procedure RxResp).
 */
import { type BridgeTlv, judgeResponse } from '../vdp/response-matching.ts'
import { decodeResponseStatus, isResponse } from '../vdp/status.ts'
import type { ReceivedUlpdu } from '../vdp/ulpdu.ts'
import { formatVsiId } from '../vdp/vsi-id.ts'
import { responseSeen, tlvWaits } from './ecp-channel.ts'
import { type StationVdp, stepVsi } from './station-actions.ts'
import type { VdpContext } from './vdp-context.ts'

/** A ULPDU from the bridge. */
export function stationReceives(vdp: StationVdp, ulpdu: ReceivedUlpdu, context: VdpContext): void {
  for (const item of ulpdu.items) {
    const used = receiveTlv(vdp, 'association' in item ? item.association : item, ulpdu, context)
    // One that cannot be read has been counted already.
    if (!used && 'association' in item) context.out.count('VdpRxTlvDiscardCount')
  }
}

function receiveTlv(
  vdp: StationVdp,
  tlv: BridgeTlv,
  { managerId }: ReceivedUlpdu,
  context: VdpContext,
): boolean {
  const vsi = vdp.vsis.get(formatVsiId(tlv.vsiId))
  const request = vsi?.chart.context.sysCmd ?? vsi?.chart.context.operCmd
  if (!vsi || !request) return false
  const verdict = judgeResponse(request, managerId, tlv)
  if (verdict === 'unrelated') return false
  if (isResponse(tlv.status)) {
    responseSeen(context.channel, vsi.key, context)
    if (tlvWaits(context.channel, vsi.key)) return false // it answers what was sent before, late or once more
  }
  const { error, hard } = decodeResponseStatus(tlv.status)
  const response = { verdict, filter: tlv.filter ?? request.filter, error, hard }
  stepVsi(vdp, vsi, { type: 'rxResp', response }, context)
  return true
}
