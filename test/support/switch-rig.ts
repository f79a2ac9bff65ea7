/**
 * A switch with a station at one port and a server at another, all in the namespace of the test: a Linux bridge with
 * STP off, `qbg bridge` on `swp1`, `qbg station` at the other end of it. What passes is judged by frames on the wires.
 *
 *     sta0 ==== swp1, br0, swp2 ==== srv0
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ControlClient } from '../../src/control/client.ts'
import type { PortJson } from '../../src/control/schema/status.ts'
import type { SwitchAnswer } from '../../src/control/schema/switch.ts'
import { type Running, runQbg, startQbg } from './cli.ts'
import { FrameSegment, type ProbeFrame } from './frame-segment.ts'
import { ip, removeLinks, run, veth } from './namespaces.ts'

export const MAC = {
  vm1: '52:54:00:00:00:01',
  vm2: '52:54:00:00:00:02',
  server: '52:54:00:00:03:01',
  /** Passes in any case: what is sent after a frame and arrives without it says that the frame was stopped. */
  witness: '52:54:00:ff:ff:01',
  all: 'ff:ff:ff:ff:ff:ff',
} as const
export const ID = {
  vm1: '6b9a54c4-7ad9-4c3a-8c5e-0a5f7b1f0001',
  vm2: '6b9a54c4-7ad9-4c3a-8c5e-0a5f7b1f0002',
} as const

export class SwitchRig {
  readonly directory = mkdtempSync(join(tmpdir(), 'qbg-'))
  readonly log = join(this.directory, 'bridge.log')
  readonly #running = new Map<string, Running>()
  near!: FrameSegment
  far!: FrameSegment

  /** The network, without daemons. */
  build(): void {
    ip('link add br0 type bridge stp_state 0 forward_delay 0 mcast_snooping 0')
    ip('link set br0 up')
    veth('sta0', 'swp1')
    veth('srv0', 'swp2')
    for (const port of ['swp1', 'swp2']) ip(`link set ${port} master br0`)
    this.near = new FrameSegment('sta0')
    this.far = new FrameSegment('srv0')
  }

  async clear(): Promise<void> {
    for (const role of [...this.#running.keys()]) await this.stop(role, 'SIGKILL')
    for (const table of this.tables()) run('nft', 'delete', 'table', 'bridge', table)
    this.near.close()
    this.far.close()
    removeLinks('sta0', 'srv0', 'br0')
    rmSync(this.directory, { recursive: true })
  }

  socket(role: string): string {
    return join(this.directory, `${role}.sock`)
  }

  client(role: string): ControlClient {
    return new ControlClient(this.socket(role))
  }

  /** Settings of swp1 are as they are by default, but for the witness. */
  async startBridge(...options: string[]): Promise<void> {
    const file = join(this.directory, 'bridge.yaml')
    writeFileSync(file, `traffic: { allow: ["${MAC.witness}"] }\nevb: { rka: 17, rwd: 17 }\n`)
    const args = ['bridge', 'swp1', '--config', file, '--log-file', this.log, ...options]
    await this.start('bridge', args)
  }

  async startStation(): Promise<void> {
    await this.start('station', ['station', 'sta0', '--rka', '17', '--rwd', '17'])
  }

  async start(role: string, args: readonly string[]): Promise<void> {
    const running = startQbg([...args, '--control', this.socket(role)])
    this.#running.set(role, running)
    await running.says(/control/)
  }

  async stop(role: string, signal: 'SIGTERM' | 'SIGKILL' = 'SIGTERM'): Promise<void> {
    const running = this.#running.get(role)
    this.#running.delete(role)
    running?.child.kill(signal)
    await running?.ended
  }

  /** Asks a daemon again with each of its events. */
  async until(role: string, what: string, enough: (port: PortJson) => boolean): Promise<void> {
    const abort = new AbortController()
    const timeout = setTimeout(() => abort.abort(), 15_000)
    try {
      for await (const _ of this.client(role).events(undefined, abort.signal)) {
        if (enough((await this.client(role).status()).ports[0]!)) return
      }
    } finally {
      clearTimeout(timeout)
      abort.abort()
    }
    throw new Error(`no ${what} in 15 s`)
  }

  untilRelay(): Promise<void> {
    return this.until('bridge', 'relay', ({ relay }) => relay.active && relay.applied === true)
  }

  /** Both are up, and relay is granted. */
  async startBoth(...options: string[]): Promise<void> {
    await this.startBridge(...options)
    await this.startStation()
    await this.untilRelay()
  }

  async associate(vm: keyof typeof ID, ...filter: string[]): Promise<void> {
    const args = ['--control', this.socket('station'), '--wait', '10', '--type', '5:1', '--id', ID[vm]]
    const ran = await runQbg(['vsi', 'associate', ...args, '--filter', ...filter])
    if (ran.status !== 0) throw new Error(ran.stderr)
  }

  async deassociate(vm: keyof typeof ID): Promise<void> {
    const ran = await runQbg(['vsi', 'deassociate', '--control', this.socket('station'), ID[vm]])
    if (ran.status !== 0) throw new Error(ran.stderr)
  }

  /** From the station's wire to the server's. */
  comesOut(frame: ProbeFrame): Promise<boolean> {
    const mark = this.near.send(frame)
    return arrives(mark, this.far, () => this.near.send({ from: MAC.witness, to: MAC.all }))
  }

  /** From the server's wire to the station's. */
  comesIn(frame: ProbeFrame): Promise<boolean> {
    const mark = this.far.send(frame)
    return arrives(mark, this.near, () => this.far.send({ from: MAC.server, to: MAC.witness }))
  }

  /** From the station's wire back to it; relay has to be on. */
  turnsRound(frame: ProbeFrame): Promise<boolean> {
    const mark = this.near.send(frame)
    return arrives(mark, this.near, () => this.near.send({ from: MAC.witness, to: MAC.all }))
  }

  hairpin(port = 'swp1'): boolean {
    return / hairpin on /.test(ip(`-d -o link show ${port}`))
  }

  /** Names of qbg's tables in the kernel. */
  tables(): string[] {
    return Array.from(run('nft', 'list', 'tables').matchAll(/bridge (qbg_\w+)/g), ([, name]) => name!)
  }

  switchShow(): Promise<SwitchAnswer> {
    return this.client('bridge').switch()
  }

  said(): string {
    return readFileSync(this.log, 'utf8')
  }
}

/** Two processors may have frames overtake each other; none overtakes a whole round of three. */
const WITNESSES = 3

/** True when the frame has arrived, false when its witnesses have, and it has not. */
async function arrives(mark: string, at: FrameSegment, witness: () => string): Promise<boolean> {
  for (let count = 0; count < WITNESSES && !at.has(mark); count++) await at.until(witness())
  return at.has(mark)
}

export async function withSwitch(body: (rig: SwitchRig) => Promise<void>): Promise<void> {
  const rig = new SwitchRig()
  try {
    rig.build()
    await body(rig)
  } finally {
    await rig.clear()
  }
}
