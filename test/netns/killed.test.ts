/**
 * SIGKILL at any moment, while VSIs come and go: what the switch had granted, and nobody has ended since, is asked for
 * again by the next life, and no file is broken.
 */
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, vi } from 'vitest'
import { ControlClient } from '../../src/control/client.ts'
import { ControlError } from '../../src/control/control-error.ts'
import { seededRandom } from '../../src/io/prng.ts'
import { type Running, startQbg } from '../support/cli.ts'
import { removeLinks, veth } from '../support/namespaces.ts'
import { requires } from '../support/requirements.ts'

const test = requires('namespaces')
const LIVES = Number(process.env.QBG_KILLS ?? 12)
const VSIS = 400
const BATCH = 40
const PATIENCE = { timeout: 20_000, interval: 50 }

let directory: string
let running: Running[]

const socketOf = (role: string) => join(directory, `${role}.sock`)
const clientOf = (role: string) => new ControlClient(socketOf(role))
const statePath = () => join(directory, 'state', 'station.json')

async function start(role: 'station' | 'bridge', name: string): Promise<Running> {
  const state = role === 'station' ? ['--state', statePath()] : []
  const places = [
    '--control',
    socketOf(role),
    '--log-file',
    join(directory, `${role}.log`),
    '--log-level',
    'warn',
  ]
  const one = startQbg([role, name, ...places, ...state])
  running.push(one)
  await one.says(/control/)
  return one
}

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'qbg-killed-'))
  running = []
  veth('sta0', 'swp0')
})
afterEach(async () => {
  for (const { child, ended } of running) {
    child.kill('SIGKILL')
    await ended
  }
  removeLinks('sta0')
  rmSync(directory, { recursive: true })
})

const idOf = (number: number) => `local:${(number + 1).toString(16).padStart(32, '0')}`
const filterOf = (number: number) => [`52:54:00:00:${hex(number >> 8)}:${hex(number & 255)}/7`]
const hex = (octet: number) => octet.toString(16).padStart(2, '0')

/** Asks for VSIs and ends some, in batches, until the daemon is gone; knows what was answered for. */
class Churn {
  /** Granted, and not asked to end since. */
  readonly granted = new Set<number>()
  readonly #random: () => number

  constructor(seed: number) {
    this.#random = seededRandom(seed)
  }

  below(limit: number): number {
    return Math.floor(this.#random() * limit)
  }

  /** A daemon that was killed answers nobody, which is no news. */
  async untilGone(): Promise<void> {
    try {
      for (;;) await this.#batch()
    } catch (error) {
      if (!(error instanceof ControlError) || !['no-daemon', 'daemon-gone'].includes(error.code)) throw error
    }
  }

  async #batch(): Promise<void> {
    const numbers = new Set(Array.from({ length: BATCH }, () => this.below(VSIS)))
    const asks = [...numbers].map((number) => ({ number, end: this.below(3) === 0 }))
    for (const { number, end } of asks) if (end) this.granted.delete(number)
    const requests = asks.map(({ number, end }) =>
      end
        ? { mode: 'deassociate' as const, id: idOf(number) }
        : { mode: 'associate' as const, id: idOf(number), typeId: 5, filter: filterOf(number) },
    )
    const { answers } = await clientOf('station').request({ requests, wait: 10 })
    for (const [index, { number, end }] of asks.entries()) {
      if (!end && answers[index]?.ok) this.granted.add(number)
    }
  }
}

const associated = async (role: string) =>
  new Set(
    (await clientOf(role).vsis()).vsis.flatMap(({ live, state, id }) =>
      live && state === 'associated' ? [id] : [],
    ),
  )

describe('a station that is killed at random moments', () => {
  const bound = 60_000 + LIVES * 5000
  test(
    `has all its VSIs again, ${LIVES} times`,
    async () => {
      await start('bridge', 'swp0')
      const churn = new Churn(1)
      for (let life = 0; life < LIVES; life++) {
        const { child, ended } = await start('station', 'sta0')
        setTimeout(() => child.kill('SIGKILL'), 100 + churn.below(1500))
        await churn.untilGone()
        await ended
        if (existsSync(statePath())) expect(JSON.parse(readFileSync(statePath(), 'utf8')).version).toBe(1)
      }
      await start('station', 'sta0')
      const sure = [...churn.granted].map(idOf)
      expect(sure.length).toBeGreaterThan(VSIS / 4)
      await vi.waitFor(async () => {
        for (const role of ['station', 'bridge']) {
          const there = await associated(role)
          expect({ role, lost: sure.filter((id) => !there.has(id)) }).toEqual({ role, lost: [] })
        }
      }, PATIENCE)
      expect(readFileSync(join(directory, 'station.log'), 'utf8')).not.toContain('cannot be used')
      const files = readdirSync(join(directory, 'state'))
      expect(files.filter((name) => /unusable|newer/.test(name))).toEqual([])
    },
    bound,
  )
})
