/** Everything that runs in the lab: made in order, asked by the steps, and ended in the reverse order. */
import { join } from 'node:path'
import { Agent, type Role } from './agents.ts'
import type { NeighborCounts, ProbeCounts } from './capture.ts'
import type { ProbeRequest, ProbeResult } from './echo.ts'
import { Part } from './part.ts'
import { buildTopology, forgetNeighbors, SERVER, SWITCH_PORT, UPLINK, VMS, type Vm } from './topology.ts'

const PROBES = 5

export interface ProbeOutcome extends ProbeResult {
  /** The probe's frames as the switch port saw them. */
  readonly frames: ProbeCounts
  /** The same at the server's interface. */
  readonly atServer: ProbeCounts
}

const AGENTS = {
  station: { namespace: 'host', port: UPLINK },
  bridge: { namespace: 'switch', port: SWITCH_PORT },
} as const

export class Stage {
  readonly directory: string
  readonly captureFile: string
  readonly #agents = new Map<Role, Agent>()
  readonly #echoes = new Map<string, Part>()
  #tap!: Part
  #listener!: Part
  #runs = 0

  constructor(directory: string) {
    this.directory = directory
    this.captureFile = join(directory, `${SWITCH_PORT}.pcap`)
  }

  async build(): Promise<void> {
    await buildTopology()
    const hosts = [...VMS, SERVER].map(async ({ name }) => {
      this.#echoes.set(name, await Part.start('echo', name))
    })
    const tap = Part.start('capture', 'switch', SWITCH_PORT, this.captureFile)
    const listener = Part.start('capture', SERVER.name, 'eth0')
    await Promise.all([...hosts, tap, listener])
    this.#tap = await tap
    this.#listener = await listener
  }

  /** Datagrams from one to the other's echo, beginning with ARP. */
  async probe(from: Vm, to: { readonly address: string }, patience: number): Promise<ProbeOutcome> {
    await forgetNeighbors()
    const run = ++this.#runs
    const request: ProbeRequest = { to: to.address, run, count: PROBES, patience }
    const result = await this.#echoes.get(from.name)!.ask<ProbeResult>('probe', request)
    const [frames, atServer] = await Promise.all(
      [this.#tap, this.#listener].map((part) => part.ask<ProbeCounts>('probe', { run })),
    )
    return { ...result, frames: frames!, atServer: atServer! }
  }

  /** LLDP and ECP frames until now, at the switch port and at the server. */
  async neighborFrames(): Promise<{ readonly port: NeighborCounts; readonly server: NeighborCounts }> {
    const [port, server] = await Promise.all(
      [this.#tap, this.#listener].map((part) => part.ask<NeighborCounts>('neighbors', {})),
    )
    return { port: port!, server: server! }
  }

  async startAgent(role: Role): Promise<Agent> {
    const agent = await Agent.start({ role, ...AGENTS[role], directory: this.directory })
    this.#agents.set(role, agent)
    return agent
  }

  /** One that has been started. */
  agent(role: Role): Agent {
    return this.#agents.get(role)!
  }

  get agents(): readonly Agent[] {
    return [...this.#agents.values()]
  }

  async stopAgent(role: Role): Promise<boolean> {
    const agent = this.#agents.get(role)
    this.#agents.delete(role)
    return agent === undefined || (await agent.leave())
  }

  /** The station first: the switch hears it leave. */
  async stopAgents(): Promise<void> {
    for (const role of ['station', 'bridge'] as const) await this.stopAgent(role)
  }
}
