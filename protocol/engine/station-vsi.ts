/**
 * One VSI of a station: what was asked for it and by whom, and what is told about it. `station-vdp.ts` is the table of
 * them, `station-actions.ts` does what their charts ask for.
 */
import { ASSOCIATION_TYPES } from '../vdp/association-tlv.ts'
import type { VsiCommand } from '../vdp/command.ts'
import { stationMachine } from '../vdp/station.machine.ts'
import type { VsiKey } from '../vdp/vsi-id.ts'
import { type ChartState, initialSnapshot } from './chart.ts'
import type { VsiReport } from './effect.ts'
import type { Reason } from './reason.ts'
import type { VdpContext } from './vdp-context.ts'

export const NO_TICKETS: readonly number[] = []

export interface StationVsi {
  readonly key: VsiKey
  chart: ChartState<typeof stationMachine>
  /** What was granted last, as it was asked for; asked for again when it is lost. */
  wanted: VsiCommand | null
  /** Granted to an earlier life of the port and not confirmed since: the bridge may hold it. */
  restored: boolean
  /** A request that waits for the port to be ready. */
  held: VsiCommand | null
  /** The request on its way, as it was asked for. */
  processing: VsiCommand | null
  /** Who waits for the answer to `processing`. */
  tickets: readonly number[]
  /** Who waits for the answer to the request after it. */
  nextTickets: readonly number[]
  reason: Reason | undefined
  readonly counters: { succeeded: number; failed: number; reverts: number; keepAlives: number }
}

export function createStationVsi(key: VsiKey): StationVsi {
  return {
    key,
    chart: initialSnapshot(stationMachine),
    wanted: null,
    restored: false,
    held: null,
    processing: null,
    tickets: NO_TICKETS,
    nextTickets: NO_TICKETS,
    reason: undefined,
    counters: { succeeded: 0, failed: 0, reverts: 0, keepAlives: 0 },
  }
}

/** What is in force; when nothing is, what was asked for last. */
export function currentCommand(vsi: StationVsi): VsiCommand {
  const { operCmd, newCmd } = vsi.chart.context
  const command = operCmd ?? vsi.processing ?? newCmd ?? vsi.held ?? vsi.wanted
  if (command === null) throw new Error(`VSI ${vsi.key} without a command`)
  return command
}

/** What the VSI is to have when all that was asked for is done, as it was asked for; null when it is to end. */
export function wantedCommand({ chart, held, processing, wanted }: StationVsi): VsiCommand | null {
  const last = held ?? chart.context.newCmd ?? processing ?? wanted
  return last?.type === ASSOCIATION_TYPES.deassociate ? null : last
}

/** The final report of the request being processed. */
export function answer(vsi: StationVsi, outcome: VsiReport['outcome'], context: VdpContext): void {
  report(vsi, outcome, vsi.tickets, context)
  vsi.tickets = NO_TICKETS
  if (vsi.chart.value !== 'stationProcessing') vsi.processing = null
}

export function report(
  vsi: StationVsi,
  outcome: VsiReport['outcome'],
  tickets: readonly number[],
  { out }: VdpContext,
  command = currentCommand(vsi),
): void {
  const { key, reason, chart } = vsi
  const state = chart.context.vsiState
  out.push({
    type: 'vsi.reported',
    report: { vsi: key, state, command, outcome, ...(reason && { reason }), tickets },
  })
}

/** A request that ends without having reached the bridge. What is in force stays so. */
export function turnDown(
  vsi: StationVsi,
  command: VsiCommand,
  tickets: readonly number[],
  reason: Reason,
  context: VdpContext,
): void {
  const { vsiState: state, operCmd } = vsi.chart.context
  if (operCmd === null) return refuse(vsi.key, command, tickets, reason, context)
  const report = { vsi: vsi.key, state, command: operCmd, outcome: 'kept', reason, tickets } as const
  context.out.push({ type: 'vsi.reported', report })
}

/** A request about a VSI that has nothing. */
export function refuse(
  vsi: VsiKey,
  command: VsiCommand | null,
  tickets: readonly number[],
  reason: Reason,
  { out }: VdpContext,
): void {
  out.push({
    type: 'vsi.reported',
    report: { vsi, state: 'none', command, outcome: 'refused', reason, tickets },
  })
}
