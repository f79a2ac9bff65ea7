/** ECP as both ends do it: numbers, acknowledgements, repetitions. Rules 97 to 128. */
import { ECP_OPS } from '../../protocol/ecp/ecpdu.ts'
import { ETHERNET_HEADER_LENGTH, MIN_FRAME_LENGTH } from '../../protocol/wire/ethernet-frame.ts'
import { exponentTime } from '../../protocol/wire/exponent-time.ts'
import { isIndividual } from '../../protocol/wire/mac-address.ts'
import { equalOctets } from '../../protocol/wire/octets.ts'
import type { Judge } from './judge.ts'
import type { EcpContent, Observation } from './observation.ts'
import { type EcpRequest, leastRte, type Side, type ValuesInForce } from './side.ts'

/** A repetition is early below this share of T(RTE): timers of user space and clocks of captures are coarse. */
const EARLY = 0.8
/** Below this no busy machine is an excuse. */
const TOO_EARLY = 0.5

/** R has three bits: nobody may send more often, whatever was agreed. */
const MAX_R = 7

/** Numbers that may still be acknowledged late, or once more. */
const MAX_EARLIER = 8

/** A smaller gap is no new beginning: a number was left out, or the capture has lost a frame. */
const MAX_GAP = 16

/** `fresh`: the request was not sent before; what it carries is new. */
export function judgeEcp(
  judge: Judge,
  side: Side,
  partner: Side | undefined,
  observation: Observation,
  content: EcpContent,
  values: ValuesInForce,
): { readonly fresh: boolean } {
  const { octets, cut, at } = observation
  side.lastEcpAt = at
  if (octets.length < MIN_FRAME_LENGTH && !cut) {
    judge.note(
      'ecp-short-frame',
      111,
      `${octets.length} octets: not padded, or captured before the driver padded it`,
    )
  }
  if (content.header.op === ECP_OPS.acknowledge) {
    judgeAcknowledgement(judge, side, partner, observation, content)
    return { fresh: false }
  }
  return { fresh: judgeRequest(judge, side, partner, observation, content, values) }
}

function judgeAcknowledgement(
  judge: Judge,
  side: Side,
  partner: Side | undefined,
  { at, number, octets, destination }: Observation,
  { header }: EcpContent,
): void {
  side.ecp.acknowledgements++
  const request = partner?.request
  if (isIndividual(destination))
    judge.error('ack-destination', 119, `the acknowledgement goes to ${destination}`)
  if (octets.subarray(ETHERNET_HEADER_LENGTH + 4).some((octet) => octet !== 0)) {
    judge.error('ack-with-payload', 118, 'the acknowledgement carries more than its header')
  }
  if (!request)
    return judge.warning(
      'ack-unasked',
      118,
      `acknowledges ${header.sequence}, which the capture does not show`,
    )
  if (request.sequence !== header.sequence && partner.earlier.has(header.sequence)) {
    return judge.warning(
      'ack-late',
      106,
      `acknowledges ${header.sequence}, when ${request.sequence} waits: late, or once more`,
    )
  }
  if (request.ackedAt !== undefined && header.sequence === ((request.sequence + 1) & 0xffff)) {
    partner.unseen = header.sequence
    return judge.warning(
      'ack-unasked',
      118,
      `acknowledges ${header.sequence}, which the capture does not show before it`,
    )
  }
  if (request.sequence !== header.sequence) {
    return judge.error(
      'ack-wrong-sequence',
      118,
      `acknowledges ${header.sequence} where ${request.sequence} was sent`,
    )
  }
  if (request.subtype !== header.subtype) {
    judge.error(
      'ack-wrong-subtype',
      118,
      `acknowledges subtype ${header.subtype} where ${request.subtype} was sent`,
    )
  }
  if (request.ackedAt !== undefined) return
  request.ackedAt = at
  request.ackedIn = number
  partner.givenUpInRow = 0
  partner.ackTimes.push(at - request.sent[0]!.at)
}

function judgeRequest(
  judge: Judge,
  side: Side,
  partner: Side | undefined,
  { at, number, octets, timed }: Observation,
  { header }: EcpContent,
  values: ValuesInForce,
): boolean {
  side.ecp.transmissions++
  const rte = timed ? leastRte(side, partner, at) : undefined
  const last = side.request
  if (last?.sequence === header.sequence && last.subtype === header.subtype && !isAnew(last, at, values)) {
    judgeRepetition(judge, last, at, octets, values, patienceOf(last, rte))
    last.sent.push({ frame: number, at })
    last.rte = rte
    return false
  }
  if (last) {
    side.earlier.add(last.sequence)
    if (side.earlier.size > MAX_EARLIER) side.earlier.delete(side.earlier.values().next().value!)
    judgeSuccessor(judge, side, partner, last, header.sequence, at, values, patienceOf(last, rte))
  }
  const { sequence, subtype } = header
  const sent = [{ frame: number, at }]
  // A copy: the packet is a view on a large piece of the file.
  const copy = octets.slice()
  side.request = {
    sequence,
    subtype,
    octets: copy,
    sent,
    rte,
    ackedAt: undefined,
    ackedIn: undefined,
    givenUp: false,
  }
  side.ecp.requests++
  return true
}

/** How long an acknowledgement is waited for at least. Milliseconds; undefined when the capture does not tell. */
function patienceOf(last: EcpRequest, rte: number | undefined): number | undefined {
  if (last.rte === undefined || rte === undefined) return undefined
  return exponentTime(Math.min(last.rte, rte))
}

/** Long after its acknowledgement the same number is no repetition: the sender counts anew. */
function isAnew({ ackedAt, sent }: EcpRequest, at: number, { r, rte }: ValuesInForce): boolean {
  return ackedAt !== undefined && at - sent.at(-1)!.at > (r + 1) * exponentTime(rte)
}

function judgeRepetition(
  judge: Judge,
  last: EcpRequest,
  at: number,
  octets: Uint8Array,
  { r, agreed }: ValuesInForce,
  patience: number | undefined,
): void {
  const previous = last.sent.at(-1)!
  if (!equalOctets(last.octets, octets)) {
    judge.error(
      'ecp-changed-repetition',
      101,
      `sequence ${last.sequence} is sent again with other octets (first in frame ${last.sent[0]!.frame})`,
    )
  }
  const share = patience === undefined ? 1 : (at - previous.at) / patience
  if (patience !== undefined && share < EARLY) {
    judge[share < TOO_EARLY ? 'error' : 'warning'](
      'ecp-early-repetition',
      102,
      `repeated after ${(at - previous.at).toFixed(1)} ms, T(RTE) is ${patience.toFixed(1)} ms`,
    )
  }
  if (last.ackedAt !== undefined) {
    return judge.warning(
      'ecp-repeated-after-ack',
      108,
      `sequence ${last.sequence} is sent again although it was acknowledged: the acknowledgement was lost behind the capture, or not understood`,
    )
  }
  if (last.sent.length > (agreed ? r : MAX_R)) {
    judge.error(
      'ecp-too-many-repetitions',
      103,
      `transmission ${last.sent.length + 1} of sequence ${last.sequence}, R + 1 is ${agreed ? r + 1 : `at most ${MAX_R + 1}`}`,
    )
  } else {
    judge.warning(
      'ecp-repetition',
      103,
      `sequence ${last.sequence} is sent again: no acknowledgement for frame ${previous.frame}`,
    )
  }
}

/**
 * A partner that speaks ECP meanwhile, and has never acknowledged anything or not the last two, is at fault; once may be
 * a bad cable, and one that is silent may be gone.
 */
function judgeGivenUp(judge: Judge, side: Side, partner: Side | undefined, request: EcpRequest): void {
  const { sequence, sent } = request
  request.givenUp = true
  side.ecp.unacknowledged++
  side.givenUpInRow++
  const text = `sequence ${sequence} was given up after ${sent.length} transmissions`
  const speaks = partner !== undefined && partner.lastEcpAt >= sent[0]!.at
  if (speaks && (side.ackTimes.length === 0 || side.givenUpInRow > 1)) {
    const text = `${sequence} was sent ${sent.length} times: it sends ECP, and no acknowledgement`
    return judge.about(partner.mac).error('ecp-not-acknowledged', 118, text)
  }
  judge.warning('ecp-unacknowledged', 106, text)
}

/** At the end of the capture: a request after whose last transmission nothing can be waited for any more. */
export function judgeLastRequest(
  judge: Judge,
  side: Side,
  partner: Side | undefined,
  at: number,
  { r, rte }: ValuesInForce,
): void {
  const { request } = side
  if (request === undefined || request.ackedAt !== undefined || request.sent.length <= r) return
  if (at - request.sent.at(-1)!.at < exponentTime(rte)) return
  judgeGivenUp(judge, side, partner, request)
}

function judgeSuccessor(
  judge: Judge,
  side: Side,
  partner: Side | undefined,
  last: EcpRequest,
  sequence: number,
  at: number,
  { r }: ValuesInForce,
  patience: number | undefined,
): void {
  if (last.ackedAt === undefined) {
    const waited = at - last.sent.at(-1)!.at
    if (patience !== undefined && last.sent.length <= r && waited < EARLY * patience) {
      // Of a partner whose frames were not captured nothing can be missed.
      const heard = partner !== undefined && partner.lastEcpAt > Number.NEGATIVE_INFINITY
      judge[heard ? 'error' : 'note'](
        'ecp-two-outstanding',
        100,
        `sequence ${sequence} is sent while ${last.sequence} is not acknowledged`,
      )
    } else judgeGivenUp(judge, side, partner, last)
  }
  judgeNumber(judge, side, last, sequence)
}

/** From one to the next; anywhere, after a restart, which not every capture shows. */
function judgeNumber(judge: Judge, side: Side, last: EcpRequest, sequence: number): void {
  const expected = (last.sequence + 1) & 0xffff
  if (sequence === expected) {
    side.inOrder++
    return
  }
  if (side.unseen === expected && sequence === ((expected + 1) & 0xffff)) return // the capture lost one
  const text = `sequence ${sequence} after ${last.sequence}`
  const far = ((sequence - expected) & 0xffff) > MAX_GAP
  const anew = far && side.inOrder > 0
  side.inOrder = 0
  if (last.ackedAt === undefined) judge.note('ecp-sequence-jump', 101, `${text}: a restart?`)
  else if (anew) judge.warning('ecp-sequence-jump', 101, `${text}: a restart?`)
  else judge.error('ecp-sequence', 101, `${text}, expected ${expected}`)
}
