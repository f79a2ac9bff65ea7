/** Settings of one port. Every one has a default; `src/control` validates what a user writes. */
import { DEFAULT_OPERATING_VALUES, type OperatingValues } from '../wire/operating-values.ts'

/** Source: 802.1AB-2016 §9.2.5. Seconds. */
export interface LldpConfig {
  readonly adminStatus: 'enabledRxTx' | 'enabledTxOnly' | 'enabledRxOnly' | 'disabled'
  readonly msgTxInterval: number
  readonly msgTxHold: number
  readonly msgFastTx: number
  readonly txFastInit: number
  readonly reinitDelay: number
  readonly txCreditMax: number
  /** Neighbours kept at once. */
  readonly maxNeighbors: number
  /** Optional TLVs; absent ones are not sent. The port ID and chassis ID are the port's MAC address. */
  readonly portDescription?: string
  readonly systemName?: string
  readonly systemDescription?: string
  /** 16 bits each, 802.1AB-2016 §8.5.8. */
  readonly systemCapabilities?: { readonly supported: number; readonly enabled: number }
  /** `address` is an IPv4 or IPv6 address or a MAC address, in text. */
  readonly managementAddress?: string
  /** Interface index for the management address; 0 when unknown. */
  readonly interfaceIndex: number
}

/** Source: 802.1Q-2018 §D.2.12; ieee8021BridgeEvbSysEvbLldp*. */
export interface EvbConfig {
  /** Send the EVB TLV. */
  readonly txEnable: boolean
  /** Use the local values and ignore the neighbour's (MIB: LldpManual). */
  readonly manual: boolean
  /** Station: ask for reflective relay (RRREQ). Bridge: be able to do it (RRCAP). */
  readonly reflectiveRelay: boolean
  /** Offer group IDs (SGID or BGID). */
  readonly groupId: boolean
  /** What we advertise. */
  readonly local: OperatingValues
}

export interface VdpConfig {
  /** Station: send VDP requests only to a neighbour that says it is an EVB bridge. */
  readonly requireEvbBridge: boolean
  /** VSIs of this port at once; more are refused. */
  readonly maxVsis: number
  /** VSI TLVs waiting for transmission; more are refused. */
  readonly maxQueued: number
  /**
   * When the next ECPDU may follow the last. `auto`: at once to a peer known to queue what it receives,
   * otherwise after its VDP response or `pacingDelay`, because lldpad loses the first of two.
   */
  readonly pacing: 'auto' | 'always' | 'never'
  /** Milliseconds. */
  readonly pacingDelay: number
  /**
   * ECP sequence number before the first, 0 to 65535; 0 when absent. A peer whose link stayed up remembers our last run, and takes
   * the same number for a repetition: it acknowledges and drops. So every start should have another one.
   */
  readonly lastSequence?: number
  /** Station: a lost VSI is asked for again after this time, doubling up to the second. Milliseconds. */
  readonly retryDelay: number
  readonly maxRetryDelay: number
}

export interface PortConfig {
  readonly lldp: LldpConfig
  readonly evb: EvbConfig
  readonly vdp: VdpConfig
}

export const DEFAULT_PORT_CONFIG: PortConfig = {
  lldp: {
    adminStatus: 'enabledRxTx',
    msgTxInterval: 30,
    msgTxHold: 4,
    msgFastTx: 1,
    txFastInit: 4,
    reinitDelay: 2,
    txCreditMax: 5,
    maxNeighbors: 16,
    interfaceIndex: 0,
  },
  evb: {
    txEnable: true,
    manual: false,
    reflectiveRelay: true,
    groupId: false,
    local: DEFAULT_OPERATING_VALUES,
  },
  vdp: {
    requireEvbBridge: true,
    maxVsis: 16384,
    maxQueued: 32768,
    pacing: 'auto',
    pacingDelay: 20,
    retryDelay: 1000,
    maxRetryDelay: 30_000,
  },
}
