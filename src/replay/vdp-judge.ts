/** VDP as both ends do it. Rules 131 to 209, as far as frames show them. */
import { ASSOCIATION_TYPES, type AssociationTlv } from '../../protocol/vdp/association-tlv.ts'
import { checkFilterInfo, equalFilters, hasGroupId, isFilledIn } from '../../protocol/vdp/filter-info.ts'
import { isResponse } from '../../protocol/vdp/status.ts'
import {
  reinitKeepAlive,
  resourceWaitDelay,
  respWaitDelay,
  toutKeepAlive,
} from '../../protocol/vdp/timers.ts'
import type { ReceivedUlpdu } from '../../protocol/vdp/ulpdu.ts'
import { formatVsiId } from '../../protocol/vdp/vsi-id.ts'
import { codeOfFault } from './finding.ts'
import type { EcpContent } from './observation.ts'
import { judgeAnswer } from './vdp-answer-judge.ts'
import { EARLY, HINTS, hex, LATE, SLACK, seconds, type VdpScene } from './vdp-scene.ts'
import { type Pending, REQUEST_NAMES, VsiLife } from './vsi-life.ts'

export function judgeVdp(scene: VdpScene, { ulpdu, fault }: EcpContent): void {
  const { judge } = scene
  if (fault)
    return judge.error(
      codeOfFault('ulpdu', fault.code),
      RULE_OF_FAULT[fault.code] ?? null,
      `the ULPDU cannot be read: ${fault.code} at octet ${fault.offset}`,
    )
  if (!ulpdu) return
  if (!ulpdu.endTlv && !scene.observation.cut)
    judge.warning(
      'ulpdu-no-end-tlv',
      151,
      'the ULPDU has no End TLV: lldpad as a receiver would read on in old octets',
    )
  for (const { code, offset } of ulpdu.faults) {
    judge.error(
      codeOfFault('vsi', code),
      RULE_OF_FAULT[code] ?? null,
      `the VSI TLV at octet ${offset} cannot be read: ${code}`,
    )
  }
  for (const item of ulpdu.items) if ('association' in item) judgeTlv(scene, ulpdu, item.association)
}

const RULE_OF_FAULT: Readonly<Record<string, number>> = {
  'tlv-truncated': 152,
  'ulpdu-without-manager-id': 131,
  'ulpdu-second-manager-id': 133,
  'manager-id-length': 134,
  'association-too-short': 153,
  'filter-format': 203,
  'vsi-id-format': 203,
  'filter-count': 204,
  'vid-invalid': 144,
  'mac-invalid': 145,
  'group-id-invalid': 146,
}

function judgeTlv(scene: VdpScene, { managerId }: ReceivedUlpdu, tlv: AssociationTlv): void {
  const id = formatVsiId(tlv.vsiId)
  const life = scene.lives.get(id) ?? new VsiLife(id)
  scene.lives.set(id, life)
  giveUpWaiting(scene, life, scene.side.role === 'station')
  endGivenUp(scene, life)
  if (isResponse(tlv.status)) return judgeAnswer(scene, life, managerId, tlv)
  if (scene.side.role === 'bridge') return judgeBridgeRequest(scene, life, tlv)
  judgeRequest(scene, life, managerId, tlv)
}

type Waiting = Pick<VdpScene, 'judge' | 'unread' | 'values' | 'observation' | 'side' | 'partner'>

/** An answer that has not come by now does not come: the station has given up. */
export function giveUpWaiting(waiting: Waiting, life: VsiLife, asksAnew = false): void {
  if (life.pending && life.pending.frame < waiting.unread) life.pending = undefined
  const { pending } = life
  // Who asks anew about now has given up by its own clock.
  const patience = respWaitDelay(waiting.values) * (asksAnew ? EARLY / LATE : 1)
  if (!pending || !isOverdue(waiting, pending, patience)) return
  sayUnanswered(waiting, life, pending)
  life.pending = undefined
  life.end()
  life.happened('no-response', pending.frame, waiting.observation.at)
}

/** Of a request that nobody acknowledged the station expects no answer any more. */
function endGivenUp({ observation }: VdpScene, life: VsiLife): void {
  const { pending } = life
  if (!pending?.ecp?.givenUp) return
  life.pending = undefined
  life.end()
  life.happened('no-response', pending.frame, observation.at)
}

/** At the end of the capture: what the station may still wait for, and the bridge has let its time pass. */
export function nameOverdue(waiting: Waiting, life: VsiLife): void {
  giveUpWaiting(waiting, life)
  const { pending } = life
  if (pending?.ecp?.ackedAt === undefined) return
  if (isOverdue(waiting, pending, resourceWaitDelay(waiting.values))) sayUnanswered(waiting, life, pending)
}

function isOverdue({ observation }: Waiting, { at }: Pending, patience: number): boolean {
  return observation.at - at >= patience * LATE + SLACK
}

/** A bridge that has acknowledged a request owes an answer; one that has not may not be there. How long it may take is agreed. */
function sayUnanswered(
  { judge, observation, side, partner, values }: Waiting,
  { id }: VsiLife,
  { tlv, frame, at, ecp }: Pending,
): void {
  const acknowledged = ecp?.ackedAt !== undefined
  const bridge = side.role === 'bridge' ? side : partner
  judge
    .about(bridge?.mac ?? observation.source)
    [acknowledged && values.agreed ? 'error' : 'warning'](
      'vsi-no-response',
      160,
      `${REQUEST_NAMES[tlv.type - 1]} of frame ${frame} was ${acknowledged ? 'acknowledged and ' : ''}not answered in ${seconds(observation.at - at)}`,
      id,
    )
}

function judgeRequest(scene: VdpScene, life: VsiLife, managerId: string, tlv: AssociationTlv): void {
  const { judge, observation, values } = scene
  const { number, at } = observation
  if ((tlv.status & ~HINTS) !== 0)
    judge.error(
      'request-status',
      156,
      `status ${hex(tlv.status)}: only M and S may be set in a request`,
      life.id,
    )
  const wrong = checkFilterInfo(tlv.filter)
  if (wrong)
    judge.error(
      `request-${wrong}`,
      RULE_OF_FAULT[wrong] ?? null,
      `the filter of the request is invalid: ${wrong}`,
      life.id,
    )
  judgeGroups(scene, life, tlv)
  const keepAlive = isKeepAlive(life, managerId, tlv)
  if (keepAlive) {
    const waited = at - life.lastAnswerAt
    if (waited > reinitKeepAlive(values) * LATE + SLACK)
      judge.warning(
        'keep-alive-late',
        172,
        `the keep-alive comes ${seconds(waited)} after the last answer, T(RKA) is ${seconds(reinitKeepAlive(values))}`,
        life.id,
      )
    if (waited < reinitKeepAlive(values) * EARLY)
      judge.note(
        'request-repeated',
        181,
        `the request in force is sent again after ${seconds(waited)}`,
        life.id,
      )
  } else judgeAssignedVids(scene, life, tlv)
  life.pending = { tlv, managerId, frame: number, at, keepAlive, ecp: scene.side.request }
  life.lastRequestAt = at
  if (keepAlive) life.keepAlives++
  life.happened(keepAlive ? 'keep-alive' : REQUEST_NAMES[tlv.type - 1]!, number, at)
}

function isKeepAlive({ operative }: VsiLife, managerId: string, tlv: AssociationTlv): boolean {
  if (!operative || operative.managerId !== managerId) return false
  const { type, typeId, typeVersion, filter } = operative.tlv
  return (
    type === tlv.type &&
    typeId === tlv.typeId &&
    typeVersion === tlv.typeVersion &&
    equalFilters(filter, tlv.filter)
  )
}

/** A VID that the switch chose has to be used from then on, but not by a station that has started anew. */
function judgeAssignedVids({ judge, side }: VdpScene, life: VsiLife, tlv: AssociationTlv): void {
  const { operative, id } = life
  if (!operative || operative.tlv.type !== tlv.type || !isFilledIn(tlv.filter, operative.tlv.filter)) return
  if (side.forgotAt > life.lastAnswerAt || tlv.filter.entries.every(({ vid }) => vid !== 0)) return
  judge.error(
    'assigned-vid-not-used',
    168,
    'a VID is left to the switch again, which has chosen one before',
    id,
  )
}

function judgeGroups(
  { judge, side, partner, observation }: VdpScene,
  life: VsiLife,
  { filter }: AssociationTlv,
): void {
  if (!hasGroupId(filter.format) || !partner?.holds(observation.at)) return
  if (side.evb?.tlv.station.sgid && partner.evb?.tlv.bridge.bgid) return
  judge.error('group-ids-not-agreed', 70, 'group IDs are used although not both sides offer them', life.id)
}

/** A De-Associate of the bridge's own accord; anything else is no business of a bridge. */
function judgeBridgeRequest(
  { judge, observation, values }: VdpScene,
  life: VsiLife,
  tlv: AssociationTlv,
): void {
  const { number, at } = observation
  if (tlv.type !== ASSOCIATION_TYPES.deassociate) {
    return judge.error(
      'bridge-request',
      158,
      `a bridge sends a ${REQUEST_NAMES[tlv.type - 1]} with Req/Ack 0`,
      life.id,
    )
  }
  const silent = at - life.lastRequestAt
  const patience = toutKeepAlive(values)
  if (life.events.at(-1)?.what === 'released') {
    judge.error(
      'ended-after-release',
      196,
      `the bridge ends the VSI ${seconds(silent)} after it was de-associated: it had not released it`,
      life.id,
    )
  } else if (life.state === 'none' && !life.pending) {
    judge.note(
      'ended-unknown',
      195,
      'the bridge ends a VSI that the capture does not show as associated',
      life.id,
    )
  } else if (silent > patience * EARLY) {
    judge.warning(
      'keep-alive-timeout',
      194,
      `the bridge ends the VSI ${seconds(silent)} after the last request; toutKeepAlive is ${seconds(patience)}`,
      life.id,
    )
  } else {
    judge.note(
      'ended-by-bridge',
      195,
      `the bridge ends the VSI ${seconds(silent)} after the last request`,
      life.id,
    )
  }
  life.end()
  life.pending = undefined
  life.happened('ended-by-bridge', number, at)
}
