/**
 * The transmit machine of an LLDP agent at work: timers, credit, LLDPDUs. Source: 802.1AB-2016 §9.2.5, §9.2.8.
 */
import type { EvbTlv } from '../evb/evb-tlv.ts'
import { toOrganizationalTlv } from '../evb/organizational.ts'
import { macChassisId } from '../lldp/chassis-id.ts'
import { encodeLldpdu, type Lldpdu, MAX_TTL, NO_OPTIONAL_TLVS } from '../lldp/lldpdu.ts'
import { parseManagementAddress } from '../lldp/management-address.ts'
import { macPortId } from '../lldp/port-id.ts'
import { type TransmitEvent, transmitMachine } from '../lldp/transmit.machine.ts'
import { ETHERTYPE_LLDP, encodeEthernetFrame } from '../wire/ethernet-frame.ts'
import { type MacAddress, NEAREST_CUSTOMER_BRIDGE } from '../wire/mac-address.ts'
import { advance, type ChartAction, type ChartState, initialSnapshot } from './chart.ts'
import type { TimerId } from './effect.ts'
import type { Outlet } from './outlet.ts'
import type { LldpConfig } from './port-config.ts'

export interface LldpTransmitter {
  chart: ChartState<typeof transmitMachine>
}

/** What an LLDPDU is made of. */
export interface LocalSystem {
  readonly config: LldpConfig
  readonly mac: MacAddress
  /** The EVB TLV to send, when there is one. */
  readonly evb?: EvbTlv | undefined
}

const TIMERS: Readonly<Record<TimerId, TransmitEvent['type']>> = {
  'lldp.txTTR': 'txTtrExpired',
  'lldp.txCredit': 'txTick',
  'lldp.txShutdownWhile': 'txShutdownWhileExpired',
}

export function createLldpTransmitter(): LldpTransmitter {
  return { chart: initialSnapshot(transmitMachine) }
}

/** The event that the expiry of `timer` is; undefined when it is not a timer of the transmitter. */
export function transmitTimerEvent(timer: TimerId): TransmitEvent['type'] | undefined {
  return TIMERS[timer]
}

/** Lets `type` happen. Only `settled` needs the EVB TLV: LLDPDUs leave then. */
export function advanceTransmitter(
  transmitter: LldpTransmitter,
  type: TransmitEvent['type'],
  system: LocalSystem,
  out: Outlet,
): void {
  const allowed = ['enabledRxTx', 'enabledTxOnly'].includes(system.config.adminStatus)
  const event: TransmitEvent = { type, allowed, settings: system.config }
  const [next, actions] = advance(transmitMachine, transmitter.chart, event)
  transmitter.chart = next
  for (const action of actions) perform(action, system, out)
}

function perform({ type, params }: ChartAction, system: LocalSystem, out: Outlet): void {
  switch (type) {
    case 'sendLldpdu':
      return send(localLldpdu(system), system.mac, out)
    case 'sendShutdownLldpdu':
      return send({ ...mandatory(system.mac, 0), ...NO_OPTIONAL_TLVS }, system.mac, out)
    case 'startTxTtr':
      return out.arm('lldp.txTTR', 1000 * (params as { seconds: number }).seconds)
    case 'startTxTick':
      return out.arm('lldp.txCredit', 1000)
    case 'startTxShutdownWhile':
      return out.arm('lldp.txShutdownWhile', 1000 * (params as { seconds: number }).seconds)
    case 'stopTxTtr':
      return out.cancel('lldp.txTTR')
    case 'stopTxTick':
      return out.cancel('lldp.txCredit')
    case 'stopTxShutdownWhile':
      return out.cancel('lldp.txShutdownWhile')
    default:
      throw new TypeError(`no such action: ${type}`)
  }
}

function send(lldpdu: Lldpdu, source: MacAddress, out: Outlet): void {
  const header = { destination: NEAREST_CUSTOMER_BRIDGE, source, etherType: ETHERTYPE_LLDP }
  out.send(encodeEthernetFrame(header, encodeLldpdu(lldpdu)))
  out.count('statsFramesOutTotal')
}

/** Source: 802.1AB-2016 §9.2.5.22: a neighbour lives one second longer than the missed transmissions. */
function timeToLive({ msgTxInterval, msgTxHold }: LldpConfig): number {
  return Math.min(MAX_TTL, msgTxInterval * msgTxHold + 1)
}

function mandatory(mac: MacAddress, ttl: number) {
  return { chassisId: macChassisId(mac), portId: macPortId(mac), ttl }
}

function localLldpdu({ config, mac, evb }: LocalSystem): Lldpdu {
  const { portDescription, systemName, systemDescription, systemCapabilities, managementAddress } = config
  const address =
    managementAddress === undefined
      ? undefined
      : parseManagementAddress(managementAddress, config.interfaceIndex)
  return {
    ...mandatory(mac, timeToLive(config)),
    ...(portDescription !== undefined && { portDescription }),
    ...(systemName !== undefined && { systemName }),
    ...(systemDescription !== undefined && { systemDescription }),
    ...(systemCapabilities !== undefined && { systemCapabilities }),
    managementAddresses: address ? [address] : [],
    unknown: [],
    organizational: evb ? [toOrganizationalTlv(evb)] : [],
  }
}
