/**
 * The counters of a port. ECP's and VDP's are those of IEEE8021-EVB-MIB without its prefix, LLDP's those of
 * 802.1AB-2016 §9.2.6; the rest is what an operator misses in them.
 */
export const COUNTERS = [
  // LLDP agent, 802.1AB-2016 §9.2.6
  'statsFramesOutTotal',
  'statsFramesInTotal',
  'statsFramesInErrorsTotal',
  'statsFramesDiscardedTotal',
  'statsTLVsDiscardedTotal',
  'statsTLVsUnrecognizedTotal',
  'statsAgeoutsTotal',
  // ECP, ieee8021BridgeEvbEcpTable
  'EcpTxFrameCount',
  'EcpTxRetryCount',
  'EcpTxFailures',
  'EcpRxFrameCount',
  // VDP, ieee8021BridgeEvbVSIDBTable
  'VDPCommandsSucceeded',
  'VDPCommandsFailed',
  'VDPCommandReverts',
  // beyond the MIB
  'EcpTxAckCount',
  'EcpRxAckCount',
  'EcpRxDuplicateCount',
  'EcpRxDiscardCount',
  'EcpRxForeignCount',
  'EcpRxUnexpectedAckCount',
  'VdpTxKeepAliveCount',
  'VdpRxKeepAliveCount',
  'VdpRxTlvDiscardCount',
  'VdpTxQueueFullCount',
  'FramesForeignCount',
] as const

export type CounterName = (typeof COUNTERS)[number]
export type Counters = Readonly<Record<CounterName, number>>

export function zeroCounters(): Record<CounterName, number> {
  return Object.fromEntries(COUNTERS.map((name) => [name, 0])) as Record<CounterName, number>
}
