/** Churn for some minutes, with samples of both daemons, and what they hold when it is over. */
import { setTimeout as delay } from 'node:timers/promises'
import type { ControlClient } from '../../src/control/client.ts'
import type { FaultRequestInput } from '../../src/control/schema/fault.ts'
import { Churn } from './churn.ts'
import { judgeGrowth, renderGrowth, type Timed } from './growth.ts'
import { ProbedDaemon, type Sample } from './probed-daemon.ts'
import { BRIDGE_NAMESPACE, BRIDGE_PORTS, buildWires, removeWires, STATION_PORTS } from './wire.ts'

/** Samples in the whole time. */
const SAMPLES = 120
const MIN_PERIOD = 2
/** Seconds that fill histories (1000 events and VSIs each) and compile code; half of the time at most. */
const WARM_UP = 60
const BOUNDS = { heap: 2e6, rss: 15e6, descriptors: 4, timers: 3, delayP99: 200 }
const SETTLED = 40_000
/** Short timers, so that keep-alives come often: RWD 1.3 s, RKA 2.6 s. */
const OPTIONS = ['--rwd', '17', '--rka', '18']

export interface Soaked {
  readonly text: string
  readonly json: object
  readonly good: boolean
}

/** What a bad wire does, in both directions of both daemons: together some 40 % of all frames do not come as they were sent. */
export const BAD_WIRE: FaultRequestInput['faults'] = [
  { action: 'drop', chance: 0.1, direction: 'both' },
  { action: 'duplicate', chance: 0.05, direction: 'both' },
  { action: 'reorder', chance: 0.05, direction: 'both' },
  { action: 'delay', milliseconds: 30, chance: 0.05, direction: 'both' },
  { action: 'corrupt', chance: 0.02, direction: 'both' },
]

/** `wire`: what is done to frames while it lasts; the end is without. */
export async function soakChurn(
  seconds: number,
  seed: number,
  wire: FaultRequestInput['faults'] = [],
): Promise<Soaked> {
  buildWires()
  const bridge = await ProbedDaemon.start({
    role: 'bridge',
    ifaces: BRIDGE_PORTS,
    namespace: BRIDGE_NAMESPACE,
    options: OPTIONS,
  })
  const station = await ProbedDaemon.start({
    role: 'station',
    ifaces: STATION_PORTS,
    namespace: '',
    options: [...OPTIONS, '--state', '/run/soak-station.json'],
  })
  try {
    return await soak({ station, bridge }, seconds, seed, wire)
  } finally {
    await Promise.all([station.stop(), bridge.stop()])
    removeWires()
  }
}

const ROLES = ['station', 'bridge'] as const
type Role = (typeof ROLES)[number]
type Daemons = Readonly<Record<Role, ProbedDaemon>>

async function sampleBoth({ station, bridge }: Daemons): Promise<Record<Role, Sample>> {
  return { station: await station.sample(), bridge: await bridge.sample() }
}

async function soak(
  daemons: Daemons,
  seconds: number,
  seed: number,
  wire: FaultRequestInput['faults'],
): Promise<Soaked> {
  const { station, bridge } = daemons
  if (wire.length > 0) await Promise.all([station, bridge].map(({ client }) => client.setFaults(wire)))
  const quiet = await sampleBoth(daemons)
  const churn = new Churn(station.client, seed)
  const start = performance.now()
  const samples = { station: [] as Timed[], bridge: [] as Timed[] }
  const churning = churn.run(start + seconds * 1000)
  const period = Math.max(MIN_PERIOD, seconds / SAMPLES) * 1000
  for (let next = start + period; next < start + seconds * 1000; next += period) {
    await delay(Math.max(0, next - performance.now()))
    const at = (performance.now() - start) / 1000
    const both = await sampleBoth(daemons)
    for (const role of ROLES) samples[role].push({ at, ...both[role] })
  }
  await churning
  if (wire.length > 0) await Promise.all([station, bridge].map(({ client }) => client.clearFaults()))
  const agreed = await untilAgreed(station.client, bridge.client)
  await churn.clear()
  const left = await untilNone(bridge.client)
  const over = await untilIdle(daemons, quiet)
  const warmUp = Math.min(WARM_UP, seconds / 2)
  const growth = {
    station: judgeGrowth(samples.station, warmUp, [quiet.station, over.station], BOUNDS),
    bridge: judgeGrowth(samples.bridge, warmUp, [quiet.bridge, over.bridge], BOUNDS),
  }
  const problems = [
    ...agreed,
    ...(left === 0 ? [] : [`the bridge holds ${left} VSIs that were de-associated`]),
    ...(wire.length > 0 ? [] : await faultsOf(daemons)),
  ]
  const good = [...problems, ...growth.station.problems, ...growth.bridge.problems].length === 0
  const text = [
    `${wire.length > 0 ? 'chaos' : 'soak'} of ${seconds} s, seed ${seed}: ${JSON.stringify(churn.done.acts)}, answers ${JSON.stringify(churn.done.answers)}`,
    renderGrowth('station', growth.station),
    renderGrowth('bridge', growth.bridge),
    ...problems.map((problem) => `  PROBLEM ${problem}`),
    good ? 'nothing grows, both sides agree' : 'not good',
  ].join('\n')
  return { text, good, json: { seconds, seed, ...churn.done, growth, problems, samples } }
}

/** Connections of clients are kept for some seconds, and so is what reads files. */
async function untilIdle(daemons: Daemons, quiet: Record<Role, Sample>): Promise<Record<Role, Sample>> {
  const end = performance.now() + SETTLED
  for (;;) {
    const now = await sampleBoth(daemons)
    const idle = ROLES.every((role) => now[role].descriptors <= quiet[role].descriptors)
    if (idle || performance.now() > end) return now
    await delay(1000)
  }
}

/** Problems, when the two still disagree after a time in which all timers have run out. */
async function untilAgreed(station: ControlClient, bridge: ControlClient): Promise<string[]> {
  const end = performance.now() + SETTLED
  for (;;) {
    const [ours, theirs] = [await held(station), await held(bridge)]
    const differing = [...ours].filter((vsi) => !theirs.has(vsi)).length + Math.abs(theirs.size - ours.size)
    if (differing === 0) return []
    if (performance.now() > end) return [`station and bridge differ in ${differing} VSIs`]
    await delay(200)
  }
}

async function untilNone(bridge: ControlClient): Promise<number> {
  const end = performance.now() + SETTLED
  for (;;) {
    const { size } = await held(bridge)
    if (size === 0 || performance.now() > end) return size
    await delay(200)
  }
}

/** VSIs that are granted, each once, whatever port it is on. */
async function held(client: ControlClient): Promise<Set<string>> {
  const { vsis } = await client.vsis()
  return new Set(vsis.filter(({ state }) => state !== 'none').map(({ id, state }) => `${id} ${state}`))
}

async function faultsOf(daemons: Daemons): Promise<string[]> {
  const all: string[] = []
  for (const role of ROLES) {
    const { ports } = await daemons[role].client.status()
    for (const { name, faults } of ports)
      if (faults.total > 0) all.push(`${role} ${name} counted ${faults.total} faults`)
  }
  return all
}
