/** TLVs by themselves, the draft's among them. The first octet chooses the decoder. */
import { decodeCdcpTlv } from '../../protocol/cdcp/cdcp-tlv.ts'
import { decodeDraftEvbTlv } from '../../protocol/evb/draft-evb-tlv.ts'
import { decodeEvbTlv, encodeEvbTlv } from '../../protocol/evb/evb-tlv.ts'
import { decodeAssociationTlv } from '../../protocol/vdp/association-tlv.ts'
import { decodeDraftAssociationTlv } from '../../protocol/vdp/draft-association-tlv.ts'
import { checkFilterInfo } from '../../protocol/vdp/filter-info.ts'
import { decodeRequestStatus, decodeResponseStatus } from '../../protocol/vdp/status.ts'
import { formatVsiId, parseVsiId } from '../../protocol/vdp/vsi-id.ts'
import { toHex } from '../../protocol/wire/octets.ts'
import { walkTlvs } from '../../protocol/wire/tlv.ts'
import { EXAMPLE_FRAMES } from '../support/example-frames.ts'
import { claim, claimSame } from './target.ts'

type Decode = (octets: Uint8Array) => void

const DECODERS: readonly Decode[] = [
  (octets) => located(decodeCdcpTlv(octets), octets),
  (octets) => located(decodeDraftEvbTlv(octets), octets),
  (octets) => located(decodeDraftAssociationTlv(octets), octets),
  evb,
  association,
  vsiId,
  (octets) => {
    for (const octet of octets.subarray(0, 8)) {
      decodeRequestStatus(octet)
      decodeResponseStatus(octet)
    }
  },
  (octets) => {
    const { tlvs, end } = walkTlvs(octets)
    for (const { offset, length } of tlvs)
      claim(offset + length <= octets.length, () => 'a TLV beyond the end')
    claim(end.offset <= octets.length, () => 'an end beyond the end')
  },
]

export function* seeds(): Generator<Uint8Array> {
  for (const frame of EXAMPLE_FRAMES.slice(0, 40)) {
    const start = frame[12] === 0x88 ? 14 : 18
    for (const { type, offset, length } of walkTlvs(frame, start).tlvs) {
      const organizational = type === 127 ? 4 : 0
      const data = frame.slice(offset + organizational, offset + length)
      for (const decoder of DECODERS.keys()) yield Uint8Array.from([decoder, ...data])
    }
  }
}

export function fuzz(octets: Uint8Array): void {
  DECODERS[(octets[0] ?? 0) % DECODERS.length]!(octets.subarray(1))
}

function located(
  result: { readonly ok: true } | { readonly ok: false; readonly fault: { readonly offset: number } },
  { length }: Uint8Array,
): void {
  if (!result.ok)
    claim(result.fault.offset >= 0 && result.fault.offset <= length, () => `at ${result.fault.offset}`)
}

function evb(octets: Uint8Array): void {
  const result = decodeEvbTlv(octets)
  located(result, octets)
  if (!result.ok) return
  const again = decodeEvbTlv(encodeEvbTlv(result.value))
  claim(again.ok, () => 'an EVB TLV of ours does not decode')
  claimSame(again.value, result.value, 'EVB TLV, decoded, encoded and decoded')
}

function association(octets: Uint8Array): void {
  const result = decodeAssociationTlv(octets, { type: 3, start: 0, offset: 0, length: octets.length })
  located(result, octets)
  if (result.ok) checkFilterInfo(result.value.filter)
}

function vsiId(octets: Uint8Array): void {
  if (octets.length < 17) return
  const id = { format: octets[0]!, value: toHex(octets, 1, 17) }
  const text = formatVsiId(id)
  if (id.format >= 1 && id.format <= 5)
    claimSame(formatVsiId(parseVsiId(text) ?? id), text, 'VSI ID as text and back')
}
