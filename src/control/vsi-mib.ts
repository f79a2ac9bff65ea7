/** A VSI as a row of ieee8021BridgeEvbVSIDBTable (IEEE8021-EVB-MIB), with the rows of its MAC table. */
import type { VsiState } from '../../protocol/engine/effect.ts'
import type { VsiCommand } from '../../protocol/engine/input.ts'
import type { Reason } from '../../protocol/engine/reason.ts'
import type { VsiView } from '../../protocol/engine/view.ts'
import type { VsiMib } from './schema/vsi.ts'

/** VDPMachineState; the MIB has no value for "nothing" but deAssociate. */
const MACHINE_STATE: Readonly<Record<VsiState, number>> = {
  preassociated: 1,
  'preassociated-rr': 2,
  associated: 3,
  none: 4,
}

export interface VsiRow {
  readonly command: VsiCommand
  readonly state: VsiState
  readonly reason: Reason | undefined
  readonly kept: boolean
  readonly counters: Omit<VsiView['counters'], 'keepAlives'>
  /** Milliseconds since the VSI was created. */
  readonly age: number
}

export function toVsiMib({ command, state, reason, kept, counters, age }: VsiRow): VsiMib {
  const { filter, vsiId } = command
  return {
    VSIIDType: vsiId.format,
    VSIID: vsiId.value,
    VSITimeSinceCreate: Math.max(0, Math.round(age / 10)),
    VsiVdpOperCmd: command.type,
    VsiOperRevert: kept,
    VsiOperHard: reason?.hard ?? false,
    VsiOperReason: [operReason(reason)],
    VSIType: command.typeId,
    VSITypeVersion: command.typeVersion,
    VSIMgrID16: command.managerId,
    VSIFilterFormat: filter.format,
    VSINumMACs: filter.entries.filter(({ mac }) => mac !== undefined).length,
    VDPMachineState: MACHINE_STATE[state],
    VDPCommandsSucceeded: counters.succeeded,
    VDPCommandsFailed: counters.failed,
    VDPCommandReverts: counters.reverts,
    VSIDBMacTable: filter.entries.map(({ groupId, mac, vid }) => ({
      GroupID: groupId ?? 0,
      VSIMac: mac ?? null,
      VSIVlanId: vid,
    })),
  }
}

/** The MIB's four values; what it cannot say is `otherfailure`. */
function operReason(reason: Reason | undefined): string {
  switch (reason?.code) {
    case undefined:
    case 'released-by-station':
      return 'success'
    case 'invalid-format':
      return 'invalidFormat'
    case 'insufficient-resources':
      return 'insufficientResources'
    default:
      return 'otherfailure'
  }
}
