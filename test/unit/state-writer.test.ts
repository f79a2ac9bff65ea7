import { setImmediate as turn } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import type { Disk } from '../../src/state/atomic-file.ts'
import { StateWriter } from '../../src/state/state-writer.ts'

/** Keeps what was written under the last name; may be told to fail. */
class TextDisk implements Disk {
  readonly texts: string[] = []
  failure: Error | undefined
  #text = ''

  async create() {
    if (this.failure) throw this.failure
    this.#text = ''
    return {
      write: async (text: string) => {
        this.#text += text
      },
      sync: async () => {},
      close: async () => {},
    }
  }

  async rename() {
    this.texts.push(this.#text)
  }

  async syncDirectory() {}

  async append() {
    if (this.failure) throw this.failure
  }

  async exists() {
    return false
  }

  async remove() {}

  get vsis(): unknown[] {
    return JSON.parse(this.texts.at(-1)!).vsis
  }
}

let disk: TextDisk
let wanted: Map<string, string>
let problems: (string | null)[]
let writer: StateWriter

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] })
  disk = new TextDisk()
  wanted = new Map()
  problems = []
  writer = new StateWriter({
    path: '/state',
    disk,
    boot: 'b',
    lines: new Map([['old', '"old"']]),
    encode: (key) => wanted.get(key),
    onProblem: (error) => problems.push(error?.message ?? null),
  })
})
afterEach(() => vi.useRealTimers())

function want(key: string, value = key): void {
  wanted.set(key, JSON.stringify(value))
  writer.changed(key)
}

/** Lets milliseconds pass and what they started come to its end. */
async function pass(milliseconds: number): Promise<void> {
  await vi.advanceTimersByTimeAsync(milliseconds)
  for (let count = 0; count < 50; count++) await turn()
}

describe('the state file is written', () => {
  test('at once after the first change, with what was there before', async () => {
    want('a')
    await pass(0)
    expect(disk.vsis).toEqual(['old', 'a'])
  })

  test('once for all changes of the same moment', async () => {
    for (let count = 0; count < 1000; count++) want(`k${count}`)
    await pass(0)
    await pass(200)
    expect(writer.writes).toBe(1)
    expect(disk.vsis).toHaveLength(1001)
  })

  test('not again for a while, and never later than that, however often something changes', async () => {
    want('a')
    await pass(0)
    for (let count = 0; count < 9; count++) {
      want('a', `value ${count}`)
      await pass(10)
    }
    expect(writer.writes).toBe(1)
    await pass(20)
    expect(writer.writes).toBe(2)
    expect(disk.vsis).toEqual(['old', 'value 8'])
  })

  test('not when nothing that is kept has changed', async () => {
    want('a')
    await pass(0)
    writer.changed('a')
    writer.changed('never there')
    await pass(10_000)
    expect(writer.writes).toBe(1)
  })

  test('without what is wanted no longer', async () => {
    want('a')
    await pass(0)
    wanted.delete('a')
    writer.changed('a')
    writer.changed('old')
    await pass(200)
    expect(disk.vsis).toEqual([])
  })

  test('at the end, without waiting', async () => {
    want('a')
    await pass(0)
    want('b')
    await writer.flush()
    expect(disk.vsis).toEqual(['old', 'a', 'b'])
    await writer.flush()
    expect(writer.writes).toBe(2)
  })
})

describe('a disk that fails', () => {
  test('is told once, tried again, and told when it works again; nothing is lost meanwhile', async () => {
    disk.failure = new Error('ENOSPC')
    want('a')
    await pass(0)
    await pass(12_000)
    expect(problems).toEqual(['ENOSPC'])
    disk.failure = undefined
    await pass(5000)
    expect(problems).toEqual(['ENOSPC', null])
    expect(disk.vsis).toEqual(['old', 'a'])
  })

  test('does not hold up the end', async () => {
    disk.failure = new Error('ENOSPC')
    want('a')
    await writer.flush()
    expect(problems).toEqual(['ENOSPC'])
  })
})
