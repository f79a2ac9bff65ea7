/**
 * A minute of frames that are all different to a station and a bridge that hold 100 VSIs of people who did nothing wrong:
 * 100,000 neighbours and VSIs of strangers as fast as they go, and at the same time new VSIs and sequence numbers
 * under the peer's own address, at a rate.
 */
import { spawn } from 'node:child_process'
import { availableParallelism, loadavg } from 'node:os'
import { setTimeout as delay } from 'node:timers/promises'
import { DEFAULT_PORT_CONFIG } from '../../protocol/engine/port-config.ts'
import type { FramesJson } from '../../src/control/schema/status.ts'
import { ProbedDaemon, type Sample } from './probed-daemon.ts'
import type { Soaked } from './soak-churn.ts'
import { BRIDGE_NAMESPACE, BRIDGE_PORTS, buildWires, removeWires, STATION_PORTS } from './wire.ts'

const VSIS = 100
const PERIOD = 1000
/** Octets of resident memory more than before, by the defaults (16384 VSIs); milliseconds; frames that no counter has, of all. */
const BOUNDS = { rss: 250e6, delayP99: 500, uncounted: 0.001 }
const MAX_NEIGHBORS = DEFAULT_PORT_CONFIG.lldp.maxNeighbors
/** One of these counts each frame of LLDP and ECP that arrives. */
const COUNTED = ['statsFramesInTotal', 'EcpRxFrameCount', 'EcpRxAckCount', 'EcpRxForeignCount']
/** Keep-alives every 2.6 s: a VSI that cannot keep itself alive is lost within the flood. */
const OPTIONS = ['--rwd', '17', '--rka', '18']

type Role = 'station' | 'bridge'
const ROLES = ['station', 'bridge'] as const

/** Frames that left. */
interface Sent {
  readonly strangers: number
  readonly peers: number
}

export interface FloodFigures {
  readonly sent: Sent
  readonly frames: FramesJson
  readonly rssBefore: number
  readonly rssMost: number
  readonly rssAfter: number
  readonly heapMost: number
  /** Medians and the most of the samples, one a second. */
  readonly delayP99: number
  readonly delayMax: number
  readonly vsis: Readonly<Record<string, number>>
  readonly neighbors: number
  readonly counters: Readonly<Record<string, number>>
}

export interface FloodRates {
  /** Frames a second under the peer's address, and of strangers. */
  readonly rate: number
  readonly strangers: number
}

export async function soakFlood(seconds: number, rates: FloodRates): Promise<Soaked> {
  buildWires()
  const ifaces = { station: [STATION_PORTS[0]], bridge: [BRIDGE_PORTS[0]] }
  const namespaces = { station: '', bridge: BRIDGE_NAMESPACE }
  const start = (role: Role) =>
    ProbedDaemon.start({ role, ifaces: ifaces[role], namespace: namespaces[role], options: OPTIONS })
  const daemons = { bridge: await start('bridge'), station: await start('station') }
  try {
    return await flood(daemons, seconds, rates)
  } finally {
    await Promise.all(ROLES.map((role) => daemons[role].stop()))
    removeWires()
  }
}

type Daemons = Readonly<Record<Role, ProbedDaemon>>

async function flood(daemons: Daemons, seconds: number, rates: FloodRates): Promise<Soaked> {
  const associated = await associate(daemons.station)
  const before = await sampleBoth(daemons)
  const macs = { station: await macOf(daemons.station), bridge: await macOf(daemons.bridge) }
  const flooding = Promise.all([
    send({ namespace: '', iface: STATION_PORTS[0], as: macs.station, to: 'bridge', seconds, ...rates }),
    send({
      namespace: BRIDGE_NAMESPACE,
      iface: BRIDGE_PORTS[0],
      as: macs.bridge,
      to: 'station',
      seconds,
      ...rates,
    }),
  ])
  const samples: Record<Role, Sample[]> = { station: [], bridge: [] }
  let over = false
  void flooding
    .catch(() => {})
    .then(() => {
      over = true
    })
  while (!over) {
    await delay(PERIOD)
    const both = await sampleBoth(daemons)
    for (const role of ROLES) samples[role].push(both[role])
  }
  const [toBridge, toStation] = await flooding
  const lost = await lostOf(daemons.station)
  const figures = {
    station: await figuresOf(daemons.station, before.station, samples.station, toStation),
    bridge: await figuresOf(daemons.bridge, before.bridge, samples.bridge, toBridge),
  }
  const held = { station: await legitimate(daemons.station), bridge: await legitimate(daemons.bridge) }
  const problems = [
    ...(associated === VSIS ? [] : [`only ${associated} VSIs were associated before`]),
    ...(lost === 0 ? [] : [`the station lost ${lost} VSIs`]),
    ...ROLES.flatMap((role) =>
      held[role] === VSIS ? [] : [`the ${role} holds ${held[role]} of ${VSIS} VSIs`],
    ),
    ...ROLES.flatMap((role) => judge(role, figures[role])),
  ]
  const text = [
    `flood of ${seconds} s to both sides, which hold ${VSIS} VSIs; ${availableParallelism()} processors, load ${loadavg()[0]!.toFixed(1)}`,
    ...ROLES.map((role) => render(role, figures[role], seconds)),
    ...problems.map((problem) => `  PROBLEM ${problem}`),
    problems.length === 0 ? 'memory and delays are bounded, no VSI was lost' : 'not good',
  ].join('\n')
  return { text, good: problems.length === 0, json: { seconds, figures, problems, samples } }
}

async function associate({ client }: ProbedDaemon): Promise<number> {
  const requests = Array.from({ length: VSIS }, (_, number) => ({
    mode: 'associate' as const,
    id: idOf(number),
    typeId: 5,
    typeVersion: 1,
    filter: [`52:54:00:00:01:${number.toString(16).padStart(2, '0')}/200`],
  }))
  const { answers } = await client.request({ requests, wait: 30 })
  return answers.filter(({ ok }) => ok).length
}

const idOf = (number: number) => `6b9a54c4-7ad9-4c3a-8c5e-0a5f7b1f${number.toString(16).padStart(4, '0')}`
const LEGITIMATE = new Set(Array.from({ length: VSIS }, (_, number) => idOf(number)))

async function legitimate({ client }: ProbedDaemon): Promise<number> {
  const { vsis } = await client.vsis()
  return vsis.filter(({ id, state }) => LEGITIMATE.has(id) && state === 'associated').length
}

async function lostOf({ client }: ProbedDaemon): Promise<number> {
  const { events } = await client.eventLog({ types: ['vsi'] })
  return events.filter((event) => event.type === 'vsi' && event.outcome === 'lost').length
}

async function macOf({ client }: ProbedDaemon): Promise<string> {
  return (await client.status()).ports[0]!.link.mac!
}

async function sampleBoth(daemons: Daemons): Promise<Record<Role, Sample>> {
  const [station, bridge] = await Promise.all([daemons.station.sample(), daemons.bridge.sample()])
  return { station, bridge }
}

interface Sending extends FloodRates {
  readonly namespace: string
  readonly iface: string
  /** Whose address it takes. */
  readonly as: string
  readonly to: Role
  readonly seconds: number
}

function send({ namespace, iface, as, to, seconds, rate, strangers }: Sending): Promise<Sent> {
  const file = (path: string) => new URL(path, import.meta.url).pathname
  const node = [process.execPath, file('../support/run-typescript.mjs'), file('flood-program.ts')]
  // What comes from a wire does not take the processors' time that the daemons have, except in the kernel.
  const argv = [
    ...['nice', '-n', '19'],
    ...(namespace ? ['ip', 'netns', 'exec', namespace] : []),
    ...node,
    iface,
    as,
    String(seconds),
    to,
    String(rate),
    String(strangers),
  ]
  const child = spawn(argv[0]!, argv.slice(1), { stdio: ['ignore', 'pipe', 'inherit'] })
  let said = ''
  child.stdout.on('data', (part) => {
    said += part
  })
  return new Promise((resolve, reject) =>
    child.once('close', (status) =>
      status === 0 ? resolve(JSON.parse(said)) : reject(new Error(`the flood ended with ${status}`)),
    ),
  )
}

async function figuresOf(
  daemon: ProbedDaemon,
  before: Sample,
  samples: readonly Sample[],
  sent: Sent,
): Promise<FloodFigures> {
  const after = await daemon.sample()
  const { frames, counters, vdp, neighbors } = (await daemon.client.status()).ports[0]!
  const most = (what: 'rss' | 'heap' | 'delayMax') => Math.max(...samples.map((sample) => sample[what]))
  const delays = samples.map(({ delayP99 }) => delayP99).sort((a, b) => a - b)
  return {
    sent,
    frames,
    rssBefore: before.rss,
    rssMost: most('rss'),
    rssAfter: after.rss,
    heapMost: most('heap'),
    delayP99: delays[delays.length >> 1]!,
    delayMax: most('delayMax'),
    vsis: vdp.vsis,
    neighbors: neighbors.length,
    counters: Object.fromEntries(Object.entries(counters).filter(([, value]) => value > 0)),
  }
}

function judge(role: Role, figures: FloodFigures): string[] {
  const { rssBefore, rssMost, delayP99, frames, sent, neighbors, counters } = figures
  const told = frames.received + frames.dropped + frames.lost
  const all = sent.strangers + sent.peers
  const counted = COUNTED.reduce((sum, name) => sum + (counters[name] ?? 0), 0)
  return [
    ...(rssMost - rssBefore <= BOUNDS.rss ? [] : [`the ${role} took ${mega(rssMost - rssBefore)} more`]),
    ...(delayP99 <= BOUNDS.delayP99
      ? []
      : [`the event loop of the ${role} was late by ${delayP99.toFixed(0)} ms`]),
    ...(told >= 0.5 * all ? [] : [`the ${role} tells of ${told} frames, ${all} were sent`]),
    ...(Math.abs(counted - frames.received) <= BOUNDS.uncounted * frames.received
      ? []
      : [`the ${role} received ${frames.received} frames, its counters have ${counted}`]),
    ...(neighbors <= MAX_NEIGHBORS ? [] : [`the ${role} has ${neighbors} neighbours`]),
    ...((counters.statsTLVsDiscardedTotal ?? 0) > 0 ? [] : [`the ${role} counted no broken TLV`]),
  ]
}

const mega = (octets: number) => `${(octets / 1e6).toFixed(0)} MB`

function render(role: Role, figures: FloodFigures, seconds: number): string {
  const {
    sent,
    frames,
    rssBefore,
    rssMost,
    rssAfter,
    heapMost,
    delayP99,
    delayMax,
    vsis,
    neighbors,
    counters,
  } = figures
  return [
    `  ${role.padEnd(8)} ${sent.strangers} frames of strangers (${Math.round(sent.strangers / seconds)} a second), ` +
      `${sent.peers} under the peer's address: ${frames.received} received, ` +
      `${frames.dropped} not ours, ${frames.lost} without room`,
    `           resident ${mega(rssBefore)}, at most ${mega(rssMost)}, ${mega(rssAfter)} afterwards; heap at most ${mega(heapMost)}; ` +
      `event-loop delay p99 ${delayP99.toFixed(1)} ms, max ${delayMax.toFixed(0)} ms`,
    `           VSIs ${JSON.stringify(vsis)}, ${neighbors} neighbours`,
    `           ${Object.entries(counters)
      .map(([name, value]) => `${name} ${value}`)
      .join(', ')}`,
  ].join('\n')
}
