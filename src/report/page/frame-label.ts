/** What stands on an arrow: the frame in few words. The whole text is in its title and in the panel beside. */
import type { FrameKind, ReportFrame } from '../model.ts'

const PREFIX: Readonly<Record<FrameKind, string>> = {
  'lldp-first': 'LLDP ',
  'lldp-change': 'LLDP, changed: ',
  'lldp-periodic': 'LLDP, the same: ',
  'lldp-shutdown': 'LLDP ',
  'evb-change': 'LLDP ',
  'vdp-keep-alive': 'keep-alive, ECP ',
  'vdp-kept-alive': 'keep-alive, ECP ',
  'vdp-request': 'ECP ',
  'vdp-response': 'ECP ',
  'ecp-repeat': 'sent again: ECP ',
  'ecp-request': 'ECP ',
  'ecp-ack': 'ECP ',
  'ecp-quiet-ack': 'ECP ',
  draft: 'draft 0.2 ',
  tagged: 'behind a VLAN tag: ',
  unreadable: 'unreadable: ',
}

const UUID = /([0-9a-f]{8})-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g
/** Chassis and port: the column says who it is. */
const NAMES = /^.*? (?=TTL \d|shutdown)/

export function frameLabel({ kind, text }: ReportFrame): string {
  const said = kind.startsWith('lldp') ? text.replace(NAMES, '') : text
  return `${PREFIX[kind]}${said.replaceAll(UUID, '$1…')}`
}
