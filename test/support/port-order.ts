/**
 * What must hold of a port between two steps, whatever has happened to it: nothing waits without something that ends
 * the wait.
 */
import type { BridgeVsi } from '../../protocol/engine/bridge-actions.ts'
import { obstacle } from '../../protocol/engine/port-state.ts'
import type { StationVsi } from '../../protocol/engine/station-vsi.ts'
import type { PortState } from '../../protocol/engine/step.ts'

const WAIT_WHILE = 'vdp.waitWhile/'

/** What is not in order, in words. */
export function findDisorder(state: PortState): string[] {
  const { vdp } = state
  const ofVsis =
    vdp.role === 'station'
      ? [...vdp.table.vsis.values()].flatMap((vsi) => stationDisorder(state, vsi))
      : [...vdp.table.vsis.values()].flatMap((vsi) => bridgeDisorder(state, vsi))
  return [...ofVsis, ...strays(state), ...ecpDisorder(state)]
}

function stationDisorder(state: PortState, vsi: StationVsi): string[] {
  const { key, chart, tickets, nextTickets, held, wanted } = vsi
  const at = chart.value
  const timer = state.timers.has(WAIT_WHILE + key)
  const queued = state.ecp.outbox.managerOf.has(key)
  const idle = at === 'init' || at === 'waitSystemCmd'
  const ready =
    obstacle(state) === undefined && (state.was === 'yes' || (state.was === 'assumed' && !withGroups(vsi)))
  return named(`VSI ${key} in ${at}`, {
    'has a TLV that waits to be sent': idle && queued,
    'waits without a timer': at === 'waitSystemCmd' && !timer,
    'waits without a TLV or a timer': !idle && !timer && !queued,
    'has a timer for a TLV that was not sent': !idle && timer && queued,
    'has a timer': at === 'init' && timer,
    'has a command it did not start': idle && chart.context.newCmd !== null,
    'holds a request though it could ask': held !== null && (ready || at !== 'init'),
    'is wanted and never asked for':
      at === 'init' && wanted !== null && held === null && ready && !state.timers.has('vdp.retry'),
    'has nothing and wants nothing': at === 'init' && wanted === null && held === null,
    'has askers whose request is over': idle && tickets.length > 0,
    'has askers without a request': nextTickets.length > 0 && held === null && chart.context.newCmd === null,
  })
}

/** Group IDs have to be agreed on, which a bridge that is only assumed cannot have done. */
function withGroups({ held, wanted }: StationVsi): boolean {
  return (held ?? wanted)?.filter.entries.some(({ groupId }) => groupId !== undefined) ?? false
}

function bridgeDisorder(state: PortState, { key, chart }: BridgeVsi): string[] {
  const { rxCmd, nextCmd } = chart.context
  return named(`VSI ${key} in ${chart.value}`, {
    'rests there': chart.value !== 'bridgeProcessing' && chart.value !== 'waitStationCmd',
    'waits without a timer': !state.timers.has(WAIT_WHILE + key),
    'decides about nothing': chart.value === 'bridgeProcessing' && rxCmd === null,
    'has a request it did not start': chart.value === 'waitStationCmd' && nextCmd !== null,
  })
}

/** Timers, and TLVs of a station, that belong to no VSI. */
function strays({ vdp, timers, ecp }: PortState): string[] {
  const known = (key: string) => vdp.table.vsis.has(key)
  const timed = [...timers.keys()].filter((timer) => timer.startsWith(WAIT_WHILE))
  const stray = timed.map((timer) => timer.slice(WAIT_WHILE.length)).filter((key) => !known(key))
  const queued = vdp.role === 'station' ? [...ecp.outbox.managerOf.keys()].filter((key) => !known(key)) : []
  return [
    ...stray.map((key) => `a timer of VSI ${key}, which is gone`),
    ...queued.map((key) => `a TLV of VSI ${key}, which is gone`),
  ]
}

function ecpDisorder({ ecp, timers, link, closed }: PortState): string[] {
  const { inFlight, unanswered, outbox } = ecp
  const free = inFlight === null && unanswered === null
  return named('ECP', {
    'has an ECPDU out and no ackTimer, or the reverse': (inFlight !== null) !== timers.has('ecp.ackTimer'),
    'paces without a timer, or the reverse': (unanswered !== null) !== timers.has('ecp.pacing'),
    'could send and does not': link.up && !closed && free && outbox.managerOf.size > 0,
    'has something to send without a link': !link.up && outbox.managerOf.size > 0,
  })
}

function named(what: string, disorders: Readonly<Record<string, boolean>>): string[] {
  return Object.entries(disorders).flatMap(([disorder, isSo]) => (isSo ? [`${what} ${disorder}`] : []))
}
