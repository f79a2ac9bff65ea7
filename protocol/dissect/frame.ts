/**
 * The fields of an Ethernet frame: addresses, VLAN tags of any number, and what it carries. Source: 802.3-2018 §3.2,
 * 802.1Q-2018 §9. Never throws, whatever the octets are.
 */
import { ETHERTYPE_OUI_EXTENDED, isDraftEcp } from '../ecp/draft-ecpdu.ts'
import {
  ETHERNET_HEADER_LENGTH,
  ETHERTYPE_ECP,
  ETHERTYPE_LLDP,
  MAX_PAYLOAD_LENGTH,
} from '../wire/ethernet-frame.ts'
import type { Dissection } from './dissection.ts'
import { dissectDraftEcpdu } from './draft-ecpdu.ts'
import { dissectEcpdu } from './ecpdu.ts'
import { flag, group, plain, uint, uintBits } from './field.ts'
import { dissectLldpdu } from './lldpdu.ts'
import { DATA } from './tlv-header.ts'

const ETHERNET = '802.3-2018 §3.2'
const TAG = '802.1Q-2018 §9.6'
const TAG_LENGTH = 4
const C_TAG = 0x8100
const S_TAG = 0x88a8
const OLD_S_TAG = 0x9100

export const ETH_DESTINATION = plain('mac', 'eth.destination', 'destination', ETHERNET)
export const ETH_SOURCE = plain('mac', 'eth.source', 'source', ETHERNET)
export const ETH_TYPE = uint('eth.type', 'EtherType', ETHERNET, {
  2048: 'IPv4',
  2054: 'ARP',
  34525: 'IPv6',
  [ETHERTYPE_OUI_EXTENDED]: 'OUI-extended',
  [ETHERTYPE_ECP]: 'ECP',
  [ETHERTYPE_LLDP]: 'LLDP',
})
const ETH_FCS = plain('octets', 'eth.fcs', 'FCS', ETHERNET)

const VLAN = group('vlan', 'VLAN tag', TAG)
const VLAN_TPID = uint('vlan.tpid', 'tag type', TAG, {
  [C_TAG]: 'C-tag',
  [S_TAG]: 'S-tag',
  [OLD_S_TAG]: 'old S-tag',
})
const VLAN_PCP = uintBits('vlan.pcp', 'priority', TAG, [15, 13])
const VLAN_DEI = flag('vlan.dei', 'drop eligible', TAG, 12)
export const VLAN_VID = uintBits('vlan.vid', 'VID', TAG, [11, 0])

/** `octets` as captured; `originalLength` on the wire; `fcsLength` octets of FCS at the end of the frame. */
export function dissectFrame(
  d: Dissection,
  octets: Uint8Array,
  originalLength = octets.length,
  fcsLength = 0,
): void {
  const frameLength = Math.max(Math.max(originalLength, octets.length) - fcsLength, 0)
  const end = Math.min(octets.length, frameLength)
  d.begin(octets, end, octets.length < frameLength)
  if (end < ETHERNET_HEADER_LENGTH) {
    d.addRest(DATA, 0, end)
    d.runOut('frame-too-short', end, ETHERNET)
  } else dissectHeader(d)
  d.addRest(ETH_FCS, end, octets.length)
}

/** Octets of another link type than Ethernet: nobody here knows them. */
export function dissectOther(d: Dissection, octets: Uint8Array): void {
  d.begin(octets, octets.length, false)
  d.addRest(DATA, 0, octets.length)
}

function dissectHeader(d: Dissection): void {
  d.add(ETH_DESTINATION, 0, 6)
  d.add(ETH_SOURCE, 6, 12)
  let at = 12
  while (isTag(d.uint16(at))) {
    if (d.end - at < TAG_LENGTH + 2) {
      d.addRest(DATA, at, d.end)
      d.runOut('frame-too-short', d.end, TAG)
      return
    }
    dissectTag(d, at)
    at += TAG_LENGTH
  }
  d.add(ETH_TYPE, at, at + 2)
  dissectPayload(d, d.uint16(at), at + 2)
}

function isTag(etherType: number): boolean {
  return etherType === C_TAG || etherType === S_TAG || etherType === OLD_S_TAG
}

function dissectTag(d: Dissection, at: number): void {
  const tag = d.open(VLAN, at)
  d.add(VLAN_TPID, at, at + 2)
  d.add(VLAN_PCP, at + 2, at + 4)
  d.add(VLAN_DEI, at + 2, at + 4)
  d.add(VLAN_VID, at + 2, at + 4)
  d.close(tag, at + TAG_LENGTH)
}

function dissectPayload(d: Dissection, etherType: number, start: number): void {
  d.payload = start
  if (etherType === ETHERTYPE_LLDP) {
    d.protocol = 'lldp'
    dissectLldpdu(d, start)
  } else if (etherType === ETHERTYPE_ECP) {
    d.protocol = 'ecp'
    dissectEcpdu(d, start)
  } else if (etherType === ETHERTYPE_OUI_EXTENDED && isDraftEcp(d.octets, start)) {
    d.protocol = 'ecp-draft'
    dissectDraftEcpdu(d, start)
  } else d.addRest(DATA, start, d.end)
  if (d.protocol !== 'other' && d.end - start > MAX_PAYLOAD_LENGTH)
    d.fault('frame-too-long', start + MAX_PAYLOAD_LENGTH, ETHERNET)
}
