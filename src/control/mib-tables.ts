/** The tables of IEEE8021-EVB-MIB, drawn from what the ports and VSIs tell anyway. */
import type { EvbConfig } from '../../protocol/engine/port-config.ts'
import type { Role } from '../../protocol/engine/view.ts'
import type { MibJson } from './schema/mib.ts'
import type { PortJson } from './schema/status.ts'
import type { VsiJson } from './schema/vsi.ts'

/** A daemon is one component of a bridge or station. */
const COMPONENT = 1

export interface MibFacts {
  readonly role: Role
  /** Of ports without settings of their own. */
  readonly evb: EvbConfig
  readonly ports: readonly PortJson[]
  /** Undefined: without VSIDBTable. */
  readonly vsis: readonly VsiJson[] | undefined
}

export function toMib({ role, evb, ports, vsis }: MibFacts): MibJson {
  return {
    Sys: {
      SysType: role === 'bridge' ? 1 : 2,
      SysNumExternalPorts: ports.length,
      SysEvbLldpTxEnable: evb.txEnable,
      SysEvbLldpManual: evb.manual,
      SysEvbLldpGidCapable: evb.groupId,
      SysEcpMaxRetries: evb.local.r,
      SysEcpDfltAckTimerExp: evb.local.rte,
      SysVdpDfltRsrcWaitDelayExp: evb.local.rwd,
      SysVdpDfltReinitKeepAliveExp: evb.local.rka,
    },
    SbpTable: role === 'bridge' ? ports.map(toSbp) : [],
    URPTable: role === 'station' ? ports.map(toUrp) : [],
    EcpTable: ports.map(toEcp),
    ...(vsis && { VSIDBTable: toVsidb(ports, vsis) }),
  }
}

function toSbp({ number, mib }: PortJson): MibJson['SbpTable'][number] {
  return {
    SbpComponentID: COMPONENT,
    SbpPortNumber: number,
    SbpLldpManual: mib.SysEvbLldpManual,
    SbpVdpOperToutKeepAlive: mib.OperToutKeepAlive,
    SbpVdpOperRsrcWaitDelayExp: mib.OperRsrcWaitDelayExp,
    SbpVdpOperReinitKeepAliveExp: mib.OperReinitKeepAliveExp,
  }
}

function toUrp({ number, mib }: PortJson): MibJson['URPTable'][number] {
  return {
    URPComponentId: COMPONENT,
    URPPort: number,
    URPLldpManual: mib.SysEvbLldpManual,
    URPVdpOperRespWaitDelay: mib.OperRespWaitDelay,
    URPVdpOperRsrcWaitDelayExp: mib.OperRsrcWaitDelayExp,
    URPVdpOperReinitKeepAliveExp: mib.OperReinitKeepAliveExp,
  }
}

function toEcp({ number, mib }: PortJson): MibJson['EcpTable'][number] {
  return {
    EcpComponentId: COMPONENT,
    EcpPort: number,
    EcpOperAckTimerInitExp: mib.EcpOperAckTimerInitExp,
    EcpOperMaxRetries: mib.EcpOperMaxRetries,
    EcpTxFrameCount: counter32(mib.EcpTxFrameCount),
    EcpTxRetryCount: counter32(mib.EcpTxRetryCount),
    EcpTxFailures: counter32(mib.EcpTxFailures),
    EcpRxFrameCount: counter32(mib.EcpRxFrameCount),
  }
}

/** Live VSIs only: the table of the MIB has no others. */
function toVsidb(ports: readonly PortJson[], vsis: readonly VsiJson[]): MibJson['VSIDBTable'] {
  const numbers = new Map(ports.map(({ name, number }) => [name, number]))
  return vsis.flatMap(({ live, port, mib }) => {
    const number = numbers.get(port)
    return live && number !== undefined ? [{ VSIComponentID: COMPONENT, VSIPortNumber: number, ...mib }] : []
  })
}

/** Counters of the MIB begin again after 2^32 - 1. */
function counter32(count: number): number {
  return count % 2 ** 32
}
