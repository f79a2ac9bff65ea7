/**
 * The transmit machine of an LLDP agent at work: builds LLDPDUs, arms its timers. Source: 802.1AB-2016 §9.2.5, §9.2.8.
 */
import type { SnapshotFrom } from 'xstate'
import { toOrganizationalTlv } from '../evb/organizational.ts'
import type { EvbTlv } from '../evb/evb-tlv.ts'
import { macChassisId } from '../lldp/chassis-id.ts'
import { encodeLldpdu, type Lldpdu, MAX_TTL, NO_OPTIONAL_TLVS } from '../lldp/lldpdu.ts'
import { parseManagementAddress } from '../lldp/management-address.ts'
import { macPortId } from '../lldp/port-id.ts'
import { type TransmitEvent, transmitMachine } from '../lldp/transmit.machine.ts'
import { encodeEthernetFrame, ETHERTYPE_LLDP } from '../wire/ethernet-frame.ts'
import { type MacAddress, NEAREST_CUSTOMER_BRIDGE } from '../wire/mac-address.ts'
import { advance, type ChartAction, initialSnapshot } from './chart.ts'
import type { Outlet } from './outlet.ts'
import type { LldpConfig } from './port-config.ts'

export interface LldpTransmitter {
  chart: SnapshotFrom<typeof transmitMachine>
}

/** What the machine needs to know at every event. */
export interface TransmitSurroundings {
  readonly config: LldpConfig
  readonly mac: MacAddress
  /** The EVB TLV to send now. */
  readonly evb: EvbTlv | undefined
}

type EventName = TransmitEvent['type']

const TIMERS: Readonly<Record<string, EventName>> = {
  'lldp.txTTR': 'txTtrExpired',
  'lldp.txCredit': 'txTick',
  'lldp.txShutdownWhile': 'txShutdownWhileExpired',
}

export function createLldpTransmitter(): LldpTransmitter {
  return { chart: initialSnapshot(transmitMachine) }
}
