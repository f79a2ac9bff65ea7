/** The state file and its journal on a real disk, while the process ends between any two steps, or in the middle of one. */
import {
  appendFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setImmediate as turn } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { formatVsiId } from '../../protocol/vdp/vsi-id.ts'
import { seededRandom } from '../../src/io/prng.ts'
import { type Disk, type DiskFile, systemDisk } from '../../src/state/atomic-file.ts'
import { parseJournal, storedKey } from '../../src/state/journal.ts'
import { loadState } from '../../src/state/state-file.ts'
import { formatState } from '../../src/state/state-text.ts'
import { StateWriter } from '../../src/state/state-writer.ts'
import { encodeStoredVsi } from '../../src/state/stored-vsi.ts'
import { command } from '../support/vdp.ts'

let directory: string
let path: string
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'qbg-crash-'))
  path = join(directory, 'station.json')
})
afterEach(() => rmSync(directory, { recursive: true }))

const key = (number: number) => storedKey('eth0', formatVsiId(command(number).vsiId))
const line = (number: number, version: number) =>
  encodeStoredVsi({
    port: 'eth0',
    owner: 'cli',
    since: 0,
    command: command(number, { typeVersion: version }),
    details: {},
  })

/** Ends the process at a step: nothing of what comes after it happens, and of texts a part only. */
class MortalDisk implements Disk {
  /** Steps that are being done. */
  busy = 0
  #left: number
  /** The kernel closes them. */
  readonly #open = new Set<DiskFile>()

  constructor(steps: number) {
    this.#left = steps
  }

  get dead(): boolean {
    return this.#left <= 0
  }

  async create(name: string) {
    const file = await this.#step(() => systemDisk.create(name))
    this.#open.add(file)
    return {
      write: (text: string) =>
        this.#step(
          () => file.write(text),
          () => file.write(text.slice(0, text.length / 2)),
        ),
      sync: () => this.#step(() => file.sync()),
      close: () => this.#close(file),
    }
  }

  rename(from: string, to: string) {
    return this.#step(() => systemDisk.rename(from, to))
  }

  syncDirectory(name: string) {
    return this.#step(() => systemDisk.syncDirectory(name))
  }

  append(name: string, text: string) {
    const part = async () => appendFileSync(name, text.slice(0, text.length / 2))
    return this.#step(() => systemDisk.append(name, text), part)
  }

  exists(name: string) {
    return systemDisk.exists(name)
  }

  remove(name: string) {
    return this.#step(() => systemDisk.remove(name))
  }

  async #close(file: DiskFile): Promise<void> {
    if (this.#open.delete(file)) await file.close()
  }

  async #step<T>(what: () => Promise<T>, partly?: () => Promise<void>): Promise<T> {
    this.#left--
    if (this.#left > 0) {
      this.busy++
      return await what().finally(() => this.busy--)
    }
    if (this.#left === 0) await partly?.()
    for (const file of [...this.#open]) await this.#close(file)
    return await new Promise(() => {})
  }
}

/** What is wanted of VSIs 1 to 5: the version of each; absent when it is not wanted. */
type Wanted = Map<number, number>

/** Changes VSIs until the disk is dead; what was wanted when a turn began and the turn after it had come to the disk. */
async function live(disk: MortalDisk, random: () => number): Promise<{ sure: Wanted; last: Wanted }> {
  const { vsis, boot } = loadState(path)
  const wanted: Wanted = new Map(
    vsis.map(({ command: { vsiId, typeVersion } }) => [
      Number.parseInt(vsiId.value.slice(-2), 16),
      typeVersion,
    ]),
  )
  const lines = new Map([...wanted].map(([number, version]) => [key(number), line(number, version)]))
  const encode = (name: string) => {
    const number = [1, 2, 3, 4, 5].find((one) => key(one) === name)!
    const version = wanted.get(number)
    return version === undefined ? undefined : line(number, version)
  }
  const writer = new StateWriter({ path, disk, boot, lines, encode, onProblem: () => {} })
  let sure = new Map(wanted)
  for (let round = 0; !disk.dead && round < 200; round++) {
    const before = new Map(wanted)
    const number = 1 + Math.floor(random() * 5)
    if (random() < 0.3) wanted.delete(number)
    else wanted.set(number, Math.floor(random() * 250))
    writer.changed(key(number))
    if (random() < 0.5) void writer.flush()
    await settled(disk)
    if (!disk.dead) sure = new Map(wanted)
    else return { sure: before, last: wanted }
  }
  return { sure, last: wanted }
}

/** Until the disk has had nothing to do for some turns of the event loop, however slow it is. */
async function settled(disk: MortalDisk): Promise<void> {
  for (let idle = 0; idle < 40 && !disk.dead; idle = disk.busy === 0 ? idle + 1 : 0) {
    await turn()
    await systemDisk.exists(path)
  }
}

describe('the process ends', () => {
  test('at any step of its writing: what had come to the disk is read, in three lives one after the other', async () => {
    for (let steps = 1; steps <= 60; steps++) {
      const random = seededRandom(steps)
      rmSync(directory, { recursive: true })
      mkdirSync(directory)
      for (let life = 0; life < 3; life++) {
        const { sure, last } = await live(new MortalDisk(steps + life), random)
        const { vsis, warnings } = loadState(path)
        const loaded = new Map(
          vsis.map(({ command: { vsiId, typeVersion } }) => [
            Number.parseInt(vsiId.value.slice(-2), 16),
            typeVersion,
          ]),
        )
        const wrong = [1, 2, 3, 4, 5].filter(
          (number) => loaded.get(number) !== sure.get(number) && loaded.get(number) !== last.get(number),
        )
        expect({ steps, life, warnings, wrong }).toEqual({ steps, life, warnings: [], wrong: [] })
      }
    }
  }, 60_000)

  test('with a state that was never written: the journal alone says it', () => {
    writeFileSync(`${path}.journal.old`, `{"key":"${key(1)}","vsi":${line(1, 1)}}\n`)
    const later = [`{"key":"${key(2)}","vsi":${line(2, 2)}}`, `{"key":"${key(1)}","vsi":null}`, '{"key":"eth']
    writeFileSync(`${path}.journal`, later.join('\n'))
    const { vsis, journaled, warnings } = loadState(path)
    expect(vsis.map((one) => one.command)).toEqual([command(2, { typeVersion: 2 })])
    expect({ journaled, warnings }).toEqual({ journaled: true, warnings: [] })
  })
})

describe('a journal', () => {
  test('that is broken costs only what is broken, and is copied before it goes', () => {
    const text = `rubbish\n{"key":"${key(1)}","vsi":${line(1, 1)}}\n{"key":"${key(2)}","vsi":{"port":1}}\n`
    writeFileSync(`${path}.journal`, text)
    const { vsis, warnings } = loadState(path)
    expect(vsis).toHaveLength(1)
    expect(warnings[0]).toMatch(
      /^2 changes in .*station\.json\.journal cannot be used; a copy of the file is /,
    )
    const copy = readdirSync(directory).find((name) => name.includes('unusable'))
    expect(readFileSync(join(directory, copy!), 'utf8')).toBe(text)
  })

  test('of a newer qbg is put aside with its file', () => {
    writeFileSync(path, [...formatState('b', [])].join('').replace('"version": 1', '"version": 2'))
    writeFileSync(`${path}.journal`, 'whatever a newer one writes\n')
    expect(loadState(path).vsis).toEqual([])
    expect(readdirSync(directory).filter((name) => !name.includes('.newer-'))).toEqual([])
    expect(readdirSync(directory)).toHaveLength(2)
  })

  test('reads as it was written', () => {
    const text = `{"key":"${key(1)}","vsi":${line(1, 1)}}\n{"key":"${key(2)}","vsi":null}\n`
    const { changes, broken } = parseJournal(text)
    expect(broken).toBe(0)
    expect(changes).toEqual([
      { key: key(1), vsi: JSON.parse(line(1, 1)) },
      { key: key(2), vsi: null },
    ])
  })
})
