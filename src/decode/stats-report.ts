/** The counts of a capture as JSON, and for people. */
import type { CaptureStatsAnswer } from '../control/schema/frame.ts'
import type { CaptureStats, VdpCount } from './capture-stats.ts'
import { since, TimeText } from './capture-time.ts'

/** Ports shown to people; JSON has all. */
const SHOWN_PORTS = 20

export function statsAnswer(stats: CaptureStats): CaptureStatsAnswer {
  const time = new TimeText()
  const { frames, octets, malformed, cut, first, last, protocols, lldp, ecp, draftEcp, vdp, draftVdp } = stats
  const others = stats.otherPorts.frames > 0 ? [{ mac: null, ...stats.otherPorts }] : []
  return {
    schema: 'qbg/v1/capture-stats',
    frames,
    octets,
    malformed,
    cut,
    first: first === undefined ? null : time.iso(first),
    last: last === undefined ? null : time.iso(last),
    protocols,
    lldp,
    ecp,
    vdp,
    draft: { ecp: draftEcp, vdp: draftVdp },
    faults: Object.fromEntries(stats.faults),
    ports: [...stats.ports().map(({ mac, count }) => ({ mac, ...count })), ...others],
  }
}

/** Rows of cells. */
export function statsRows(stats: CaptureStats): { counts: string[][]; ports: string[][] } {
  const { protocols, lldp, ecp, draftEcp } = stats
  const span = stats.first && stats.last ? `${since(stats.first, stats.last)} s` : ''
  const rows = [
    ['frames', String(stats.frames), [`${stats.octets} octets`, span].filter(Boolean).join(' in ')],
    ['malformed', String(stats.malformed), [...stats.faults].map(([code, n]) => `${code} ${n}`).join(', ')],
    ['cut by the capture', String(stats.cut), ''],
    [
      'LLDP',
      String(protocols.lldp),
      told({ EVB: lldp.evb, CDCP: lldp.cdcp, 'EVB 0.2': lldp['evb-draft'], shutdowns: lldp.shutdowns }),
    ],
    ['ECP', String(protocols.ecp), told(ecp)],
    ...vdpRows('VDP', stats.vdp),
    ['ECP 0.2', String(protocols['ecp-draft']), told(draftEcp)],
    ...vdpRows('VDP 0.2', stats.draftVdp),
    ['other', String(protocols.other), ''],
  ]
  const counts = rows.filter(([name, count]) => count !== '0' || name === 'frames' || name === 'malformed')
  return { counts, ports: portRows(stats) }
}

function told(counts: Readonly<Record<string, number>>): string {
  return Object.entries(counts)
    .filter(([, count]) => count > 0)
    .map(([name, count]) => `${count} ${name}`)
    .join(', ')
}

function vdpRows(protocol: string, counts: Readonly<Record<string, VdpCount>>): string[][] {
  return Object.entries(counts).map(([name, { requests, granted, refused }]) => [
    `${protocol} ${name}`,
    String(requests + granted + refused),
    told({ requests, granted, refused }),
  ])
}

function portRows(stats: CaptureStats): string[][] {
  const ports = stats.ports()
  const rows = ports
    .slice(0, SHOWN_PORTS)
    .map(({ mac, count: { frames, lldp, requests, acknowledgements, malformed } }) => [
      mac,
      ...[frames, lldp, requests, acknowledgements, malformed].map(String),
    ])
  if (rows.length === 0) return []
  const more = ports.length > SHOWN_PORTS ? [[`and ${ports.length - SHOWN_PORTS} more`]] : []
  return [['port', 'frames', 'LLDP', 'ECP requests', 'acks', 'malformed'], ...rows, ...more]
}
