/** A port as JSON: the engine's view with what the daemon knows beside it. */
import type { Counters } from '../../protocol/engine/counters.ts'
import type { PortConfig } from '../../protocol/engine/port-config.ts'
import type { PortView } from '../../protocol/engine/view.ts'
import { findProblems, type PortSurroundings } from './problems.ts'
import type { InjectedJson } from './schema/fault.ts'
import type {
  FaultsJson,
  FramesJson,
  PortJson,
  PortMib,
  PortResourcesJson,
  Problem,
} from './schema/status.ts'

export interface PortFacts {
  readonly name: string
  readonly number: number
  /** False: disabled by the operator. */
  readonly enabled: boolean
  readonly view: PortView
  readonly config: PortConfig
  readonly resources: PortResourcesJson | null
  readonly counters: Counters
  readonly faults: FaultsJson
  readonly surroundings: PortSurroundings
  readonly frames: FramesJson
  /** Faults on purpose. */
  readonly injected: readonly InjectedJson[]
}

export function toPortJson(facts: PortFacts): PortJson {
  const { name, number, enabled, view, frames, config, counters, faults, surroundings, injected } = facts
  const { role, link, peer, neighbors, evb, relay, ecp, vdp } = view
  return {
    name,
    number,
    role,
    enabled,
    link: { up: link.up, mac: surroundings.interface === 'gone' ? null : link.mac },
    master: surroundings.master,
    neighbor: peer,
    neighbors: neighbors,
    evb: {
      local: evb.local,
      remote: evb.remote,
      configured: config.evb.local,
      operating: evb.operating,
      winner: evb.winner,
      groupIds: evb.groupIds,
    },
    relay: { ...relay, applied: surroundings.relayApplied },
    ecp,
    vdp,
    resources: facts.resources,
    counters: { ...counters },
    faults,
    frames,
    injected: [...injected],
    problems: enabled ? findProblems(view, surroundings) : [DISABLED],
    mib: toPortMib(view, config, counters),
  }
}

const DISABLED: Problem = {
  code: 'port-disabled',
  text: 'the port has been disabled, by command or in the configuration',
  hint: 'qbg port enable NAME',
}

/** Sys, SBP or URP, and ECP rows of IEEE8021-EVB-MIB. Its timer values are microseconds. */
function toPortMib(view: PortView, config: PortConfig, counters: Counters): PortMib {
  const { operating } = view.evb
  return {
    SysEvbLldpTxEnable: config.evb.txEnable,
    SysEvbLldpManual: config.evb.manual,
    SysEvbLldpGidCapable: config.evb.groupId,
    OperRsrcWaitDelayExp: operating.rwd,
    OperReinitKeepAliveExp: operating.rka,
    OperToutKeepAlive: Math.round(view.vdp.timers.toutKeepAlive * 1000),
    OperRespWaitDelay: Math.round(view.vdp.timers.respWaitDelay * 1000),
    EcpOperAckTimerInitExp: operating.rte,
    EcpOperMaxRetries: operating.r,
    EcpTxFrameCount: counters.EcpTxFrameCount,
    EcpTxRetryCount: counters.EcpTxRetryCount,
    EcpTxFailures: counters.EcpTxFailures,
    EcpRxFrameCount: counters.EcpRxFrameCount,
  }
}
