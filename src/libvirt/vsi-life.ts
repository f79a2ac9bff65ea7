/**
 * The life of one VSI between libvirt, which asks and polls, and the station, which answers later or never.
 *
 * libvirt polls for ten seconds and then forgets what it asked for, without ending it: a request that has no answer
 * before that is failed with a reason, and taken back. Unless a domain runs with it: then it stays asked for, and
 * libvirt is told of each loss, at growing intervals, because it asks again at once whatever happens.
 */
import type { VsiReport } from '../../protocol/engine/effect.ts'
import type { Reason } from '../../protocol/engine/reason.ts'
import { encodeLossEvent } from './answer.ts'
import type { AgentOutlet, Place } from './outlet.ts'
import type { Operation, Profile } from './request.ts'
import { responseTo, SUCCESS } from './response.ts'
import { commandOf, type Entry, memoryOf, NEVER_TOLD, sameProfile } from './vsi-entry.ts'

/** libvirt's own patience is 80 polls, 125 ms apart, after the acknowledgement. Milliseconds, as all here. */
export const GIVE_UP = 9000
/** Nobody acts on the outcome of a de-association, and a domain's end waits for it. */
export const RELEASE_WAIT = 2000
/** What failed or ended is told so long; after it was read, only until other threads of libvirt have read theirs. */
export const KEEP_UNREAD = 15_000
export const KEEP_READ = 1000
/** libvirt answers an event within some 10 ms. */
export const EVENT_PATIENCE = 2000
export const FIRST_PAUSE = 1000
export const LONGEST_PAUSE = 60_000
/** A VSI that was quiet for so long is told of at once again. */
export const CALM = 120_000

export interface Asked {
  readonly operation: Operation
  readonly profile: Profile | null
  readonly index: number
  readonly eventPort: number
  readonly sequence: number
}

/** libvirt asks. The outcome of what it asked before is gone in any case. */
export function take(entry: Entry, asked: Asked, out: AgentOutlet): void {
  const same = asked.operation === 'associate' && sameProfile(entry.profile, asked.profile)
  entry.established = entry.established && same
  entry.operation = asked.operation
  entry.profile = asked.profile ?? entry.profile
  entry.index = asked.index
  entry.eventPort = asked.eventPort
  entry.sequence = asked.sequence
  entry.askedAt = out.now
  entry.response = null
  entry.reason = undefined
  entry.obstacle = undefined
  entry.forgetAt = null
  entry.recovery = null
  entry.giveUpAt = out.now + (asked.operation === 'deassociate' ? RELEASE_WAIT : GIVE_UP)
  entry.ask = out.ask(placeOf(entry), commandOf(entry), memoryOf(entry))
}

/** The station's final word on the request that counts. */
export function settle(entry: Entry, { outcome, reason }: VsiReport, out: AgentOutlet): void {
  entry.ask = null
  if (entry.operation === 'deassociate') return end(entry, out)
  if (outcome === 'granted') return succeed(entry)
  // Somebody else here decided otherwise: that is not a loss to be put right.
  if (reason?.code === 'superseded' || reason?.code === 'released-by-station') entry.established = false
  fail(entry, reason ?? { code: 'no-response' }, out)
}

function succeed(entry: Entry): void {
  entry.response = SUCCESS
  entry.reason = undefined
  entry.established = entry.operation === 'associate'
  entry.giveUpAt = null
  entry.recovery = null
}

function end(entry: Entry, { now }: AgentOutlet): void {
  entry.response = SUCCESS
  entry.giveUpAt = null
  entry.forgetAt = now + KEEP_UNREAD
}

/** The request came to nothing, or libvirt will not wait longer. */
function fail(entry: Entry, reason: Reason, out: AgentOutlet): void {
  const response = responseTo(reason)
  entry.response = response
  entry.reason = reason
  entry.giveUpAt = null
  out.push({ type: 'failed', place: placeOf(entry), operation: entry.operation, response, reason })
  if (entry.established) {
    if (entry.ask === null) recover(entry, out)
    return
  }
  entry.ask = null
  entry.forgetAt = out.now + KEEP_UNREAD
  if (reason.code !== 'superseded') out.push({ type: 'withdraw', place: placeOf(entry) })
}

/** Something happened to the VSI that was not libvirt's request. False when it is nobody's any more. */
export function hear(entry: Entry, report: VsiReport, out: AgentOutlet): boolean {
  const { outcome, reason } = report
  const awaited = entry.ask !== null
  if (outcome === 'waiting') entry.obstacle = reason
  else if (outcome === 'progress') entry.obstacle = undefined
  else if (outcome === 'granted' && !awaited && entry.established) succeed(entry)
  else if (isLoss(report) && !awaited) lose(entry, reason ?? { code: 'no-response' }, out)
  return outcome !== 'released' || awaited || entry.forgetAt !== null
}

/** Refused without having been asked for: what the station asked for by itself after a restart. */
function isLoss({ outcome, tickets }: VsiReport): boolean {
  return outcome === 'lost' || (outcome === 'refused' && tickets.length === 0)
}

function lose(entry: Entry, reason: Reason, out: AgentOutlet): void {
  if (entry.operation === 'deassociate') return
  entry.reason = reason
  entry.response = responseTo(reason)
  if (!entry.established) entry.forgetAt = out.now + KEEP_UNREAD
  else if (reason.code !== 'link-down' && reason.code !== 'shut-down') recover(entry, out)
}

/** The station asks for a VSI again by itself when the link is back; whatever else it does, libvirt is told. */
function recover(entry: Entry, { now }: AgentOutlet): void {
  if (entry.recovery !== null) return
  const { at, pause } = entry.telling
  const calm = now - at > CALM
  if (calm) entry.telling = NEVER_TOLD
  entry.recovery = { step: 'event', at: calm ? now : Math.max(now, at + pause) }
}

/** Does what is due. False when the VSI is to be forgotten. */
export function pass(entry: Entry, agentPort: number, out: AgentOutlet): boolean {
  const { now } = out
  if (entry.forgetAt !== null && entry.forgetAt <= now) return false
  if (entry.giveUpAt !== null && entry.giveUpAt <= now) giveUp(entry, out)
  if (entry.recovery !== null && entry.recovery.at <= now) {
    if (entry.recovery.step === 'event') tell(entry, agentPort, out)
    else askAgain(entry, out)
  }
  return true
}

function giveUp(entry: Entry, out: AgentOutlet): void {
  if (entry.operation !== 'deassociate') return fail(entry, entry.obstacle ?? { code: 'no-response' }, out)
  entry.ask = null
  end(entry, out)
}

function tell(entry: Entry, agentPort: number, out: AgentOutlet): void {
  const { index, port: name, uuid, profile, eventPort, sequence, telling } = entry
  const pause = Math.min(LONGEST_PAUSE, Math.max(FIRST_PAUSE, 2 * telling.pause))
  entry.telling = { at: out.now, pause }
  if (eventPort === 0 || profile === null) return askAgain(entry, out)
  entry.recovery = { step: 'ask', at: out.now + EVENT_PATIENCE }
  const octets = encodeLossEvent({ agentPort, sequence, index, name, uuid, profile })
  out.push({ type: 'event', to: eventPort, octets, place: placeOf(entry) })
}

/** libvirt is not there, or does nothing: the domain's association is asked for without it. */
export function askAgain(entry: Entry, out: AgentOutlet): void {
  entry.recovery = null
  entry.ask = out.ask(placeOf(entry), commandOf(entry), memoryOf(entry))
}

/** libvirt has read the outcome. */
export function read(entry: Entry, now: number): void {
  if (entry.forgetAt !== null && entry.response !== null) {
    entry.forgetAt = Math.min(entry.forgetAt, now + KEEP_READ)
  }
}

/** When `pass` has something to do; Infinity when never. */
export function dueAt({ giveUpAt, forgetAt, recovery }: Entry): number {
  const never = Number.POSITIVE_INFINITY
  return Math.min(giveUpAt ?? never, forgetAt ?? never, recovery?.at ?? never)
}

function placeOf({ port, vsi }: Entry): Place {
  return { port, vsi }
}
