/**
 * qbg and lldpad at the two ends of a veth pair, with a capture between them. qbg is the built command, a real
 * process; as a bridge its interface is a port of a Linux bridge. When the test is over everything is ended by its
 * process, and the capture is held against the rules that every run keeps.
 */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'vitest'
import { ControlClient } from '../../src/control/client.ts'
import type { EventAnswer } from '../../src/control/schema/event.ts'
import type { PortJson } from '../../src/control/schema/status.ts'
import type { RequestAnswer, VsiJson } from '../../src/control/schema/vsi.ts'
import type { VsiRequestsInput } from '../../src/control/schema/vsi-request.ts'
import { type Running, runQbg, startQbg } from './cli.ts'
import { Collected } from './deadline.ts'
import { checkOurFrames, type Role, readWire, type WireFrame } from './interop-wire.ts'
import { Lldpad, type LldpadSettings } from './lldpad.ts'
import { addNamespace, ip } from './namespaces.ts'
import { WireTap } from './wire-tap.ts'

export interface RigOptions {
  /** Of qbg; lldpad takes the other one. */
  readonly role: Role
  /** Further options of `qbg station` or `qbg bridge`. */
  readonly options?: readonly string[]
  readonly lldpad?: LldpadSettings
  /** False: our frames are wrong on purpose, and not held against the rules. */
  readonly judged?: boolean
}

/** Short timers: resourceWaitDelay 1.3 s, keep-alive 2.6 s. */
export const QUICK = ['--rwd', '17', '--rka', '18']
export const QUICK_LLDPAD: LldpadSettings = { vdprwd: 17, vdprka: 18 }

type Requests = VsiRequestsInput['requests']

let rigs = 0

export class InteropRig {
  readonly role: Role
  readonly iface: string
  readonly farIface: string
  readonly namespace: string
  readonly mac: string
  readonly farMac: string
  readonly lldpad: Lldpad
  readonly client: ControlClient
  /** Of the daemon that runs now. */
  events = new Collected<EventAnswer>()
  /** When it said so, milliseconds since 1970. */
  readyAt = 0
  readonly #options: readonly string[]
  readonly #judged: boolean
  readonly #control: string
  readonly #taps: WireTap[] = []
  #qbg: Running | undefined

  constructor({ role, options = QUICK, lldpad = QUICK_LLDPAD, judged = true }: RigOptions) {
    const number = ++rigs
    const octet = number.toString(16).padStart(2, '0')
    this.role = role
    this.iface = `near${number}`
    this.farIface = `far${number}`
    this.namespace = `peer${number}`
    this.mac = `02:00:00:00:0a:${octet}`
    this.farMac = `02:00:00:00:0b:${octet}`
    this.#options = options
    this.#judged = judged
    this.#control = `/run/qbg-${number}.sock`
    this.client = new ControlClient(this.#control)
    const farRole = role === 'station' ? 'bridge' : 'station'
    this.lldpad = new Lldpad({ namespace: this.namespace, iface: this.farIface, role: farRole }, lldpad)
  }

  /** Interfaces and the capture; neither daemon. */
  async build(): Promise<void> {
    const { iface, farIface, mac, farMac, namespace } = this
    addNamespace(namespace)
    ip(
      `link add ${iface} address ${mac} type veth peer name ${farIface} address ${farMac} netns ${namespace}`,
    )
    if (this.role === 'bridge') this.#becomeBridgePort()
    ip(`link set ${iface} up`)
    ip(`-n ${namespace} link set ${farIface} up`)
    await this.openTap()
  }

  get bridge(): string {
    return `bridge${this.iface}`
  }

  #becomeBridgePort(): void {
    ip(`link add ${this.bridge} type bridge`)
    ip(`link set ${this.iface} master ${this.bridge}`)
    ip(`link set ${this.bridge} up`)
  }

  /** Once more after a link was down: that ends a capture. */
  async openTap(): Promise<void> {
    await this.#taps.at(-1)?.close()
    this.#taps.push(await WireTap.open(this.iface))
  }

  async startQbg(): Promise<void> {
    const qbg = startQbg([this.role, this.iface, '--control', this.#control, ...this.#options])
    this.#qbg = qbg
    await qbg.says(/^qbg (station|bridge) on /m)
    this.readyAt = Date.now()
    const events = new Collected<EventAnswer>()
    this.events = events
    void this.#follow(events)
    await events.until('subscription', (items) => items.length > 0)
  }

  async #follow(events: Collected<EventAnswer>): Promise<void> {
    try {
      for await (const event of this.client.events()) events.add(event)
    } catch {
      // the daemon was killed, as some tests do
    }
  }

  /** SIGTERM must end it with status 0. Resolves when the process is gone. */
  async stopQbg(signal: 'SIGTERM' | 'SIGKILL' = 'SIGTERM'): Promise<void> {
    const qbg = this.#qbg
    if (qbg === undefined) return
    this.#qbg = undefined
    qbg.child.kill('SIGCONT')
    qbg.child.kill(signal)
    const { status, stderr } = await qbg.ended
    if (signal === 'SIGTERM') expect({ status, stderr }).toMatchObject({ status: 0 })
  }

  pauseQbg(): void {
    this.#qbg?.child.kill('SIGSTOP')
  }

  resumeQbg(): void {
    this.#qbg?.child.kill('SIGCONT')
  }

  async port(): Promise<PortJson> {
    return (await this.client.status()).ports[0]!
  }

  async vsi(id: string): Promise<VsiJson> {
    return (await this.client.vsi(id)).vsi
  }

  /** The answers, in order. */
  async request(...requests: Requests): Promise<RequestAnswer[]> {
    return (await this.client.request({ requests, wait: 30 })).answers
  }

  /** The command, as a person gives it. */
  qbg(...argv: readonly string[]) {
    return runQbg([...argv, '--control', this.#control])
  }

  get wire(): WireFrame[] {
    return this.#taps.flatMap(({ frames }) => readWire(frames))
  }

  get ours(): WireFrame[] {
    return this.wire.filter(({ from }) => from === this.mac)
  }

  get theirs(): WireFrame[] {
    return this.wire.filter(({ from }) => from === this.farMac)
  }

  /** Waits until the frames on the wire satisfy it, and gives them. */
  async untilWire(what: string, enough: (frames: WireFrame[]) => boolean, deadline = 10_000) {
    await this.#taps.at(-1)!.seen.until(what, () => enough(this.wire), deadline)
    return this.wire
  }

  /** Waits for an event, also one of the past. */
  async untilEvent(what: string, wanted: (event: EventAnswer) => boolean, deadline = 15_000) {
    const events = await this.events.until(what, (items) => items.some(wanted), deadline)
    return events.find(wanted)!
  }

  /** EVB is negotiated and relay is on; it may have been before anybody listened to events. */
  async untilRelay(): Promise<void> {
    if (!(await this.port()).relay.active) {
      await this.untilEvent('relay', (event) => event.type === 'relay' && event.active)
    }
  }

  /** Relay goes on after `since`, a number of events. */
  async untilRelayAgain(since: number): Promise<void> {
    const isOn = (event: EventAnswer) => event.type === 'relay' && event.active
    await this.events.until('relay again', (items) => items.slice(since).some(isOn), 15_000)
  }

  /** No frame of lldpad is a fault; then both leave in order, and the capture is judged unless it is not to be. */
  async finish(): Promise<void> {
    if (this.#qbg !== undefined) expect((await this.port()).faults).toMatchObject({ total: 0 })
    await this.stopQbg()
    await this.lldpad.stop()
    await this.#taps.at(-1)!.close()
    if (!this.#judged) return
    for (const { file, frames } of this.#taps) {
      await checkOurFrames(file, readWire(frames), this.role, this.mac)
    }
  }

  /** Leaves nothing, whatever happened. */
  async clear(): Promise<void> {
    await this.stopQbg('SIGKILL')
    await this.lldpad.stop('SIGKILL')
    await this.#taps.at(-1)?.close()
    for (const [index, { file }] of this.#taps.entries()) keep(file, `${this.role}-${this.iface}-${index}`)
    ip(`link del ${this.iface}`)
    ip(`netns del ${this.namespace}`)
  }
}

/** For a look at it: QBG_CAPTURES names a folder to leave every capture in. */
export function keep(file: Uint8Array, name: string): void {
  const folder = process.env.QBG_CAPTURES
  if (folder === undefined) return
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, `${name}.pcap`), file)
}

/** Both daemons run; lldpad's was started first unless `body` is to do it. */
export async function withRig(options: RigOptions, body: (rig: InteropRig) => Promise<void>): Promise<void> {
  const rig = new InteropRig(options)
  try {
    await rig.build()
    await rig.lldpad.start()
    await rig.startQbg()
    await body(rig)
    await rig.finish()
  } finally {
    await rig.clear()
  }
}
