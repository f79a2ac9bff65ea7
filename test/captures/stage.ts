/** A station and a bridge, both the built qbg, on a wire that is captured. */
import { join } from 'node:path'
import { ControlClient } from '../../src/control/client.ts'
import { type Running, runQbg, startQbg } from '../support/cli.ts'
import { addNamespace, ip, removeLinks } from '../support/namespaces.ts'
import { WireTap } from '../support/wire-tap.ts'

export type Role = 'station' | 'bridge'

/** The interface of the other end is a port of a Linux bridge with STP, in a namespace of its own. */
const FAR = 'far'
const MACS = { station: '02:00:00:00:0a:01', bridge: '02:00:00:00:0b:01' }
const IFACE = { station: 'near0', bridge: 'far0' }

/** RWD 1.3 s, RKA 1.3 s: a capture need not be long to show a few keep-alives. */
export const QUICK = ['--rwd', '17', '--rka', '17']

export class Stage {
  readonly #options: Readonly<Record<Role, readonly string[]>>
  readonly #running: Partial<Record<Role, Running>> = {}
  readonly #directory: string
  #taps: WireTap[] = []

  constructor(directory: string, options: Partial<Record<Role, readonly string[]>>) {
    this.#directory = directory
    this.#options = { station: options.station ?? QUICK, bridge: options.bridge ?? QUICK }
  }

  async build(): Promise<void> {
    addNamespace(FAR)
    ip(`link add near0 address ${MACS.station} type veth peer name far0 address ${MACS.bridge} netns ${FAR}`)
    ip(`-n ${FAR} link add br0 type bridge stp_state 1`)
    ip(`-n ${FAR} link set far0 master br0`)
    for (const name of ['br0', 'far0']) ip(`-n ${FAR} link set ${name} up`)
    ip('link set near0 up')
    this.#taps.push(await WireTap.open('near0'))
  }

  async start(role: Role): Promise<void> {
    const files = ['--control', this.#control(role), '--log-file', join(this.#directory, `${role}.log`)]
    const state = role === 'station' ? ['--state', join(this.#directory, 'state.json')] : []
    const inside = role === 'bridge' ? ['ip', 'netns', 'exec', FAR] : []
    const running = startQbg([role, IFACE[role], ...files, ...state, ...this.#options[role]], {}, inside)
    await running.says(/^qbg (station|bridge) on /m)
    this.#running[role] = running
  }

  async stop(role: Role, signal: 'SIGTERM' | 'SIGKILL' = 'SIGTERM'): Promise<void> {
    const running = this.#running[role]
    delete this.#running[role]
    running?.child.kill(signal)
    await running?.ended
  }

  /** Both run and have negotiated. */
  async begin(): Promise<void> {
    await this.start('bridge')
    await this.start('station')
    await this.untilReady()
  }

  async untilReady(): Promise<void> {
    for (let attempt = 0; attempt < 200; attempt++) {
      const { stdout } = await this.qbg('station', 'status', '--json')
      if (stdout.includes('"ready": true')) return
      await this.pause(100)
    }
    throw new Error('no EVB neighbour')
  }

  /** A command, asked of one side. */
  qbg(role: Role, ...argv: readonly string[]) {
    return runQbg([...argv, '--control', this.#control(role)])
  }

  /** `qbg vsi associate` of VSI `number`, and what became of it. */
  async associate(number: number, ...options: readonly string[]): Promise<string> {
    const mac = `52:54:00:00:00:${number.toString(16).padStart(2, '0')}`
    const filter = options.includes('--filter') ? [] : ['--filter', `${mac}/${100 + number}`]
    const argv = [
      'vsi',
      'associate',
      '--type',
      '5:1',
      '--id',
      idOf(number),
      ...filter,
      '--wait',
      '8',
      ...options,
    ]
    const { stdout, stderr } = await this.qbg('station', ...argv)
    return stdout + stderr
  }

  /** VSIs 1 to `count` in one request. */
  async associateAll(count: number): Promise<void> {
    const requests = Array.from({ length: count }, (_, index) => {
      const mac = `52:54:00:00:00:${(index + 1).toString(16).padStart(2, '0')}`
      return {
        mode: 'associate' as const,
        id: idOf(index + 1),
        typeId: 5,
        typeVersion: 1,
        filter: [`${mac}/200`],
      }
    })
    await new ControlClient(this.#control('station')).request({ requests, wait: 8 })
  }

  pause(milliseconds: number): Promise<void> {
    return new Promise((resolve) => setTimeout(resolve, milliseconds))
  }

  async setLink(up: boolean): Promise<void> {
    ip(`-n ${FAR} link set far0 ${up ? 'up' : 'down'}`)
  }

  /** Both leave in order; the capture, whole. */
  async end(): Promise<Uint8Array> {
    await this.stop('station')
    await this.stop('bridge')
    await this.pause(200)
    await this.#taps.at(-1)!.close()
    return this.#taps.at(-1)!.file
  }

  async clear(): Promise<void> {
    await this.stop('station', 'SIGKILL')
    await this.stop('bridge', 'SIGKILL')
    await this.#taps.at(-1)?.close()
    removeLinks('near0')
    ip(`netns del ${FAR}`)
  }

  #control(role: Role): string {
    return join(this.#directory, `${role}.sock`)
  }
}

export function idOf(number: number): string {
  return `6b9a54c4-7ad9-4c3a-8c5e-0a5f7b1f${number.toString(16).padStart(4, '0')}`
}
