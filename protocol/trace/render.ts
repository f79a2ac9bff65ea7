/** One event on one line for people; what a machine reads is in `event-log.ts`. */
import type { Effect } from '../engine/effect.ts'
import type { Input, VsiCommand } from '../engine/input.ts'
import type { Reason } from '../engine/reason.ts'
import { formatVsiId } from '../vdp/vsi-id.ts'
import { decodeEthernetHeader, ETHERTYPE_ECP, ETHERTYPE_LLDP } from '../wire/ethernet-frame.ts'
import type { LogEntry } from './event-log.ts'

/** `    12.500 eth0 > frame.received LLDP 52:54:00:00:00:01 > 01:80:c2:00:00:00, 60 octets` */
export function renderLogEntry(entry: LogEntry): string {
  const place = `${(entry.at / 1000).toFixed(3).padStart(10)} ${entry.port}`
  switch (entry.kind) {
    case 'start':
      return `${place} = ${entry.role}`
    case 'input':
      return `${place} > ${renderInput(entry.input)}`
    case 'effect':
      return `${place} < ${renderEffect(entry.effect)}`
    case 'failure':
      return `${place} ! step failed: ${entry.message}`
    case 'gap':
      return `${place} ! ${entry.missing} steps not recorded`
  }
}

export function renderInput(input: Input): string {
  switch (input.type) {
    case 'frame.received':
      return `${input.type} ${renderFrame(input.octets)}`
    case 'link.changed':
      return `${input.type} ${input.up ? 'up' : 'down'} ${input.mac}${input.mtu === undefined ? '' : ` mtu ${input.mtu}`}`
    case 'timer.expired':
      return `${input.type} ${input.timer}`
    case 'vsi.requested':
      return `${input.type} #${input.ticket} ${renderCommand(input.command)}`
    case 'vsi.restored':
      return `${input.type} ${renderCommand(input.command)}`
    case 'vsi.released':
      return `${input.type} #${input.ticket} ${input.vsi}`
    case 'vsi.decided':
      return `${input.type} #${input.decision} ${input.vsi} ${input.answer.outcome}`
    case 'vsi.withdrawn':
      return `${input.type} ${input.vsi}`
    case 'relay.applied':
      return `${input.type} ${input.enabled ? 'on' : 'off'}`
    case 'admin.configured':
      return input.type
    case 'admin.shutdown':
      return input.quiet ? `${input.type} quietly` : input.type
  }
}

export function renderEffect(effect: Effect): string {
  switch (effect.type) {
    case 'frame.send':
      return `${effect.type} ${renderFrame(effect.octets)}`
    case 'timer.arm':
      return `${effect.type} ${effect.timer} at ${(effect.at / 1000).toFixed(3)}`
    case 'timer.cancel':
      return `${effect.type} ${effect.timer}`
    case 'vsi.decide':
      return `${effect.type} #${effect.decision} ${renderCommand(effect.command)}`
    case 'vsi.reported': {
      const { vsi, outcome, state, reason } = effect.report
      return `${effect.type} ${vsi} ${outcome}, ${state}${renderReason(reason)}`
    }
    case 'relay.set':
      return `${effect.type} ${effect.enabled ? 'on' : 'off'}`
    case 'relay.changed':
      return `${effect.type} ${effect.active ? 'active' : 'inactive'}`
    case 'counter.add':
      return `${effect.type} ${effect.counter} ${effect.by}`
    case 'peer.changed':
      return `${effect.type} ${effect.peer?.msap ?? 'gone'}`
    case 'fault.found':
      return `${effect.type} ${effect.fault.code} at octet ${effect.fault.offset}, ${effect.fault.clause}`
  }
}

function renderCommand({ type, vsiId, typeId, typeVersion }: VsiCommand): string {
  return `${type} ${formatVsiId(vsiId)} type ${typeId}:${typeVersion}`
}

function renderReason(reason: Reason | undefined): string {
  return reason === undefined ? '' : `: ${reason.code}`
}

function renderFrame(octets: Uint8Array): string {
  const header = decodeEthernetHeader(octets)
  if (!header.ok) return `${octets.length} octets, ${header.fault.code}`
  const { source, destination, etherType } = header.value
  return `${etherTypeName(etherType)} ${source} > ${destination}, ${octets.length} octets`
}

function etherTypeName(etherType: number): string {
  if (etherType === ETHERTYPE_LLDP) return 'LLDP'
  if (etherType === ETHERTYPE_ECP) return 'ECP'
  return `0x${etherType.toString(16).padStart(4, '0')}`
}
