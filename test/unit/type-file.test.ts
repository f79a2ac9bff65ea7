import { mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, unlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pino } from 'pino'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { parseManagerId } from '../../protocol/vdp/manager-id-tlv.ts'
import { TypeFile } from '../../src/vsi-types/type-file.ts'
import type { Lookup } from '../../src/vsi-types/type-source.ts'

let directory: string
let path: string
let file: TypeFile
let changes: number
let told: string[]

const log = pino({}, { write: (line) => void told.push(JSON.parse(line).msg) })

function find(typeId: number, typeVersion = 0, manager = '0'): Lookup {
  let found: Lookup | undefined
  file.lookUp({ managerId: parseManagerId(manager)!, typeId, typeVersion }, (lookup) => {
    found = lookup
  })
  if (found === undefined) throw new Error('a file answers at once')
  return found
}
const nameOf = (typeId: number, typeVersion?: number) => {
  const found = find(typeId, typeVersion)
  return found.outcome === 'found' ? found.type.name : found.outcome
}
const until = (check: () => void) => vi.waitFor(check, { timeout: 10_000, interval: 20 })

beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), 'qbg-'))
  path = join(directory, 'types.yaml')
  told = []
  changes = 0
  writeFileSync(path, 'types:\n  - { id: 5, name: any }\n  - { id: 5, version: 1, name: one }\n')
  file = await TypeFile.open(path, log)
  file.onChange(() => changes++)
})
afterEach(() => {
  file.close()
  rmSync(directory, { recursive: true, force: true })
})

test('the type of a version comes before that of every version', () => {
  expect([nameOf(5, 1), nameOf(5, 0), nameOf(5, 255), nameOf(6)]).toEqual(['one', 'any', 'any', 'unknown'])
})

test('a manager that the file does not name is none', async () => {
  expect(find(5, 1, '11')).toEqual({ outcome: 'unreachable', why: 'there is no VSI manager 11', hard: true })
  writeFileSync(path, 'types: [{ id: 5, manager: 11 }]')
  await until(() => expect(find(5, 1, '11').outcome).toBe('found'))
  expect(find(6, 1, '11').outcome).toBe('unknown')
})

describe('another text is read', () => {
  const text = 'types: [{ id: 6, name: six }]'
  const isRead = () => until(() => expect([nameOf(5), nameOf(6), changes]).toEqual(['unknown', 'six', 1]))

  test('when the file is written', async () => {
    writeFileSync(path, text)
    await isRead()
    expect(told).toEqual(['VSI types read: 1'])
  })

  test('when an editor puts a new file in its place, again and again', async () => {
    writeFileSync(`${path}~`, text)
    renameSync(`${path}~`, path)
    await isRead()
    writeFileSync(`${path}~`, 'types: [{ id: 6, name: seven }]')
    renameSync(`${path}~`, path)
    await until(() => expect([nameOf(6), changes]).toEqual(['seven', 2]))
  })

  test('in a directory that is never quiet', async () => {
    let lines = 0
    const busy = setInterval(() => writeFileSync(join(directory, 'a.log'), `${++lines}\n`), 10)
    try {
      await new Promise((resolve) => setImmediate(resolve))
      const began = performance.now()
      writeFileSync(path, text)
      await isRead()
      expect(performance.now() - began, 'not by looking now and then').toBeLessThan(4000)
    } finally {
      clearInterval(busy)
    }
  })

  test('when it goes away and comes back', async () => {
    unlinkSync(path)
    await until(() => expect(file.toJson().problem).toMatch(/there is no such file/))
    expect(nameOf(5), 'what was there stays').toBe('any')
    writeFileSync(path, text)
    await isRead()
    expect(file.toJson().problem).toBeNull()
  })

  test('when a link leads elsewhere', async () => {
    for (const [name, content] of [
      ['a', 'types: [{ id: 7 }]'],
      ['b', text],
    ] as const) {
      mkdirSync(join(directory, name))
      writeFileSync(join(directory, name, 'types.yaml'), content)
    }
    file.close()
    symlinkSync('a', join(directory, 'now'))
    unlinkSync(path)
    symlinkSync('now/types.yaml', path)
    file = await TypeFile.open(path, log)
    file.onChange(() => changes++)
    symlinkSync('b', join(directory, 'next'))
    renameSync(join(directory, 'next'), join(directory, 'now'))
    await isRead()
  })
})

test('a broken text changes nothing, is said once, by line, and again in the state', async () => {
  writeFileSync(path, 'types:\n  - { id: 5, name: new }\n  - { id: 5, vlan: 1 }\n')
  await until(() =>
    expect(file.toJson().problem).toMatch(/types\.yaml:3:14: .*unknown key "vlan", did you mean "vlans"/),
  )
  expect([nameOf(5), nameOf(5, 1), changes, file.toJson().types]).toEqual(['any', 'one', 0, 2])
  writeFileSync(path, 'types:\n  - { id: 5, name: new }\n  - { id: 5, vlan: 1 }\n\n')
  writeFileSync(path, '')
  await until(() => expect(file.toJson().problem).toMatch(/types: is missing/))
  expect(told.filter((message) => message.includes('unknown key'))).toHaveLength(1)
  writeFileSync(path, 'types: [{ id: 5, name: newest }]')
  await until(() => expect([nameOf(5, 1), changes]).toEqual(['newest', 1]))
  expect(file.toJson().problem).toBeNull()
})

test('an edit that says the same is no change', async () => {
  writeFileSync(
    path,
    '# so\ntypes:\n  - { name: any, id: 5 }\n  - { id: 5, version: 1, name: one }\n  - { id: 9 }\n',
  )
  await until(() => expect(nameOf(9)).toBeUndefined())
  expect(changes).toBe(1)
  const { readAt } = file.toJson()
  writeFileSync(
    path,
    '# another\ntypes:\n  - { id: 5, name: any }\n  - { id: 5, version: 1, name: one }\n  - { id: 9 }\n',
  )
  await until(() => expect(file.toJson().readAt).not.toBe(readAt))
  expect(changes).toBe(1)
})

test('a file that is wrong from the start is refused', async () => {
  writeFileSync(path, 'types: [{ id: 5 }, { id: 5 }]')
  await expect(TypeFile.open(path, log)).rejects.toMatchObject({
    code: 'bad-config',
    message: `${path}:1:22: types[1].id: is there twice`,
  })
  await expect(TypeFile.open(`${path}.none`, log)).rejects.toThrow('there is no such file')
})
