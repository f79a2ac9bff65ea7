/** Admission control of a bridge daemon: its settings, its ports and its events put around `admission/`. */

import { formatManagerId } from '../../protocol/vdp/manager-id-tlv.ts'
import { Admission, type Withdrawal } from '../admission/admission.ts'
import type { DaemonSettings } from '../control/schema/daemon-settings.ts'
import type { PortResourcesJson, TypesJson } from '../control/schema/status.ts'
import type { Clock } from '../runtime/clock.ts'
import type { Log } from '../runtime/log.ts'
import { FixedTypes } from '../vsi-types/fixed-types.ts'
import type { OpenedTypes } from '../vsi-types/open-types.ts'
import type { AgentPort } from './agent-port.ts'
import type { Events } from './events.ts'
import { policyOf, portLimits } from './settings.ts'

/** VLAN of untagged frames on a Linux bridge (default_pvid): such a VSI's frames are in it. */
const DEFAULT_ASSIGN_VID = 1

export interface SwitchSurroundings {
  readonly clock: Clock
  /** Milliseconds since 1970. */
  readonly wallClock?: () => number
  /** Where VSI types come from, when it is not the settings. */
  readonly types?: OpenedTypes | undefined
  readonly events: Events
  readonly log: Log
  readonly findPort: (name: string) => AgentPort | undefined
}

export function createAdmission(settings: DaemonSettings, around: SwitchSurroundings): Admission {
  const { clock, wallClock = Date.now, types, events, log, findPort } = around
  const policy = policyOf(settings)
  return new Admission({
    source: types?.source ?? new FixedTypes(policy.types),
    assignVid: policy.assignVid ?? DEFAULT_ASSIGN_VID,
    limits: remembered((port) => portLimits(port, settings)),
    clock,
    wallClock,
    withdraw: (port, withdrawals) => findPort(port)?.driver.submitAll(withdrawals.map(toInput)),
    moved: (id, from, to) => {
      log.info({ port: to, vsi: id, from }, `VSI moved from ${from} to ${to}`)
      events.emit({ type: 'moved', port: to, id, from })
    },
  })
}

/** Of the port asked for last: the settings do not change, and the questions of an ECPDU come one after the other. */
function remembered<Value>(make: (port: string) => Value): (port: string) => Value {
  let last: { readonly port: string; readonly value: Value } | undefined
  return (port) => {
    if (last?.port !== port) last = { port, value: make(port) }
    return last.value
  }
}

/** Where types come from, those in use, and requests that wait for a VSI manager. */
export function toTypesJson(admission: Admission, opened: OpenedTypes | undefined): TypesJson {
  const inUse = admission.typesInUse().map(({ type, vsis, holding }) => ({
    manager: formatManagerId(type.managerId),
    id: type.typeId,
    version: type.typeVersion ?? null,
    name: type.name ?? null,
    vsis,
    holding,
    maxVsis: type.maxVsis ?? null,
  }))
  const from = opened?.toJson() ?? { file: null, managers: [] }
  return { ...from, inUse, waiting: admission.waiting }
}

export function toResourcesJson(
  admission: Admission,
  port: string,
  settings: DaemonSettings,
): PortResourcesJson {
  const limits = portLimits(port, settings)
  const use = admission.portUse(port)
  return { ...use, maxVsis: limits.vsis ?? null, maxBandwidth: limits.bandwidth ?? null }
}

function toInput({ vsi, code, detail }: Withdrawal) {
  return { type: 'vsi.withdrawn', vsi, code, detail } as const
}
