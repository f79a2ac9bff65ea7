/** What an LLDPDU says about its sender. Rules 2 to 33 of the table in protocol/README.md, as far as frames show them. */
import { MIN_FRAME_LENGTH } from '../../protocol/wire/ethernet-frame.ts'
import { NEAREST_CUSTOMER_BRIDGE } from '../../protocol/wire/mac-address.ts'
import type { TlvSpan } from '../../protocol/wire/tlv.ts'
import { codeOfFault } from './finding.ts'
import type { Judge } from './judge.ts'
import type { LldpContent, Observation } from './observation.ts'
import type { Side } from './side.ts'

/** Credit of 5, and one more each second; a capture's clock may be a little off. */
const MAX_IN_A_SECOND = 7

const RULE_OF_FAULT: Readonly<Record<string, number>> = { 'tlv-truncated': 16, 'tlv-repeated': 21 }

export function judgeLldpdu(judge: Judge, side: Side, observation: Observation, content: LldpContent): void {
  const { octets, cut, at, timed } = observation
  for (const { code, offset } of content.faults) {
    if (content.evbSpans.some((span) => holds(span, offset))) continue // the judge of EVB says it
    judge.error(
      codeOfFault('lldp', code),
      RULE_OF_FAULT[code] ?? null,
      `an LLDP TLV at octet ${offset} is unusable: ${code}`,
    )
  }
  if (!content.endTlv && !cut) judge.error('lldp-no-end-tlv', 3, 'the LLDPDU has no End TLV')
  if (octets.length < MIN_FRAME_LENGTH && !cut) {
    judge.note(
      'lldp-short-frame',
      4,
      `${octets.length} octets: not padded, or captured before the driver padded it`,
    )
  }
  if (content.lldpdu.ttl === 0 && content.tlvs.length > 3) {
    judge.error('lldp-shutdown-with-tlvs', 33, 'a shutdown LLDPDU carries more than its three mandatory TLVs')
  }
  if (timed) judgeRate(judge, side, at)
  if (content.evbSpans.length > 0 && observation.destination !== NEAREST_CUSTOMER_BRIDGE) {
    judge.error(
      'evb-wrong-agent',
      47,
      `the EVB TLV goes to ${observation.destination}, not to ${NEAREST_CUSTOMER_BRIDGE}`,
    )
  }
}

function holds({ start, offset, length }: TlvSpan, at: number): boolean {
  return at >= start && at < offset + length
}

function judgeRate(judge: Judge, side: Side, at: number): void {
  const recent = side.recentLldpdus
  recent.push(at)
  while (recent[0]! < at - 1000) recent.shift()
  if (recent.length > MAX_IN_A_SECOND) {
    judge.error('lldp-burst', 30, `${recent.length} LLDPDUs within a second`)
    recent.length = 0
  }
}
