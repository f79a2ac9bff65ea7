/**
 * The EVB TLV as one of the organisational TLVs of an LLDPDU. Source: 802.1Q-2018 §D.2.12.
 * Of several the first counts; one that has not exactly five octets of data is as if it were not there.
 */
import type { OrganizationalTlv, RecognizedTlv } from '../lldp/organizational.ts'
import { fromHex, toHex } from '../wire/octets.ts'
import { decodeEvbTlv, EVB_OUI, EVB_SUBTYPE, type EvbTlv, encodeEvbTlv } from './evb-tlv.ts'

export const RECOGNIZED_EVB_TLV: RecognizedTlv = {
  oui: EVB_OUI,
  subtype: EVB_SUBTYPE,
  check: (data) => {
    const result = decodeEvbTlv(data)
    return result.ok ? undefined : result.fault
  },
}

export function toOrganizationalTlv(evb: EvbTlv): OrganizationalTlv {
  return { oui: EVB_OUI, subtype: EVB_SUBTYPE, data: toHex(encodeEvbTlv(evb)) }
}

/** The EVB TLV among `tlvs`; undefined when there is none. */
export function findEvbTlv(tlvs: readonly OrganizationalTlv[]): EvbTlv | undefined {
  const tlv = tlvs.find(({ oui, subtype }) => oui === EVB_OUI && subtype === EVB_SUBTYPE)
  const result = tlv && decodeEvbTlv(fromHex(tlv.data))
  return result?.ok ? result.value : undefined
}
