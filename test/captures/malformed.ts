/** Frames that are wrong by construction, one after the other: what no sound peer sends, and every receiver must survive. */
import type { MacAddress } from '../../protocol/wire/mac-address.ts'
import { classic, type Record } from '../support/capture-octets.ts'
import { evbTlv, tlv as lldpTlv, neighborFrame, rawFrame } from '../support/lldp.ts'
import { command, ecpAck, ecpRequest, tlv, ulpdu, withoutEndTlv } from '../support/vdp.ts'

export interface Malformed {
  readonly name: string
  readonly shows: string
  readonly frames: () => readonly Uint8Array[]
}

const STATION = '02:00:00:00:0a:01' as MacAddress
const BRIDGE = '02:00:00:00:0b:01' as MacAddress
const MAC = '02000000 0b01'
const CHASSIS = lldpTlv(1, `04 ${MAC}`)
const PORT = lldpTlv(2, `03 ${MAC}`)
const TTL = lldpTlv(3, '0078')
const EVB = '00 02 6e 54 14'
const lldp = (...tlvs: readonly string[]) => rawFrame([...tlvs, '0000'].join(''), { from: BRIDGE })

/** Where the parts of a frame with one association are. */
const AT = { version: 14, managerId: 18, vsiTlv: 36, format: 60, count: 61, mac: 63, vid: 69 }

function vdp(sequence: number, ...changes: readonly (readonly [at: number, octet: number])[]): Uint8Array {
  const octets = ecpRequest({ from: STATION, sequence }, ulpdu(tlv(command(), 0))).slice()
  for (const [at, octet] of changes) octets[at] = octet
  return octets
}

/** Each with what the other side acknowledges it with: the ECP header of all is sound. */
function acknowledged(requests: readonly Uint8Array[]): Uint8Array[] {
  return requests.flatMap((request, index) => [request, ecpAck(BRIDGE, index + 1)])
}

export const MALFORMED: readonly Malformed[] = [
  {
    name: 'malformed-evb-300',
    shows: 'an EVB TLV of 300 octets, which ends lldpad',
    frames: () => [neighborFrame({ from: BRIDGE, tlvs: [lldpTlv(127, `0080c2 0d ${'5a'.repeat(296)}`)] })],
  },
  {
    name: 'malformed-lldp',
    shows:
      'LLDPDUs without a TTL, out of order, with a chassis ID twice, an empty one, a TLV longer than the frame, no End TLV, two EVB TLVs, one of 8 octets, an unknown mode',
    frames: () => [
      lldp(CHASSIS, PORT),
      lldp(PORT, CHASSIS, TTL),
      lldp(CHASSIS, PORT, TTL, CHASSIS),
      lldp(lldpTlv(1, ''), PORT, TTL),
      lldp(CHASSIS, PORT, TTL, lldpTlv(5, 'aabb', 400)),
      rawFrame([CHASSIS, PORT, TTL, lldpTlv(5, '61'.repeat(60))].join(''), { from: BRIDGE }, false),
      lldp(CHASSIS, PORT, TTL, evbTlv(EVB), evbTlv(EVB)),
      lldp(CHASSIS, PORT, TTL, lldpTlv(127, '0080c2 0d 00 02 6e 54')),
      lldp(CHASSIS, PORT, TTL, evbTlv('f8 f2 6e d4 d4')),
      lldp(CHASSIS, PORT, TTL, lldpTlv(127, '0080')),
    ],
  },
  {
    name: 'malformed-ecp',
    shows: 'ECPDUs of another version, an unknown operation and subtype, and one that ends within its header',
    frames: () => [
      vdp(1, [AT.version, 0x20]),
      vdp(2, [AT.version, 0x1c]),
      vdp(3, [AT.version + 1, 0x7f]),
      vdp(4).slice(0, 16),
      vdp(5).slice(0, 18),
    ],
  },
  {
    name: 'malformed-vdp',
    shows:
      'ULPDUs without a manager ID, with one of a wrong length, filters of an unknown format and with too many or no entries, VID 4095, a group MAC, a TLV cut short, no End TLV, a reserved TLV',
    frames: () =>
      acknowledged([
        vdp(1, [AT.managerId, 0x0c]),
        vdp(2, [AT.managerId + 1, 0x0f]),
        vdp(3, [AT.format, 9]),
        vdp(4, [AT.count, 0xff]),
        vdp(5, [AT.count + 1, 0]),
        vdp(6, [AT.vid, 0x0f], [AT.vid + 1, 0xff]),
        vdp(7, [AT.mac, 0x01]),
        vdp(8, [AT.vsiTlv + 1, 0x08]),
        vdp(9, [AT.vsiTlv + 1, 0xff]),
        ecpRequest({ from: STATION, sequence: 10 }, withoutEndTlv(ulpdu(tlv(command(), 0)))),
        vdp(11, [AT.vsiTlv, 0x40]),
      ]),
  },
]

/** A tenth of a second between frames. */
export function captureOf({ frames }: Malformed): Uint8Array {
  const records = frames().map(
    (octets, index): Record => ({
      seconds: 1_760_000_000 + Math.floor(index / 10),
      fraction: (index % 10) * 100_000,
      octets,
    }),
  )
  return classic(records)
}
