/**
 * What a port knows: the state of its LLDP agent, EVB, ECP and VDP, its settings and its link. Plain data.
 */
import { ITEM_SPACE } from '../vdp/ulpdu.ts'
import { MAX_PAYLOAD_LENGTH } from '../wire/ethernet-frame.ts'
import type { MacAddress } from '../wire/mac-address.ts'
import { ZERO_MAC } from '../wire/mac-address.ts'
import { type BridgeVdp, createBridgeVdp } from './bridge-vdp.ts'
import { createEcpChannel, type EcpChannel } from './ecp-channel.ts'
import type { TimerId } from './effect.ts'
import {
  bridgeHeld,
  createEvbExchange,
  type EvbExchange,
  groupIdsAgreed,
  operatingValues,
} from './evb-exchange.ts'
import { createLldpAgent, type LldpAgent } from './lldp-agent.ts'
import type { Outlet } from './outlet.ts'
import type { PortConfig } from './port-config.ts'
import type { ReasonCode } from './reason.ts'
import { createStationVdp, type StationVdp } from './station-vdp.ts'
import type { VdpContext } from './vdp-context.ts'
import type { Role } from './view.ts'

export type Vdp =
  | { readonly role: 'station'; readonly table: StationVdp }
  | { readonly role: 'bridge'; readonly table: BridgeVdp }

export interface Port {
  readonly role: Role
  config: PortConfig
  link: { up: boolean; mac: MacAddress | null }
  /** Octets of payload that a frame of the interface may have. */
  mtu: number
  /** After `admin.shutdown` a port does nothing any more. */
  closed: boolean
  readonly lldp: LldpAgent
  readonly evb: EvbExchange
  readonly ecp: EcpChannel
  readonly vdp: Vdp
  /**
   * Station: VSIs were restored, so there was a bridge that granted them, and nothing has spoken against it since. They
   * are asked for before its EVB TLV is heard, which may take half a minute when it has no reason to send one.
   */
  bridgeAssumed: boolean
  /** What `readiness` said last. */
  was: Readiness
  /** The EVB TLV to send changed during this step. */
  evbTlvChanged: boolean
  /** Timers that are armed, and for when: an expiry of any other is stale and ignored. */
  readonly timers: Map<TimerId, number>
}

export function createPortState(role: Role, config: PortConfig): Port {
  return {
    role,
    config,
    link: { up: false, mac: null },
    mtu: MAX_PAYLOAD_LENGTH,
    closed: false,
    lldp: createLldpAgent(config.lldp),
    evb: createEvbExchange(role, config.evb),
    ecp: createEcpChannel(config.vdp),
    vdp: role === 'station' ? { role, table: createStationVdp() } : { role, table: createBridgeVdp() },
    bridgeAssumed: false,
    was: 'no',
    evbTlvChanged: false,
    timers: new Map(),
  }
}

/** Whether VDP may talk. Each change to something else than `no` is a moment to ask for what is wanted. */
export type Readiness = 'no' | 'assumed' | 'yes'

export function readiness(port: Port): Readiness {
  if (obstacle(port) !== undefined) return 'no'
  return isAssumed(port) ? 'assumed' : 'yes'
}

/** Why VDP must not start anything now; undefined when it may. */
export function obstacle(port: Port): ReasonCode | undefined {
  const { role, config, link, evb } = port
  if (!link.up) return 'link-down'
  if (role === 'bridge' || !config.vdp.requireEvbBridge || bridgeHeld(evb) || isAssumed(port))
    return undefined
  return 'no-evb-bridge'
}

function isAssumed({ bridgeAssumed, config, evb }: Port): boolean {
  return bridgeAssumed && config.vdp.requireEvbBridge && !bridgeHeld(evb)
}

/** What VDP needs to know of its port at this moment. */
export function vdpContext(port: Port, out: Outlet): VdpContext {
  return {
    out,
    mac: port.link.mac ?? ZERO_MAC,
    itemSpace: ITEM_SPACE - Math.max(0, MAX_PAYLOAD_LENGTH - port.mtu),
    operating: operatingValues(port.evb),
    config: port.config.vdp,
    channel: port.ecp,
    groupIds: groupIdsAgreed(port.evb),
    obstacle: obstacle(port),
    bridgeAssumed: isAssumed(port),
  }
}

/** Notes whether the EVB TLV to send has changed. */
export function evbChanged(port: Port, changed: boolean): void {
  port.evbTlvChanged ||= changed
}
