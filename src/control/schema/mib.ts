/**
 * IEEE8021-EVB-MIB as JSON: scalars and tables whose objects are current, names without `ieee8021BridgeEvb`. Rows of
 * SBPs are a bridge's, those of URPs a station's; S-channels there are none. Times are microseconds.
 * Source: IEEE8021-EVB-MIB of 2018-06-21.
 */
import * as z from 'zod'
import { vsiMib } from './vsi.ts'

const index = z.number()
const counter32 = z.number()
const exponent = z.number()

const sys = z.object({
  /** 1 bridge, 2 station. */
  SysType: z.number(),
  SysNumExternalPorts: z.number(),
  SysEvbLldpTxEnable: z.boolean(),
  SysEvbLldpManual: z.boolean(),
  SysEvbLldpGidCapable: z.boolean(),
  SysEcpMaxRetries: z.number(),
  SysEcpDfltAckTimerExp: exponent,
  SysVdpDfltRsrcWaitDelayExp: exponent,
  SysVdpDfltReinitKeepAliveExp: exponent,
})

const sbp = z.object({
  SbpComponentID: index,
  SbpPortNumber: index,
  SbpLldpManual: z.boolean(),
  SbpVdpOperToutKeepAlive: z.number(),
  SbpVdpOperRsrcWaitDelayExp: exponent,
  SbpVdpOperReinitKeepAliveExp: exponent,
})

const urp = z.object({
  URPComponentId: index,
  URPPort: index,
  URPLldpManual: z.boolean(),
  URPVdpOperRespWaitDelay: z.number(),
  URPVdpOperRsrcWaitDelayExp: exponent,
  URPVdpOperReinitKeepAliveExp: exponent,
})

const ecp = z.object({
  EcpComponentId: index,
  EcpPort: index,
  EcpOperAckTimerInitExp: exponent,
  EcpOperMaxRetries: z.number(),
  EcpTxFrameCount: counter32,
  EcpTxRetryCount: counter32,
  EcpTxFailures: counter32,
  EcpRxFrameCount: counter32,
})

const vsidb = vsiMib.extend({ VSIComponentID: index, VSIPortNumber: index })

export const mibJson = z.object({
  Sys: sys,
  SbpTable: z.array(sbp),
  URPTable: z.array(urp),
  EcpTable: z.array(ecp),
  /** With the rows of VSIDBMacTable in each; absent when it was not asked for. */
  VSIDBTable: z.array(vsidb).optional(),
})

export type MibJson = z.infer<typeof mibJson>
