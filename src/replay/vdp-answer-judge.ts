/** What a bridge answers, held against what was asked. Rules 187 to 200. */
import { ASSOCIATION_TYPES, type AssociationTlv } from '../../protocol/vdp/association-tlv.ts'
import { isFilledIn } from '../../protocol/vdp/filter-info.ts'
import { decodeResponseStatus } from '../../protocol/vdp/status.ts'
import { resourceWaitDelay } from '../../protocol/vdp/timers.ts'
import { HINTS, hex, LATE, SLACK, seconds, type VdpScene } from './vdp-scene.ts'
import { REQUEST_NAMES, type VsiLife } from './vsi-life.ts'

const RESERVED_RESPONSE = 0x80
const MAX_ERROR = 5

export function judgeAnswer(scene: VdpScene, life: VsiLife, managerId: string, tlv: AssociationTlv): void {
  const { judge, observation } = scene
  const { pending } = life
  if (scene.side.role === 'station')
    return judge.error('station-answers', 186, 'a station sends a TLV with Req/Ack 1', life.id)
  if (!pending)
    return judge.warning('answer-unasked', 187, 'an answer without a request in the capture', life.id)
  life.pending = undefined
  life.lastAnswerAt = observation.at
  const took = observation.at - pending.at
  life.answerTimes.push(took)
  const { frame: request, keepAlive } = pending
  life.lastAnswer = { request, frame: observation.number, took, keepAlive }
  judgeStatus(scene, life, tlv)
  judgeMatch(scene, life, managerId, tlv, pending)
  const allowed = resourceWaitDelay(scene.values)
  if (took > allowed * LATE + SLACK)
    judge[scene.values.agreed ? 'error' : 'warning'](
      'answer-late',
      189,
      `answered after ${seconds(took)}, resourceWaitDelay is ${seconds(allowed)}`,
      life.id,
    )
  apply(scene, life, managerId, tlv, pending)
}

function judgeStatus({ judge }: VdpScene, life: VsiLife, { status, type }: AssociationTlv): void {
  const { error, keep } = decodeResponseStatus(status)
  if (status & RESERVED_RESPONSE)
    judge.error('answer-status', 187, `status ${hex(status)}: the top bit is reserved`, life.id)
  if (error === 0 && status & HINTS)
    judge.warning(
      'answer-status',
      187,
      `status ${hex(status)}: Keep or Hard, or the hints of the request, without an error`,
      life.id,
    )
  if (error > MAX_ERROR) judge.error('answer-error-reserved', 199, `VDP error ${error} is reserved`, life.id)
  const associated = life.state === 'associated' && type === ASSOCIATION_TYPES.associate
  if (keep && !associated)
    judge.error('keep-wrong', 200, 'Keep is set, but nothing is associated that could be kept', life.id)
}

function judgeMatch(
  { judge }: VdpScene,
  life: VsiLife,
  managerId: string,
  tlv: AssociationTlv,
  { tlv: asked, managerId: askedOf }: NonNullable<VsiLife['pending']>,
): void {
  if (managerId !== askedOf)
    judge.error('answer-other-manager', 187, 'the answer names another VSI manager', life.id)
  if (tlv.typeId !== asked.typeId || tlv.typeVersion !== asked.typeVersion) {
    judge.error(
      'answer-other-type',
      187,
      `the answer is about type ${tlv.typeId}:${tlv.typeVersion}, asked was ${asked.typeId}:${asked.typeVersion}`,
      life.id,
    )
  }
  if (tlv.type !== asked.type && tlv.type !== ASSOCIATION_TYPES.deassociate) {
    judge.error(
      'answer-other-request',
      188,
      `a ${REQUEST_NAMES[asked.type - 1]} is answered as ${REQUEST_NAMES[tlv.type - 1]}`,
      life.id,
    )
  }
  if (!isFilledIn(asked.filter, tlv.filter))
    judge.error(
      'answer-other-filter',
      169,
      'the answer changes the filter beyond what was left open',
      life.id,
    )
  const granted = decodeResponseStatus(tlv.status).error === 0 && tlv.type === asked.type
  const open = tlv.filter.entries.some(({ vid }) => vid === 0)
  if (granted && tlv.type !== ASSOCIATION_TYPES.deassociate && open) {
    judge.error(
      'vid-not-assigned',
      198,
      'granted, and the VID that was left to the switch is still 0',
      life.id,
    )
  }
}

function apply(
  { observation }: VdpScene,
  life: VsiLife,
  managerId: string,
  tlv: AssociationTlv,
  { tlv: asked, keepAlive }: NonNullable<VsiLife['pending']>,
): void {
  const { number, at } = observation
  const { error, keep } = decodeResponseStatus(tlv.status)
  const kept = keep && life.state === 'associated'
  if (error === 0 && tlv.type === asked.type && tlv.type !== ASSOCIATION_TYPES.deassociate) {
    life.grant(tlv, managerId)
    if (!keepAlive) life.happened('granted', number, at)
  } else if (kept) {
    life.happened('kept', number, at, error)
  } else {
    const released = asked.type === ASSOCIATION_TYPES.deassociate
    life.end()
    life.happened(released ? 'released' : 'refused', number, at, released ? undefined : error)
  }
}
