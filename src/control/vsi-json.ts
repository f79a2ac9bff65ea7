/** VSIs and what became of them as JSON: from the engine's views, with what the daemon remembers beside them. */
import type { VsiReport } from '../../protocol/engine/effect.ts'
import type { Reason } from '../../protocol/engine/reason.ts'
import type { VsiView } from '../../protocol/engine/view.ts'
import { describeReason, REASON_TEXTS } from './reasons.ts'
import type { ReasonJson } from './schema/envelope.ts'
import type { VsiJson } from './schema/vsi.ts'
import { toParameters } from './vsi-command.ts'
import { toVsiMib } from './vsi-mib.ts'

/** What the daemon remembers of a VSI. Times are milliseconds since 1970. */
export interface VsiRecord {
  readonly createdAt: number
  readonly changedAt: number
  /** Set when the port has forgotten the VSI. */
  readonly endedAt?: number
  readonly report: VsiReport
}

export function toReasonJson(reason: Reason): ReasonJson {
  const { vdpError, hard } = reason
  return {
    code: reason.code,
    text: describeReason(reason),
    hint: REASON_TEXTS[reason.code].hint,
    ...(vdpError !== undefined && { vdpError }),
    ...(hard !== undefined && { hard }),
  }
}

/** A VSI the port has. `now` is milliseconds since 1970. */
export function liveVsiJson(
  port: string,
  view: VsiView,
  record: VsiRecord | undefined,
  now: number,
): VsiJson {
  return {
    port,
    id: view.vsi,
    state: view.state,
    live: true,
    machine: view.machine,
    outcome: record?.report.outcome ?? null,
    reason: view.reason ? toReasonJson(view.reason) : null,
    ...toParameters(view.command),
    pending: view.pending ? toParameters(view.pending) : null,
    createdAt: isoTime(record?.createdAt),
    changedAt: isoTime(record?.changedAt),
    endedAt: null,
    keepAlives: view.counters.keepAlives,
    mib: toVsiMib({
      command: view.command,
      state: view.state,
      reason: view.reason,
      kept: record?.report.outcome === 'kept',
      counters: view.counters,
      age: now - (record?.createdAt ?? now),
    }),
  }
}

/** A VSI the port has forgotten. */
export function endedVsiJson(port: string, record: VsiRecord): VsiJson {
  const { report } = record
  const counters = { succeeded: 0, failed: 0, reverts: 0, keepAlives: 0 }
  const { command, reason } = report
  return {
    port,
    id: report.vsi,
    state: 'none',
    live: false,
    machine: null,
    outcome: report.outcome,
    reason: reason ? toReasonJson(reason) : null,
    ...toParameters(command),
    pending: null,
    createdAt: isoTime(record.createdAt),
    changedAt: isoTime(record.changedAt),
    endedAt: isoTime(record.endedAt ?? record.changedAt),
    keepAlives: 0,
    mib: toVsiMib({
      command,
      state: 'none',
      reason,
      kept: false,
      counters,
      age: (record.endedAt ?? record.changedAt) - record.createdAt,
    }),
  }
}

function isoTime(time: number | undefined): string | null {
  return time === undefined ? null : new Date(time).toISOString()
}
