/**
 * A long capture of one link: LLDP with EVB both ways, VSIs that are associated one after another, acknowledgements.
 * Made by our own encoders; every association has an ID, a MAC address and a VID of its own.
 */
import { closeSync, openSync, writeSync } from 'node:fs'
import { encodeEcpdu } from '../../protocol/ecp/ecpdu.ts'
import { EVB_MODES, type EvbTlv } from '../../protocol/evb/evb-tlv.ts'
import { toOrganizationalTlv } from '../../protocol/evb/organizational.ts'
import { macChassisId } from '../../protocol/lldp/chassis-id.ts'
import { encodeLldpdu, NO_OPTIONAL_TLVS } from '../../protocol/lldp/lldpdu.ts'
import { macPortId } from '../../protocol/lldp/port-id.ts'
import { encodeUlpdu } from '../../protocol/vdp/ulpdu.ts'
import { ETHERTYPE_ECP, ETHERTYPE_LLDP, encodeEthernetFrame } from '../../protocol/wire/ethernet-frame.ts'
import { type MacAddress, NEAREST_CUSTOMER_BRIDGE } from '../../protocol/wire/mac-address.ts'
import { classic } from './capture-octets.ts'

const STATION = '02:00:00:00:0a:01' as MacAddress
const BRIDGE = '02:00:00:00:0b:01' as MacAddress
const PART = 10_000

/** A capture of `count` frames in `path`, a tenth of them LLDPDUs. */
export function writeGeneratedCapture(path: string, count: number): void {
  const file = openSync(path, 'w')
  for (let first = 0; first < count; first += PART) {
    const length = Math.min(PART, count - first)
    const records = Array.from({ length }, (_, index) => {
      const number = first + index
      const microseconds = number * 437
      return {
        seconds: 1_700_000_000 + Math.floor(microseconds / 1e6),
        fraction: microseconds % 1e6,
        octets: frame(number),
      }
    })
    const octets = classic(records)
    writeSync(file, first === 0 ? octets : octets.subarray(24))
  }
  closeSync(file)
}

/** Twenty frames are two LLDPDUs and four associations and a half: request, ack, response, ack. */
function frame(number: number): Uint8Array {
  const place = number % 20
  if (place === 0) return lldp(STATION, 'host', EVB_MODES.station, number)
  if (place === 10) return lldp(BRIDGE, 'switch', EVB_MODES.bridge, number)
  const turn = number - Math.floor(number / 10)
  const association = Math.floor(turn / 4)
  const sequence = association & 0xffff
  if (turn % 4 === 0) return ecp(STATION, 0, sequence, ulpdu(association, 0))
  if (turn % 4 === 2) return ecp(BRIDGE, 0, sequence, ulpdu(association, 0x40))
  return ecp(turn % 4 === 1 ? BRIDGE : STATION, 1, sequence)
}

function ecp(source: MacAddress, op: 0 | 1, sequence: number, ulpdu?: Uint8Array): Uint8Array {
  const header = { destination: NEAREST_CUSTOMER_BRIDGE, source, etherType: ETHERTYPE_ECP }
  return encodeEthernetFrame(header, encodeEcpdu({ op, subtype: 1, sequence }, ulpdu))
}

function ulpdu(association: number, status: number): Uint8Array {
  const mixed = Math.imul(association + 1, 0x9e3779b1) >>> 0
  const hex = (value: number) => value.toString(16).padStart(8, '0')
  const mac = `52:54:${hex(association).match(/../g)!.join(':')}` as MacAddress
  return encodeUlpdu('0'.repeat(32), [
    {
      association: {
        type: association % 8 === 7 ? 4 : 3,
        status,
        typeId: 5 + (association % 3),
        typeVersion: 1,
        vsiId: {
          format: 5,
          value: hex(mixed) + hex(~mixed >>> 0) + hex(association) + hex((mixed ^ 0x5bd1e995) >>> 0),
        },
        filter: { format: 2, entries: [{ mac, vid: 100 + (association % 3900) }] },
      },
      organizational: [],
    },
  ])
}

function lldp(source: MacAddress, systemName: string, mode: EvbTlv['mode'], number: number): Uint8Array {
  const evb: EvbTlv = {
    bridge: { bgid: false, rrcap: true, rrctr: number > 40 },
    station: { sgid: false, rrreq: true, rrstat: number > 60 ? 1 : 0 },
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
    portDescription: 'eth0',
    systemName,
    systemDescription: 'generated',
    systemCapabilities: { supported: 0x0104, enabled: 0x0104 },
    organizational: [toOrganizationalTlv(evb)],
  })
  const header = { destination: NEAREST_CUSTOMER_BRIDGE, source, etherType: ETHERTYPE_LLDP }
  return encodeEthernetFrame(header, lldpdu)
}
