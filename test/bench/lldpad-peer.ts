/**
 * lldpad at one end of the wire. As a station it is asked over its control socket as its own vdptool asks it, one
 * request a message, but by one client for all: starting a program for each VSI would measure the programs.
 */
import { execFile, spawnSync } from 'node:child_process'
import { Lldpad } from '../support/lldpad.ts'
import type { Place } from './link.ts'
import { LldpadClient } from './lldpad-client.ts'
import { type BenchVsi, benchVsis, type Granted, pause, type StationPeer } from './peer.ts'

const PROBE = 0xffff_ff00

/** Its default. lldpad sends at most one ECPDU in T(RTE), 2.56 ms: with 14, qbg's default, it would be 6 a second. */
export const LLDPAD_RTE = 8

export function hasLldpad(): boolean {
  return spawnSync('lldpad', ['-v'], { stdio: 'ignore' }).error === undefined
}

export class LldpadPeer implements StationPeer {
  readonly program = 'lldpad'
  readonly #place: Place
  readonly #lldpad: Lldpad
  #client: LldpadClient | undefined

  constructor(place: Place) {
    this.#place = place
    this.#lldpad = new Lldpad(place, { ecprte: LLDPAD_RTE })
  }

  get role(): 'station' | 'bridge' {
    return this.#place.role
  }

  get pid(): number {
    return this.#lldpad.pid
  }

  start(): Promise<void> {
    return this.#lldpad.start()
  }

  async stop(signal: 'SIGTERM' | 'SIGKILL' = 'SIGTERM'): Promise<void> {
    this.#client?.close()
    this.#client = undefined
    await this.#lldpad.stop(signal)
  }

  /** lldpad refuses in its first second, and forgets what came before its neighbour. */
  async untilReady(): Promise<void> {
    await pause(2500)
    const { iface } = this.#place
    this.#client = new LldpadClient(iface)
    for (let attempt = 0; attempt < 20; attempt++) {
      const { count } = await this.associate(benchVsis(PROBE + attempt, 1), 1)
      if (count === 1) return
    }
    throw new Error('lldpad associates nothing')
  }

  associate(vsis: readonly BenchVsi[], seconds: number): Promise<Granted> {
    return this.#client!.associate(vsis, seconds)
  }
}

/** What it calls itself. */
export function lldpadVersion(): Promise<string> {
  return new Promise((resolve) => {
    execFile('lldpad', ['-v'], (_error, stdout) => resolve(stdout.trim().split('\n').at(-1) ?? ''))
  })
}
