/**
 * What `qbg decode` says of every capture, held against tshark, a decoder that is not ours. Wireshark 4.0's errors with
 * ratified filters and pre-associations are left out: reference.md 9.4.
 */
import { readFileSync } from 'node:fs'
import { describe, expect } from 'vitest'
import { Dissection } from '../../protocol/dissect/dissection.ts'
import { readBits, readText } from '../../protocol/dissect/value.ts'
import { VDP_END } from '../../protocol/dissect/vdp-fields.ts'
import { parseVsiId } from '../../protocol/vdp/vsi-id.ts'
import { dissectPacket } from '../../src/decode/packet-dissection.ts'
import { parseCapture } from '../../src/pcap/capture-parser.ts'
import { toMilliseconds } from '../../src/pcap/captured-packet.ts'
import { CAPTURES } from '../support/example-frames.ts'
import { requires } from '../support/requirements.ts'
import { tsharkFields } from '../support/tshark.ts'

/** How tshark prints a field that we read as a number or a text. */
const NOTATIONS = {
  number: String,
  hex: (value: number | string) => `0x${Number(value).toString(16)}`,
  text: String,
  flag: (value: number | string) => String(value),
  /** Octets; tshark separates them, or not. */
  octets: (value: number | string) => String(value).replaceAll('-', ''),
  vsiId: (value: number | string) => parseVsiId(String(value))!.value,
  oui: (value: number | string) => String(Number.parseInt(String(value).replaceAll(':', ''), 16)),
} as const

/** Wireshark's name of a field, ours, its notation, and ours in draft 0.2 when theirs is the same. */
const SAME: readonly (readonly [string, string, keyof typeof NOTATIONS, string?])[] = [
  ['eth.dst', 'eth.destination', 'text'],
  ['eth.src', 'eth.source', 'text'],
  ['lldp.tlv.type', 'lldp.tlv.type', 'number'],
  ['lldp.tlv.len', 'lldp.tlv.length', 'number'],
  ['lldp.chassis.subtype', 'lldp.chassis-id.subtype', 'number'],
  ['lldp.chassis.id.mac', 'lldp.chassis-id.value', 'text'],
  ['lldp.port.id.mac', 'lldp.port-id.value', 'text'],
  ['lldp.time_to_live', 'lldp.ttl.seconds', 'number'],
  ['lldp.orgtlv.oui', 'lldp.oui', 'oui'],
  ['ecp.ver', 'ecp.version', 'number'],
  ['ecp.op', 'ecp.op', 'number'],
  ['ecp.subtype', 'ecp.subtype', 'number', 'ecp-draft.subtype'],
  ['ecp.seqno', 'ecp.sequence', 'number'],
  ['vdp21.tlvtype', 'vdp.tlv.type', 'number'],
  ['vdp21.tlvlen', 'vdp.tlv.length', 'number'],
  ['vdp21.vsitypeid', 'vdp.type-id', 'number'],
  ['vdp21.vsiversion', 'vdp.type-version', 'number'],
  ['vdp21.vsiidformat', 'vdp.vsi-id-format', 'number'],
  ['vdp21.VSIID', 'vdp.vsi-id', 'vsiId'],
  ['vdp21.filterformat', 'vdp.filter-format', 'number'],
  ['vdp21.assoc.flags.req_rsp', 'vdp.req-ack', 'flag'],
  ['vdp21.assoc.flags.mbit', 'vdp.migrating', 'flag'],
  ['vdp21.assoc.flags.sbit', 'vdp.suspended', 'flag'],
  ['vdp21.assoc.flags.keep', 'vdp.keep', 'flag'],
  ['vdp21.assoc.flags.hard_error', 'vdp.hard', 'flag'],
  ['vdp21.assoc.error', 'vdp.error', 'number'],
  ['ecp.mode', 'ecp-draft.mode', 'number'],
  ['ecp.seq', 'ecp-draft.sequence', 'number'],
  ['ecp.vdp.mode', 'vdp-draft.mode', 'number'],
  ['ecp.vdp.response', 'vdp-draft.response', 'number'],
  ['ecp.vdp.mgrid', 'vdp-draft.manager', 'number'],
  ['ecp.vdp.vsitypeid', 'vdp-draft.type-id', 'number'],
  ['ecp.vdp.vsitypeidversion', 'vdp-draft.type-version', 'number'],
  ['ecp.vdp.instanceid', 'vdp-draft.vsi-id', 'octets'],
  ['ecp.vdp.format', 'vdp-draft.filter-format', 'number'],
  ['ecp.vdp.mac', 'vdp-draft.mac', 'text'],
  ['ecp.vdp.vlan', 'vdp-draft.vlan', 'number'],
]
const THEIRS = ['frame.number', 'frame.time_epoch', ...SAME.map(([theirs]) => theirs)]

describe('every field that tshark knows as well', () => {
  for (const path of CAPTURES) {
    requires('tshark')(`${path.split('/').at(-1)}`, async () => {
      const octets = readFileSync(path)
      const rows = await tsharkFields(octets, THEIRS)
      const packets = parseCapture(octets)
      expect(rows.map((row) => row['frame.number'])).toEqual(packets.map(({ number }) => String(number)))
      const d = new Dissection()
      for (const [index, packet] of packets.entries()) {
        dissectPacket(d, packet)
        const row = rows[index]!
        expect(Number(row['frame.time_epoch']) * 1000).toBeCloseTo(toMilliseconds(packet.time!), 2)
        if (d.faults.length > 0) continue // each goes on behind a fault as it sees fit
        for (const [theirs, ours, notation, draft] of SAME) {
          const said = fieldValues(d, d.protocol === 'ecp-draft' && draft ? draft : ours)
            .map(NOTATIONS[notation])
            .join()
          expect(`${packet.number} ${ours} ${said}`).toBe(
            `${packet.number} ${ours} ${normal(row[theirs]!, notation)}`,
          )
        }
      }
    })
  }
})

/** tshark writes numbers in hexadecimal where its authors liked it. */
function normal(text: string, notation: string): string {
  const bare = ['octets', 'vsiId'].includes(notation) ? text.replaceAll(':', '') : text
  return bare
    .split(',')
    .map((value) => (/^0x[0-9a-f]{1,8}$/.test(value) ? String(Number(value)) : value))
    .join()
}

/** Wireshark 4.0 shows nothing of what is in a pre-association, and no End TLV of VDP that ends the frame. */
function fieldValues(d: Dissection, name: string): (number | string)[] {
  const found: (number | string)[] = []
  let hidden = Number.POSITIVE_INFINITY
  for (let index = 0; index < d.count; index++) {
    const field = d.fields[index]!
    const depth = d.depths[index]!
    if (depth <= hidden) hidden = field.name.startsWith('vdp.preassociate') ? depth : Number.POSITIVE_INFINITY
    if (field === VDP_END && d.ends[index] === d.end) break
    if (field.name !== name || (depth > hidden && !name.startsWith('vdp.tlv'))) continue
    const range = [d.octets, d.starts[index]!, d.ends[index]!] as const
    const numeric = field.kind === 'uint' || field.kind === 'flag' || field.kind === 'bits'
    found.push(numeric ? readBits(field, ...range) : readText(field, ...range))
  }
  return found
}
