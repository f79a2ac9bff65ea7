/** What is known of one sender of a capture, as the judge reads on. */
import type { EvbTlv } from '../../protocol/evb/evb-tlv.ts'
import type { MacAddress } from '../../protocol/wire/mac-address.ts'
import type { OperatingValues } from '../../protocol/wire/operating-values.ts'

export type SideRole = 'station' | 'bridge' | 'unknown'

/** An EVB TLV on the wire. */
export interface SentEvb {
  readonly tlv: EvbTlv
  /** Its five octets. */
  readonly data: Uint8Array
  readonly frame: number
  /** Of the first LLDPDU in a row with these octets. Milliseconds since the first packet. */
  readonly since: number
}

/** An ECP request with all its transmissions. */
export interface EcpRequest {
  readonly sequence: number
  readonly subtype: number
  readonly octets: Uint8Array
  /** Frame and time of each. */
  readonly sent: { readonly frame: number; readonly at: number }[]
  /** The least RTE that its ack timer may have been started with; undefined when the capture does not tell. */
  rte: number | undefined
  ackedAt: number | undefined
  /** Frame of the acknowledgement. */
  ackedIn: number | undefined
  /** Another was sent, and it had no acknowledgement. */
  givenUp: boolean
}

export class Side {
  readonly mac: MacAddress
  role: SideRole = 'unknown'
  /** Why it has the role. */
  evidence = ''
  evb: SentEvb | undefined
  /** LLDPDUs in a row with an RRSTAT that does not fit. */
  wrongStatus = 0
  /** Also when it has been taken back: for the verdict. */
  lastEvb: EvbTlv | undefined
  /** The one before, for what was on its way when the other side sent. */
  earlierEvb: SentEvb | undefined
  /** Its EVB TLV has repeated the partner's: it hears it. */
  hears = false
  /** Its last LLDPDU was a shutdown. */
  left = false
  /** It has forgotten its partner: restarted, or its link was down. Milliseconds of the capture. */
  forgotAt = Number.NEGATIVE_INFINITY
  /** When the partner may no longer hold its information. Milliseconds of the capture. */
  heldUntil = Number.NEGATIVE_INFINITY
  /** Of any kind, for captures that show each frame twice. */
  lastFrame: { readonly octets: Uint8Array; readonly at: number } | undefined
  lldpdus = 0
  lastLldpduAt: number | undefined
  /** LLDPDUs of the last second, for the credit. */
  readonly recentLldpdus: number[] = []
  /** Milliseconds of the capture. */
  lastEcpAt = Number.NEGATIVE_INFINITY
  /** The ECP request that was sent last. */
  request: EcpRequest | undefined
  /** Requests in a row with the number that was due; one to begin with: the first jump may be a restart. */
  inOrder = 1
  /** The numbers of the requests before the last one. */
  readonly earlier = new Set<number>()
  /** Requests in a row without an acknowledgement. */
  givenUpInRow = 0
  /** One of its requests that was acknowledged before, or without, being captured. */
  unseen: number | undefined
  readonly ecp = { requests: 0, transmissions: 0, acknowledgements: 0, unacknowledged: 0 }
  /** From the first transmission to the acknowledgement. Milliseconds. */
  readonly ackTimes: number[] = []

  constructor(mac: MacAddress) {
    this.mac = mac
  }

  /** Everything begins anew, also its ECP numbers. */
  forget(at: number): void {
    this.hears = false
    this.forgotAt = at
    this.request = undefined
  }

  /** Whether the partner holds its EVB TLV at `at`. */
  holds(at: number): boolean {
    return this.evb !== undefined && at <= this.heldUntil
  }
}

/** Nobody has said anything: what 802.1Q gives as defaults. */
export const NO_EVB_VALUES: OperatingValues = { r: 3, rte: 14, rwd: 20, rka: 20 }

/** What both operate on: the larger value of each; those of the one that is heard when the other is silent. */
export function operatingValues(one: Side, other: Side | undefined): OperatingValues {
  const tlvs = [one.lastEvb, other?.lastEvb].filter((tlv) => tlv !== undefined)
  const largest = (key: 'r' | 'rte' | 'rwd' | 'rka') =>
    tlvs.length === 0 ? NO_EVB_VALUES[key] : Math.max(...tlvs.map((tlv) => tlv[key]))
  return { r: largest('r'), rte: largest('rte'), rwd: largest('rwd'), rka: largest('rka') }
}

/** Operating values, and whether the capture shows what both sides say: otherwise they may be larger. */
export interface ValuesInForce extends OperatingValues {
  readonly agreed: boolean
}

export function valuesInForce(one: Side, other: Side | undefined): ValuesInForce {
  const agreed = one.lastEvb !== undefined && other?.lastEvb !== undefined
  return { ...operatingValues(one, other), agreed }
}

/** Milliseconds until a TLV that was sent has surely been received and acted on. */
const REACTION = 1500

/** The least RTE that `side` may operate on: its own, unless it is known to hold its partner's. */
export function leastRte(side: Side, partner: Side | undefined, at: number): number | undefined {
  const own = side.lastEvb?.rte
  if (own === undefined || !side.hears || !partner?.evb || !partner.holds(at)) return own
  return at - partner.evb.since < REACTION ? own : Math.max(own, partner.evb.tlv.rte)
}
