/** A capture between us and lldpad, read with our decoders, and the rules that every frame of ours keeps. */
import { expect } from 'vitest'
import { decodeEcpHeader, ECP_HEADER_LENGTH, type EcpHeader } from '../../protocol/ecp/ecpdu.ts'
import { ASSOCIATION_TYPES } from '../../protocol/vdp/association-tlv.ts'
import { REQ_ACK } from '../../protocol/vdp/status.ts'
import { decodeUlpdu, type ReceivedUlpdu } from '../../protocol/vdp/ulpdu.ts'
import {
  decodeEthernetHeader,
  ETHERNET_HEADER_LENGTH,
  ETHERTYPE_LLDP,
} from '../../protocol/wire/ethernet-frame.ts'
import { NEAREST_CUSTOMER_BRIDGE } from '../../protocol/wire/mac-address.ts'
import { toHex } from '../../protocol/wire/octets.ts'
import { tlvsOf } from './lldp.ts'
import { tsharkFields, tsharkRemarks } from './tshark.ts'
import type { TappedFrame } from './wire-tap.ts'

export interface WireFrame extends TappedFrame {
  readonly from: string
  /** Type and information string, in hexadecimal, of an LLDPDU's TLVs. */
  readonly lldp?: readonly { readonly type: number; readonly info: string }[]
  readonly ecp?: EcpHeader
  /** Of an ECP request. */
  readonly vdp?: ReceivedUlpdu
  /** Why its ECP header or its ULPDU cannot be read. */
  readonly unreadable?: string
}

export function readWire(frames: readonly TappedFrame[]): WireFrame[] {
  return frames.map(readFrame)
}

function readFrame(frame: TappedFrame): WireFrame {
  const header = decodeEthernetHeader(frame.octets)
  if (!header.ok) throw new Error(`no Ethernet frame on the wire: ${header.fault.code}`)
  const known = { ...frame, from: header.value.source }
  if (header.value.etherType === ETHERTYPE_LLDP) return { ...known, lldp: tlvsOf(toHex(frame.octets)) }
  const ecp = decodeEcpHeader(frame.octets, ETHERNET_HEADER_LENGTH)
  if (!ecp.ok) return { ...known, unreadable: ecp.fault.code }
  if (ecp.value.op !== 0) return { ...known, ecp: ecp.value }
  const vdp = decodeUlpdu(frame.octets, ETHERNET_HEADER_LENGTH + ECP_HEADER_LENGTH)
  if (!vdp.ok) return { ...known, ecp: ecp.value, unreadable: vdp.fault.code }
  return { ...known, ecp: ecp.value, vdp: vdp.value }
}

/** What is asked of every frame of ours in every run. `paced`: the peer is lldpad, which has to be given time. */
export async function checkOurFrames(
  file: Uint8Array,
  all: readonly WireFrame[],
  role: Role,
  mac: string,
  paced = true,
) {
  const ours = all.filter(({ from }) => from === mac)
  expect(ours.length).toBeGreaterThan(0)
  expect(all.filter(({ unreadable }) => unreadable !== undefined)).toEqual([])
  for (const frame of ours) {
    expect(frame.octets.length).toBeGreaterThanOrEqual(60)
    expect(toHex(frame.octets.subarray(0, 6))).toBe(NEAREST_CUSTOMER_BRIDGE.replaceAll(':', ''))
    if (frame.lldp) checkLldpdu(frame.lldp)
    if (frame.vdp) checkUlpdu(frame.octets, frame.vdp, role)
  }
  if (paced) checkPacing(all, mac)
  expect(await tsharkRemarks(file, mac)).toEqual([])
  expect(await ecpByTshark(file)).toEqual(all.flatMap(({ ecp }) => (ecp ? [ecp] : [])))
}

export type Role = 'station' | 'bridge'

function checkLldpdu(tlvs: NonNullable<WireFrame['lldp']>): void {
  expect(tlvs.slice(0, 3).map(({ type }) => type)).toEqual([1, 2, 3])
  expect(tlvs.at(-1)).toEqual({ type: 0, info: '' })
  const evb = tlvs.filter(({ type, info }) => type === 127 && info.startsWith('0080c20d'))
  const shutdown = tlvs[2]!.info === '0000'
  expect(evb.map(({ info }) => info.length)).toEqual(shutdown ? [] : [18])
}

function checkUlpdu(octets: Uint8Array, ulpdu: ReceivedUlpdu, role: Role): void {
  expect(toHex(octets.subarray(-2))).toBe('0000')
  expect(ulpdu).toMatchObject({ endTlv: true, faults: [], unrecognized: 0 })
  for (const item of ulpdu.items) {
    if (!('association' in item)) throw new Error(`a VSI TLV of ours cannot be read: ${item.fault.code}`)
    const { type, status } = item.association
    if (role === 'station') expect(status & REQ_ACK).toBe(0)
    else if (status !== 0 || type !== ASSOCIATION_TYPES.deassociate) expect(status & REQ_ACK).toBe(REQ_ACK)
  }
}

/** lldpad loses the first of two ECPDUs, unless it has answered it or 20 ms have gone (reference.md 4.6). */
function checkPacing(all: readonly WireFrame[], mac: string): void {
  const gaps = ecpduGaps(all, mac)
  expect(gaps.filter(({ gap, answered }) => !answered && gap < 19.5)).toEqual([])
}

/** Time between each new ECPDU of ours and the one before it, and whether the peer had answered that. */
export function ecpduGaps(all: readonly WireFrame[], mac: string): { gap: number; answered: boolean }[] {
  const gaps: { gap: number; answered: boolean }[] = []
  let last: WireFrame | undefined
  let open = new Set<string>()
  for (const frame of all) {
    if (!frame.vdp) continue
    if (frame.from !== mac) {
      for (const vsi of vsisOf(frame)) open.delete(vsi)
      continue
    }
    if (frame.ecp?.sequence === last?.ecp?.sequence) continue
    if (last) gaps.push({ gap: frame.at - last.at, answered: open.size === 0 })
    last = frame
    open = new Set(vsisOf(frame))
  }
  return gaps
}

/** Requests of `mac`, each ECPDU once, as it was transmitted last. */
export function ecpdusOf(all: readonly WireFrame[], mac: string): WireFrame[] {
  const own = all.filter((frame) => frame.from === mac && frame.vdp)
  return own.filter(({ ecp }, index) => ecp?.sequence !== own[index + 1]?.ecp?.sequence)
}

export function vsisOf({ vdp }: WireFrame): string[] {
  return (vdp?.items ?? []).map((item) =>
    'association' in item ? item.association.vsiId.value : item.vsiId.value,
  )
}

async function ecpByTshark(file: Uint8Array): Promise<EcpHeader[]> {
  const fields = ['eth.type', 'ecp.ver', 'ecp.op', 'ecp.subtype', 'ecp.seqno'] as const
  const rows = (await tsharkFields(file, fields)).filter((row) => row['eth.type'] === '0x8940')
  expect(rows.filter((row) => Number(row['ecp.ver']) !== 1)).toEqual([])
  return rows.map((row) => ({
    op: Number(row['ecp.op']) as EcpHeader['op'],
    subtype: Number(row['ecp.subtype']) as EcpHeader['subtype'],
    sequence: Number(row['ecp.seqno']),
  }))
}
