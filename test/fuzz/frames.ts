/** Every decoder of frames, and the dissection of the same octets: values or located faults, and what is right survives a round trip. */
import { Dissection } from '../../protocol/dissect/dissection.ts'
import { dissectFrame } from '../../protocol/dissect/frame.ts'
import { decodeDraftEcpHeader } from '../../protocol/ecp/draft-ecpdu.ts'
import { decodeEcpHeader } from '../../protocol/ecp/ecpdu.ts'
import { RECOGNIZED_EVB_TLV } from '../../protocol/evb/organizational.ts'
import { decodeLldpdu, encodeLldpdu } from '../../protocol/lldp/lldpdu.ts'
import { checkFilterInfo } from '../../protocol/vdp/filter-info.ts'
import {
  decodeUlpdu,
  encodeUlpdu,
  MAX_ULPDU_LENGTH,
  ulpduSize,
  type VsiItem,
} from '../../protocol/vdp/ulpdu.ts'
import type { Fault } from '../../protocol/wire/decoded.ts'
import { decodeEtherIp } from '../../protocol/wire/etherip.ts'
import { decodeEthernetHeader } from '../../protocol/wire/ethernet-frame.ts'
import { EXAMPLE_FRAMES } from '../support/example-frames.ts'
import { claim, claimSame } from './target.ts'

const PAYLOAD = 14
const ULPDU = 18
const MAX_TEXT = 255
/** Of a frame whose texts may be longer in UTF-8 than they were, and fit an LLDPDU all the same. */
const MAX_ENCODED = 700

export const seeds = () => EXAMPLE_FRAMES

export function fuzz(octets: Uint8Array): void {
  decodeEthernetHeader(octets)
  decodeEtherIp(octets)
  for (const start of [0, PAYLOAD]) {
    if (start > octets.length) return
    lldpdu(octets, start)
    const header = decodeEcpHeader(octets, start)
    if (!header.ok) inside([header.fault], octets)
    const draft = decodeDraftEcpHeader(octets, start)
    if (!draft.ok) inside([draft.fault], octets)
  }
  if (octets.length >= ULPDU) for (const start of [0, ULPDU]) decodedUlpdu(octets, start)
  dissected(octets)
}

function lldpdu(octets: Uint8Array, start: number): void {
  const result = decodeLldpdu(octets, start, [RECOGNIZED_EVB_TLV])
  inside(result.ok ? result.value.faults : [result.fault], octets)
  const { length } = octets
  if (!result.ok || result.value.faults.length > 0 || length > MAX_ENCODED) return
  const { portDescription = '', systemName = '', systemDescription = '' } = result.value.lldpdu
  const texts = [portDescription, systemName, systemDescription]
  if (texts.some((text) => Buffer.byteLength(text) > MAX_TEXT)) return // was not UTF-8; cut when it is sent
  const again = decodeLldpdu(encodeLldpdu(result.value.lldpdu), 0, [RECOGNIZED_EVB_TLV])
  claim(again.ok, () => 'an LLDPDU of ours does not decode')
  claimSame(again.value.lldpdu, result.value.lldpdu, 'LLDPDU, decoded, encoded and decoded')
}

function decodedUlpdu(octets: Uint8Array, start: number): void {
  const result = decodeUlpdu(octets, start)
  inside(result.ok ? result.value.faults : [result.fault], octets)
  if (!result.ok) return
  const { managerId, items } = result.value
  for (const item of items) if ('association' in item) checkFilterInfo(item.association.filter)
  const readable = items.filter((item): item is VsiItem => 'association' in item)
  if (ulpduSize(readable) > MAX_ULPDU_LENGTH) return
  const again = decodeUlpdu(encodeUlpdu(managerId, readable))
  claim(again.ok, () => 'a ULPDU of ours does not decode')
  claimSame(again.value.items, readable, 'ULPDU, decoded, encoded and decoded')
}

const d = new Dissection()

/** Fields with values cover all octets, each within its group. */
function dissected(octets: Uint8Array): void {
  dissectFrame(d, octets, octets.length, 0)
  inside(d.faults, octets)
  const covered = new Uint8Array(octets.length)
  const open: number[] = []
  for (let index = 0; index < d.count; index++) {
    const [start, end, depth] = [d.starts[index]!, d.ends[index]!, d.depths[index]!]
    claim(start <= end && end <= octets.length, () => `field ${index} from ${start} to ${end}`)
    claim(depth <= open.length, () => `field ${index} is too deep`)
    open.length = depth
    const parent = open.at(-1)
    const fits = parent === undefined || (start >= d.starts[parent]! && end <= d.ends[parent]!)
    claim(fits, () => `field ${index} is not within its group`)
    if (d.fields[index]!.kind === 'group') open.push(index)
    else covered.fill(1, start, end)
  }
  claim(covered.indexOf(0) === -1, () => `octet ${covered.indexOf(0)} is in no field`)
}

function inside(faults: readonly Fault[], { length }: Uint8Array): void {
  for (const { code, offset } of faults)
    claim(offset >= 0 && offset <= length, () => `${code} at ${offset} of ${length}`)
}
