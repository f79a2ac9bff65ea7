/** VSIs and what became of them as JSON: from the engine's views, with what the daemon remembers beside them. */
import type { VsiReport } from '../../protocol/engine/effect.ts'
import type { VsiCommand } from '../../protocol/engine/input.ts'
import type { Reason } from '../../protocol/engine/reason.ts'
import type { VsiView } from '../../protocol/engine/view.ts'
import type { VsiKey } from '../../protocol/vdp/vsi-id.ts'
import type { Ownership } from './owner.ts'
import { describeReason, REASON_TEXTS } from './reasons.ts'
import type { ReasonJson } from './schema/envelope.ts'
import type { VsiJson } from './schema/vsi.ts'
import { toParameters } from './vsi-command.ts'
import { toVsiMib } from './vsi-mib.ts'

/** What the daemon remembers of a VSI. Times are milliseconds since 1970. */
export interface VsiRecord {
  /** Absent on a bridge. */
  readonly ownership: Ownership | undefined
  readonly createdAt: number
  readonly changedAt: number
  /** Set when the port has forgotten the VSI. */
  readonly endedAt?: number
  readonly command: VsiCommand
  readonly outcome: VsiReport['outcome']
  readonly reason: Reason | undefined
  readonly counters: { readonly succeeded: number; readonly failed: number; readonly reverts: number }
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
  { record, ownership }: { record: VsiRecord | undefined; ownership: Ownership | undefined },
  now: number,
): VsiJson {
  return {
    port,
    id: view.vsi,
    state: view.state,
    live: true,
    ...toOwnerJson(ownership),
    libvirt: null,
    machine: view.machine,
    outcome: record?.outcome ?? null,
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
      kept: record?.outcome === 'kept',
      counters: view.counters,
      age: now - (record?.createdAt ?? now),
    }),
  }
}

/** A VSI the port has forgotten. */
export function endedVsiJson(port: string, id: VsiKey, record: VsiRecord): VsiJson {
  const { command, outcome, reason, createdAt, changedAt, counters } = record
  const endedAt = record.endedAt ?? changedAt
  return {
    port,
    id,
    state: 'none',
    live: false,
    ...toOwnerJson(record.ownership),
    libvirt: null,
    machine: null,
    outcome,
    reason: reason ? toReasonJson(reason) : null,
    ...toParameters(command),
    pending: null,
    createdAt: isoTime(createdAt),
    changedAt: isoTime(changedAt),
    endedAt: isoTime(endedAt),
    keepAlives: null,
    mib: toVsiMib({ command, state: 'none', reason, kept: false, counters, age: endedAt - createdAt }),
  }
}

function toOwnerJson(ownership: Ownership | undefined): Pick<VsiJson, 'owner' | 'restored'> {
  return { owner: ownership?.owner ?? null, restored: ownership?.restored ?? false }
}

function isoTime(time: number | undefined): string | null {
  return time === undefined ? null : new Date(time).toISOString()
}
