import { chmodSync, mkdtempSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { DEFAULT_MANAGER_ID, parseManagerId } from '../../protocol/vdp/manager-id-tlv.ts'
import { editTypes } from '../../src/vsi-types/edit-types.ts'
import { TypeDocument } from '../../src/vsi-types/type-document.ts'

const key = (typeId: number, typeVersion?: number, manager = '0') => ({
  managerId: parseManagerId(manager)!,
  typeId,
  typeVersion,
})

const TEXT = `# types of the lab

types:
  # web servers, see the plan
  - id: 5          # do not renumber
    version: 1
    vlans: [ 100, 200-299 ] # both halls

  # everybody else
  - { id: 6, macs: [ "52:54:00" ] }
# the end
`

function edited(text: string, edit: (document: TypeDocument) => void, path = 'types.yaml'): string {
  const document = new TypeDocument(text, path)
  edit(document)
  return document.text()
}

describe('a file of types that a command changes', () => {
  test('keeps comments, order and what was not meant', () => {
    const added = edited(TEXT, (document) =>
      document.put(key(7, 2), { id: 7, version: 2, name: 'db', vlans: [9] }),
    )
    for (const comment of TEXT.match(/#.*/g)!) expect(added).toContain(comment)
    expect(added.indexOf('id: 5')).toBeLessThan(added.indexOf('id: 6'))
    expect(added).toMatch(/ {2}- id: 7\n {4}version: 2\n {4}name: "db"\n {4}vlans: \[ 9 \]\n/)
    const removed = edited(added, (document) => expect(document.remove(key(7, 2))).toBe(true))
    expect(removed).toBe(edited(TEXT, () => {}))
  })

  test('a changed type keeps its comments, and loses what it no longer has', () => {
    const changed = edited(TEXT, (document) => document.put(key(5, 1), { id: 5, version: 1, vlans: [100] }))
    expect(changed).toContain('# web servers, see the plan\n  - id: 5 # do not renumber\n    version: 1\n')
    expect(changed).toContain('vlans: [ 100 ] # both halls')
    const bare = edited(changed, (document) => document.put(key(5, 1), { id: 5, version: 1 }))
    expect(bare).not.toContain('vlans')
  })

  test('a removed type takes its comment with it, and no other', () => {
    const removed = edited(TEXT, (document) => document.remove(key(6)))
    expect(removed).not.toContain('id: 6')
    expect(removed).toContain('web servers')
  })

  test('types are told apart by version and manager', () => {
    const document = new TypeDocument(
      'types: [{ id: 5 }, { id: 5, version: 0 }, { id: 5, manager: 11 }]',
      'x.yaml',
    )
    expect([key(5), key(5, 0), key(5, undefined, '11')].map((one) => document.has(one))).toEqual([
      true,
      true,
      true,
    ])
    expect([key(5, 1), key(6), key(5, 0, '11')].map((one) => document.has(one))).toEqual([
      false,
      false,
      false,
    ])
    expect(document.remove(key(5, 1))).toBe(false)
  })

  test('text that other readers of YAML take for numbers is quoted', () => {
    const text = edited('types: []', (document) => document.put(key(1), { id: 1, macs: ['52:54:00'] }))
    expect(text).toBe('types:\n  - id: 1\n    macs: [ "52:54:00" ]\n')
  })

  test('JSON stays JSON', () => {
    const json = edited(
      '{"types": []}',
      (document) => document.put(key(1), { id: 1, vlans: ['1-9'] }),
      'types.json',
    )
    expect(JSON.parse(json)).toEqual({ types: [{ id: 1, vlans: ['1-9'] }] })
  })

  test('nothing wrong is written, and a wrong file is not touched', () => {
    const wrong = () => edited(TEXT, (document) => document.put(key(7), { id: 7, vlans: [5000] }))
    expect(wrong).toThrow(/VLAN "5000" is not a VID/)
    expect(() => new TypeDocument('types: [{ id: x }]', 'x.yaml')).toThrow(/^x\.yaml:1:11: types\[0\]\.id/)
    expect(DEFAULT_MANAGER_ID).toBe(key(1).managerId)
  })
})

describe('on the disk', () => {
  let directory: string
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'qbg-'))
  })
  afterEach(() => rmSync(directory, { recursive: true }))
  const add = (path: string, id: number) => editTypes(path, (document) => document.put(key(id), { id }))

  test('a file that is not there is made; its mode stays; nothing else is left', async () => {
    const path = join(directory, 'types.yaml')
    await add(path, 1)
    expect(statSync(path).mode & 0o777).toBe(0o644)
    chmodSync(path, 0o640)
    await add(path, 2)
    expect(readFileSync(path, 'utf8')).toBe('types:\n  - id: 1\n  - id: 2\n')
    expect(statSync(path).mode & 0o777).toBe(0o640)
    expect(await readdir(directory)).toEqual(['types.yaml'])
  })

  test('a link is followed and stays one', async () => {
    writeFileSync(join(directory, 'real.yaml'), 'types: []\n')
    symlinkSync('real.yaml', join(directory, 'link.yaml'))
    await add(join(directory, 'link.yaml'), 1)
    expect(readFileSync(join(directory, 'real.yaml'), 'utf8')).toContain('id: 1')
    expect((await readdir(directory)).sort()).toEqual(['link.yaml', 'real.yaml'])
  })

  test('many at a time lose nothing of each other', async () => {
    const path = join(directory, 'types.yaml')
    const ids = Array.from({ length: 20 }, (_, index) => index)
    await Promise.all(ids.map((id) => add(path, id)))
    const document = new TypeDocument(readFileSync(path, 'utf8'), path)
    expect(ids.filter((id) => !document.has(key(id)))).toEqual([])
  })

  test('what cannot be written is said, and the old text stays', async () => {
    const path = join(directory, 'types.yaml')
    await add(path, 1)
    await expect(
      editTypes(path, (document) => document.put(key(2), { id: 2, vlans: [0] })),
    ).rejects.toMatchObject({
      code: 'bad-config',
    })
    await expect(add(join(directory, 'none', 'types.yaml'), 1)).rejects.toMatchObject({
      code: 'file-refused',
    })
    expect(readFileSync(path, 'utf8')).toBe('types:\n  - id: 1\n')
  })
})
