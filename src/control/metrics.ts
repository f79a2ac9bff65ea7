/**
 * The state of a daemon in the text format of Prometheus (exposition format 0.0.4), drawn from its status when somebody
 * asks. Written by hand: what is counted is counted elsewhere already, and the format is lines of text.
 */
import { COUNTERS, type CounterName } from '../../protocol/engine/counters.ts'
import type { PortJson, StatusAnswer } from './schema/status.ts'

export const METRICS_CONTENT_TYPE = 'text/plain; version=0.0.4; charset=utf-8'

/** What the operating system says of the process: seconds, octets. */
export interface ProcessFacts {
  readonly cpuSeconds: number
  readonly residentBytes: number
}

type Labels = Readonly<Record<string, string>>
type Sample = readonly [labels: Labels, value: number]
type Kind = 'gauge' | 'counter'

export function renderMetrics(status: StatusAnswer, process: ProcessFacts): string {
  const { ports, version, role, startedAt } = status
  const lines = [
    ...family('qbg_info', 'gauge', 'Version and role of this daemon.', [[{ version, role }, 1]]),
    ...family('qbg_start_time_seconds', 'gauge', 'When the daemon started, since 1970.', [
      [{}, Date.parse(startedAt) / 1000],
    ]),
    ...family('process_cpu_seconds_total', 'counter', 'Processor time used.', [[{}, process.cpuSeconds]]),
    ...family('process_resident_memory_bytes', 'gauge', 'Memory in use.', [[{}, process.residentBytes]]),
    ...gauges(ports),
    ...frames(ports),
    ...COUNTERS.flatMap((counter) => engineCounter(counter, ports)),
  ]
  return `${lines.join('\n')}\n`
}

function gauges(ports: readonly PortJson[]): string[] {
  const each = (name: string, help: string, value: (port: PortJson) => number | boolean) =>
    family(name, 'gauge', help, perPort(ports, value))
  const vsis = ports.flatMap(({ name, vdp }) =>
    Object.entries(vdp.vsis).map(([state, count]): Sample => [{ port: name, state }, count]),
  )
  const problems = ports.flatMap(({ name, problems: found }) =>
    [...new Set(found.map(({ code }) => code))].map((code): Sample => [{ port: name, code }, 1]),
  )
  return [
    ...each('qbg_port_enabled', 'The operator has not disabled the port.', ({ enabled }) => enabled),
    ...each('qbg_port_link_up', 'The link is up.', ({ link }) => link.up),
    ...each('qbg_port_evb_neighbor', 'An EVB neighbour is heard.', ({ neighbor }) => neighbor !== null),
    ...each('qbg_port_relay_active', 'Reflective relay is on.', ({ relay }) => relay.active),
    ...each('qbg_port_vdp_ready', 'VDP may talk.', ({ vdp }) => vdp.ready),
    ...each('qbg_port_ecp_queued', 'VSI TLVs that wait for an ECPDU.', ({ ecp }) => ecp.queued),
    ...family('qbg_vsis', 'gauge', 'VSIs by state; "none" have asked and have nothing.', vsis),
    ...family(
      'qbg_problem',
      'gauge',
      'Something a person should look at; qbg status has the words.',
      problems,
    ),
  ]
}

function frames(ports: readonly PortJson[]): string[] {
  const passed = ports.flatMap(({ name: port, frames: { sent, received } }): Sample[] => [
    [{ port, direction: 'sent' }, sent],
    [{ port, direction: 'received' }, received],
  ])
  const lost = ports.flatMap(({ name: port, frames: { sendErrors, lost } }): Sample[] => [
    [{ port, direction: 'sent' }, sendErrors],
    [{ port, direction: 'received' }, lost],
  ])
  const unusable = ports.flatMap(({ name: port, faults }) =>
    Object.entries(faults.byCode).map(([code, count]): Sample => [{ port, code }, count]),
  )
  const injected = ports.flatMap(({ name: port, injected: rules }) =>
    rules.map(({ name: fault, applied }): Sample => [{ port, fault }, applied]),
  )
  return [
    ...family('qbg_frames_total', 'counter', 'Frames that passed the interface.', passed),
    ...family(
      'qbg_frames_lost_total',
      'counter',
      'Frames that could not be sent, or that there was no room for.',
      lost,
    ),
    ...family(
      'qbg_unusable_frames_total',
      'counter',
      'Received frames, or parts, by what was wrong.',
      unusable,
    ),
    ...family('qbg_faults_injected_total', 'counter', 'Times that a fault on purpose was done.', injected),
  ]
}

/** `EcpTxFrameCount` is `qbg_ecp_tx_frame_total`, `statsAgeoutsTotal` is `qbg_lldp_ageouts_total`. */
export function metricName(counter: CounterName): string {
  const bare = counter.replace(/^stats/, 'Lldp').replace(/(Count|Total)$/, '')
  const words =
    bare
      .replace(/TLVs/g, 'Tlvs')
      .replace(/VDP/g, 'Vdp')
      .match(/[A-Z][a-z]*/g) ?? []
  return `qbg_${words.join('_').toLowerCase()}_total`
}

function engineCounter(counter: CounterName, ports: readonly PortJson[]): string[] {
  const help = `${counter} of IEEE8021-EVB-MIB, 802.1AB or qbg.`
  return family(
    metricName(counter),
    'counter',
    help,
    perPort(ports, ({ counters }) => counters[counter] ?? 0),
  )
}

function perPort(ports: readonly PortJson[], value: (port: PortJson) => number | boolean): Sample[] {
  return ports.map((port) => [{ port: port.name }, Number(value(port))])
}

function family(name: string, kind: Kind, help: string, samples: readonly Sample[]): string[] {
  if (samples.length === 0) return []
  const lines = samples.map(([labels, value]) => `${name}${renderLabels(labels)} ${value}`)
  return [`# HELP ${name} ${help}`, `# TYPE ${name} ${kind}`, ...lines]
}

function renderLabels(labels: Labels): string {
  const pairs = Object.entries(labels).map(([key, value]) => `${key}="${escapeLabel(value)}"`)
  return pairs.length === 0 ? '' : `{${pairs.join(',')}}`
}

function escapeLabel(value: string): string {
  return value.replace(/[\\"\n]/g, (character) => (character === '\n' ? '\\n' : `\\${character}`))
}
