/** What an EVB TLV says about its sender, and about how it follows its partner. Rules 47 to 82. */
import { EVB_MODES, type EvbTlv, RRSTAT } from '../../protocol/evb/evb-tlv.ts'
import type { Judge } from './judge.ts'
import { evbData, type LldpContent, type Observation } from './observation.ts'
import type { SentEvb, Side } from './side.ts'

/** How long a TLV may be under way, and its receiver take to answer it. Milliseconds. */
const REACTION = 1500

export function judgeEvb(
  judge: Judge,
  side: Side,
  partner: Side | undefined,
  observation: Observation,
  content: LldpContent,
): void {
  const { evbSpans, evb } = content
  for (const span of evbSpans.filter(({ length }) => length !== 9)) {
    judge.error('evb-length', 48, `an EVB TLV with ${span.length} octets of information instead of 9`)
  }
  if (evbSpans.length > 1) judge.error('evb-repeated', 49, `${evbSpans.length} EVB TLVs in one LLDPDU`)
  if (evb === undefined) return
  judgeBits(judge, evbData(observation.octets, evbSpans.find(({ length }) => length === 9)!))
  if (evb.mode === EVB_MODES.notSupported || evb.mode === EVB_MODES.nvo3) {
    judge.error('evb-mode', 68, `EVB mode ${evb.mode}, neither bridge (1) nor station (2)`)
  }
  if (partner?.evb?.tlv.mode === evb.mode && partner.holds(observation.at)) {
    judge.error(
      'evb-same-role',
      66,
      `both ends say they are a ${evb.mode === EVB_MODES.bridge ? 'bridge' : 'station'}`,
    )
  } else if (!hasForgotten(judge, side, partner, observation.at, evb)) {
    judgeFollowing(judge, side, partner, observation.at, evb)
  }
}

/** What it says has to fit what its partner has said. */
function judgeFollowing(judge: Judge, side: Side, partner: Side | undefined, at: number, evb: EvbTlv): void {
  if (evb.mode === EVB_MODES.bridge) judgeBridge(judge, side, at, evb.bridge, partner)
  else if (evb.mode === EVB_MODES.station) judgeStation(judge, side, at, evb.station.rrstat, partner)
  if (partner) judgeCopy(judge, side, partner, at, evb)
}

/**
 * A TLV that knows of no partner is right at the start; from a side that has repeated its partner's octet before, it
 * says that everything starts anew. It is given time to hear (again).
 */
function hasForgotten(judge: Judge, side: Side, partner: Side | undefined, at: number, evb: EvbTlv): boolean {
  const blank = knowsNobody(evb)
  if (blank && (side.lldpdus === 0 || side.left)) side.forget(at)
  if (blank && side.hears && shouldKnow(side, partner, at)) {
    side.forget(at)
    judge.note(
      'forgets-partner',
      null,
      'sends as if it had never heard its partner: restarted, or its link was down',
    )
  }
  side.hears ||= !blank
  return blank && at - side.forgotAt < REACTION
}

/** Whatever it may have received last, a TLV of its own with nothing in it is not what follows. */
function shouldKnow(side: Side, partner: Side | undefined, at: number): boolean {
  const heard = possible(side, partner, at)
  if (partner === undefined || heard === undefined || heard.includes(undefined)) return false
  return side.role === 'station' || !rightCopies(side, partner, at)!.includes(0)
}

function knowsNobody(evb: EvbTlv): boolean {
  if (evb.mode === EVB_MODES.bridge) return stationOctet(evb) === 0 && !evb.bridge.rrctr
  return bridgeOctet(evb) === 0 && evb.station.rrstat === RRSTAT.unknown
}

function judgeBits(judge: Judge, data: Uint8Array): void {
  if (data[0]! & 0xf8 || data[1]! & 0xf0 || data[4]! & 0xc0) {
    judge.error('evb-reserved-bits', 50, 'reserved bits of the EVB TLV are set')
  }
}

/**
 * The partner's TLVs that the sender may have acted on: what it holds, and one it may not have digested yet. Undefined
 * when the capture has shown nothing of the partner yet: it may have started in the middle.
 */
function possible(side: Side, partner: Side | undefined, at: number): (SentEvb | undefined)[] | undefined {
  if (!partner || partner.lldpdus === 0) return undefined
  if (partner.lastLldpduAt! <= side.forgotAt) return [partner.evb, partner.earlierEvb, undefined]
  if (!partner.holds(at)) {
    const leaving = at - partner.heldUntil < REACTION
    return leaving ? [partner.evb, partner.earlierEvb, undefined] : [undefined]
  }
  const fresh = at - partner.evb!.since < REACTION
  return fresh ? [partner.evb, partner.earlierEvb, undefined] : [partner.evb]
}

function judgeBridge(
  judge: Judge,
  side: Side,
  at: number,
  { rrcap, rrctr }: { readonly rrcap: boolean; readonly rrctr: boolean },
  station: Side | undefined,
): void {
  if (rrctr && !rrcap) {
    judge.error(
      'relay-without-capability',
      79,
      'reflective relay is granted (RRCTR) by a port that cannot do it (RRCAP 0)',
    )
  }
  const asks = possible(side, station, at)?.map((sent) => sent?.tlv.station.rrreq ?? false)
  if (asks === undefined) return
  if (rrctr && !asks.includes(true)) {
    judge.error(
      'relay-not-requested',
      station?.holds(at) ? 80 : 81,
      'reflective relay is granted although no station asks for it',
    )
  }
  if (!rrctr && rrcap && !asks.includes(false)) {
    judge.warning(
      'relay-not-granted',
      79,
      'the station asks for reflective relay, the bridge is capable of it and does not grant it',
    )
  }
}

/** Once or twice can be an LLDPDU that was lost behind the capture. */
const MAX_WRONG_STATUS = 2

function judgeStation(judge: Judge, side: Side, at: number, rrstat: number, bridge: Side | undefined): void {
  const right = possible(side, bridge, at)?.map((sent) =>
    sent === undefined ? RRSTAT.unknown : sent.tlv.bridge.rrctr ? RRSTAT.on : RRSTAT.off,
  )
  if (right === undefined || right.includes(rrstat as 0 | 1 | 3)) {
    side.wrongStatus = 0
    return
  }
  const rule = right.includes(RRSTAT.unknown) ? 73 : 74
  const text = `RRSTAT ${rrstat}, where the bridge's TLV asks for ${[...new Set(right)].join(' or ')}`
  if (++side.wrongStatus > MAX_WRONG_STATUS) judge.error('relay-status-wrong', rule, text)
  else judge.warning('relay-status-late', rule, text)
}

/** The octet of the partner is a copy of the last one received. */
function judgeCopy(judge: Judge, side: Side, partner: Side, at: number, evb: EvbTlv): void {
  const copied = copyOf(side, evb)
  const right = rightCopies(side, partner, at)
  if (right && !right.includes(copied)) {
    judge.warning(
      'evb-copy-wrong',
      63,
      `the partner's octet is sent as ${hex(copied)}, received was ${[...new Set(right)].map(hex).join(' or ')}`,
    )
  }
}

function copyOf({ role }: Side, evb: EvbTlv): number {
  return role === 'bridge' ? stationOctet(evb) : bridgeOctet(evb)
}

function rightCopies(side: Side, partner: Side, at: number): number[] | undefined {
  const [octet, bits] = side.role === 'bridge' ? [1, 0x0f] : [0, 0x07]
  return possible(side, partner, at)?.map((sent) => (sent ? sent.data[octet]! & bits : 0))
}

function stationOctet({ station }: EvbTlv): number {
  return (station.sgid ? 8 : 0) | (station.rrreq ? 4 : 0) | station.rrstat
}

function bridgeOctet({ bridge }: EvbTlv): number {
  return (bridge.bgid ? 4 : 0) | (bridge.rrcap ? 2 : 0) | (bridge.rrctr ? 1 : 0)
}

function hex(octet: number): string {
  return `0x${octet.toString(16).padStart(2, '0')}`
}
