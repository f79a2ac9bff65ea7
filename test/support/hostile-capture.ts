/** A capture whose names try to be HTML, script, and text that runs backwards. */
import { EVB_MODES, type EvbTlv } from '../../protocol/evb/evb-tlv.ts'
import { toOrganizationalTlv } from '../../protocol/evb/organizational.ts'
import { macChassisId } from '../../protocol/lldp/chassis-id.ts'
import { encodeLldpdu, NO_OPTIONAL_TLVS } from '../../protocol/lldp/lldpdu.ts'
import { macPortId } from '../../protocol/lldp/port-id.ts'
import { ETHERTYPE_LLDP, encodeEthernetFrame } from '../../protocol/wire/ethernet-frame.ts'
import { type MacAddress, NEAREST_CUSTOMER_BRIDGE } from '../../protocol/wire/mac-address.ts'
import { classic } from './capture-octets.ts'

export const HOSTILE_NAME =
  '</script><!--<script>window.stolen=1</script>"><img src=x onerror="window.stolen=1">\'&amp;\u0007\u202egpj.\u2066\u2028{{7*7}}'

/** Of a station and a bridge that have the name, one LLDPDU each. */
export function hostileCapture(): Buffer {
  const sides = [
    ['02:00:00:00:0a:01', EVB_MODES.station],
    ['02:00:00:00:0b:01', EVB_MODES.bridge],
  ] as const
  return classic(
    sides.map(([mac, mode], index) => ({
      seconds: 1_700_000_000 + index,
      fraction: 0,
      octets: lldp(mac as MacAddress, mode),
    })),
  )
}

function lldp(source: MacAddress, mode: EvbTlv['mode']): Uint8Array {
  const evb: EvbTlv = {
    bridge: { bgid: false, rrcap: false, rrctr: false },
    station: { sgid: false, rrreq: false, rrstat: 3 },
    r: 3,
    rte: 14,
    mode,
    rwdRemote: false,
    rwd: 20,
    rkaRemote: false,
    rka: 20,
  }
  const lldpdu = encodeLldpdu({
    ...NO_OPTIONAL_TLVS,
    chassisId: macChassisId(source),
    portId: macPortId(source),
    ttl: 121,
    portDescription: HOSTILE_NAME,
    systemName: HOSTILE_NAME,
    systemDescription: HOSTILE_NAME,
    organizational: [toOrganizationalTlv(evb)],
  })
  const header = { destination: NEAREST_CUSTOMER_BRIDGE, source, etherType: ETHERTYPE_LLDP }
  return encodeEthernetFrame(header, lldpdu)
}
